"""What a command loads: its own module when it is called, and Dagster only to run something."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from behavior_pipeline.cli.app import COMMANDS, GROUPS, loaded
from behavior_pipeline.settings.variables import DATA_VARIABLE, POSTGRES_VARIABLE

RUNNING = ("demo", "run")  # what they do is Dagster's
ALL = {
    (*group, name): command
    for group, commands in [((), COMMANDS), *(((name,), of) for name, (_, of) in GROUPS.items())]
    for name, command in commands.items()
}
CALLED = """
import sys
from typer.testing import CliRunner
from behavior_pipeline.cli.app import app

for words in sys.argv[1:]:
    called = CliRunner().invoke(app, words.split())
    assert called.exit_code == 0, (words, called.output, called.exception)
print(*{name.partition(".")[0] for name in sys.modules})
"""


def modules_after(*commands: str, **environment: str) -> set[str]:
    """Return the packages that a new process has loaded after it was called with some commands."""
    called = subprocess.run(
        [sys.executable, "-c", CALLED, *commands], capture_output=True, text=True, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip
    assert called.returncode == 0, called.stderr
    return set(called.stdout.split())


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_help_of_all_commands_says_the_first_sentence_of_each(words: tuple[str, ...]) -> None:
    target, sentence = ALL[words]
    command = loaded(words[-1], target)
    assert command.name == words[-1]
    first = command.help.partition("\n\n")[0]
    assert first == sentence


def test_help_loads_no_command() -> None:
    modules = modules_after("--help", *(f"{name} --help" for name in GROUPS))
    assert modules.isdisjoint({"dagster", "pandas", "duckdb", "scipy"})


def test_what_reads_the_lake_loads_no_dagster(tmp_path: Path, database: str) -> None:
    helps = [" ".join((*words, "--help")) for words in ALL if words[0] not in RUNNING]
    environment = {DATA_VARIABLE: str(tmp_path), POSTGRES_VARIABLE: database}
    modules = modules_after(*helps, "status", "maintenance", "alerts list", "labels sets", **environment)
    assert "pandas" in modules and "dagster" not in modules
