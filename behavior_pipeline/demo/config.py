"""Writes the demo's own pipeline.toml, and moves the judge's alias to another lexicon build between acts."""

from datetime import date
from pathlib import Path

from behavior_pipeline.demo.story import LEXICON_AFTER, LEXICON_BEFORE

FILE = "pipeline.toml"
BUILDS = "lexicon_builds = "
TEMPLATE = """# The demo's configuration. Every key is explained in docs/configuration.md.
start_day = "{start}"
slices = ["customer.segment", "query.category"]

[attributes]
prompt_version = ["gen_ai.prompt.version"]
feature = ["gen_ai.agent.name"]
feedback = ["user.feedback"]

[signals]
escalation_tools = ["handoff"]
negative_feedback = ["negative"]

# USD per million tokens; the longest name that fits counts.
[prices."v5.2"]
input = 2.5
output = 10.0
cached = 1.25

[prices."v5.2-mini"]
input = 0.4
output = 1.6
cached = 0.2

[prices."embed-3"]
input = 0.02
output = 0.0

[judging]
# Which lexicon build the judge's alias points to. A provider moves such an alias without asking.
{builds}

[routes.default]
file = true
terminal = true

# 600 conversations a day are few: a fifth of them would show a bad weekend in one segment one time in three.
[dimensions.faithfulness.sampling]
share = 0.6
"""


def write_config(root: Path, *, start: date) -> Path:
    """Write `<root>/pipeline.toml` as it stands before the judge's model is updated, and return it."""
    root.mkdir(parents=True, exist_ok=True)
    path = root / FILE
    path.write_text(TEMPLATE.format(start=start.isoformat(), builds=_builds(updated=False)), encoding="utf-8")
    return path


def point_judge(path: Path, *, updated: bool) -> None:
    """Point the tone judge's alias at the lexicon before or after its update; all else stays as it is."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [_builds(updated=updated) + "\n" if line.startswith(BUILDS) else line for line in lines]
    path.write_text("".join(kept), encoding="utf-8")


def _builds(*, updated: bool) -> str:
    tone = f', tone = "{LEXICON_AFTER}"' if updated else ""
    return f'{BUILDS}{{ default = "{LEXICON_BEFORE}"{tone} }}'
