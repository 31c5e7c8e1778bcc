"""Sends hostile traces through a day's steps on a real lake, and reports what they must never do.

    python benchmarks/fuzz_traces.py [--traces 2000] [--batch 200] [--seed 1] [--keep DIR]

Well-formed records with hostile values (numbers, texts, nested schemas, ids, times, parents, weights,
messages of any shape, thousands of attributes) are read, built, drawn and scored on all dimensions, one batch
a day, each in a lake of its own. Found is: a step that fails, one that takes longer than twice its time for
harmless traces, five seconds, and a second a megabyte; a row that only the last net caught; and a trace
that is neither stored nor in quarantine. The dump of a batch is kept where something was found. Ends with 1
if there was anything.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.lake.server.server import server
from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.tables.registry import lake_tables
from behavior_pipeline_tests.conftest import DIMENSIONS
from behavior_pipeline_tests.databases import temporary_database
from behavior_pipeline_tests.defs.turns import turn, write_dump
from behavior_pipeline_tests.defs.world import MONDAY, World, daily_assets, failure_of, open_world
from behavior_pipeline_tests.hostile_traces import hostile_turns

MOST_SECONDS = 5.0
BYTES_A_SECOND = 1 << 20  # hostile texts are long, and redaction reads every sign of them
WINDOW_ENDS = MONDAY + timedelta(days=2)  # on which traces without a root are built
STEPS = ("raw_dumps", "spans", "traces", "sampled_traces")


def main() -> int:
    """Run the batches and print what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--traces", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "fuzz_traces")
    given = parser.parse_args()
    given.keep.mkdir(parents=True, exist_ok=True)
    problems, counts = Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        embedded = server(Settings(data=Path(folder)))
        try:
            harmless = [turn(number, MONDAY) for number in range(1, given.batch + 1)]
            usual = _batch(
                embedded, Path(folder) / "usual", harmless, usual={}, problems=problems, counts=Counter()
            )
            for number in range(-(-given.traces // given.batch)):
                root = Path(folder) / f"{number:03}"
                turns = list(hostile_turns(given.batch, MONDAY, given.seed * 1000 + number))
                before = problems.total()
                _batch(embedded, root, turns, usual=usual, problems=problems, counts=counts)
                if problems.total() > before:
                    kept = given.keep / f"{given.seed}-{number:03}.jsonl"
                    write_dump(kept, *(span for spans in turns for span in spans))
                    print(f"kept {kept}", flush=True)
        finally:
            embedded.close()
    print(f"{given.traces} traces, seed {given.seed}: {dict(counts)}, findings: {dict(problems) or 'none'}")
    return bool(problems)


def _batch(
    embedded: Any, root: Path, turns: Iterable[Any], *,
    usual: dict[str, float], problems: Counter[str], counts: Counter[str],
) -> dict[str, float]:  # fmt: skip
    """Run a batch step by step, note what went wrong, and return how long each step took."""
    root.mkdir()
    took: dict[str, float] = {}
    with temporary_database(embedded, "STRATEGY file_copy") as url:
        Lake.open(Settings(data=root, postgres_url=url), lake_tables(DIMENSIONS)).close()
        with open_world(root, url) as world:
            dump = write_dump(world.dumps / f"{MONDAY}.jsonl", *(span for spans in turns for span in spans))
            allowed = MOST_SECONDS + dump.stat().st_size / BYTES_A_SECOND
            for step in _steps():
                began = time.monotonic()
                ran = world.attempt(MONDAY, WINDOW_ENDS if step == "traces" else MONDAY, only=[step])
                took[step] = time.monotonic() - began
                if not ran.success:
                    problems[f"{step} failed: {failure_of(ran)[-200:]!r}"] += 1
                if usual and took[step] > usual[step] * 2 + allowed:
                    problems[f"{step} took {took[step]:.0f} s, {usual[step]:.0f} s for harmless traces"] += 1
            counts.update(_account(world, problems))
    return took


def _steps() -> Iterator[str]:
    yield from STEPS
    yield from sorted(name for name in daily_assets() if name.startswith("scores_"))


def _account(world: World, problems: Counter[str]) -> Counter[str]:
    """Count what became of a batch; what the last net caught is a fault above it."""
    lake = world.lake
    quarantine, traces = lake.read("quarantine"), lake.read("traces")
    ids = set(lake.sql("SELECT DISTINCT trace_id FROM content.spans")["trace_id"])
    caught = int((quarantine["reason"] == Reason.BROKEN_CONTRACT).sum())
    if caught:
        problems["rows caught by the last net"] += caught
    if lost := len(ids - set(traces["trace_id"])) - caught:
        problems["traces lost"] += max(lost, 0)
    counts = Counter({"traces": len(traces), "quarantined": len(quarantine)})
    for name in DIMENSIONS:
        rows = lake.read(f"scores_{name}")
        counts[f"scored {name}"] = int(rows["score"].notna().sum())
        counts.update(f"unscored {reason}" for reason in rows["missing_reason"].dropna())
    return counts


if __name__ == "__main__":
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    sys.exit(main())
