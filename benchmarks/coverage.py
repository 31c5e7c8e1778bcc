"""Compares what coverage counts on the replay with the faults that the pack planted, then spoils a week.

    python benchmarks/coverage.py [--pack ../shared/replay] [--data data/replay] [--break]

Reads a data root that benchmarks/replay.py filled. Each planted kind is compared as a set of traces, spans or
places, not only as a number. With --break, the last full week is spoiled three times in the lake (a day at
half volume, a stale day, a sample without its trace), the quality suite names what it finds, and the rows are
put back. Exits with 1 where anything differs.
"""

import argparse
import csv
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from replay import show, use
from rich.console import Console

from behavior_pipeline.cli.data_root import CHECKOUT
from behavior_pipeline.quality.expectations import expectations
from behavior_pipeline.quality.frames import frames_of_week
from behavior_pipeline.quality.suite import check_week
from behavior_pipeline.settings.model import settings
from behavior_pipeline.settings.variables import DATA_VARIABLE
from behavior_pipeline.steps.pipeline import dimensions, open_lake

WEEK = date(2026, 10, 19)
DAY = WEEK + timedelta(days=2)
COUNTED = """
SELECT
    sum(text_free) FILTER (field = 'input_text') AS no_content,
    CAST(sum(expected - seen - not_consented) FILTER (field = 'input_tokens') AS BIGINT) AS no_usage,
    sum(late) FILTER (field = 'spans_on_time') AS late_span,
    sum(duplicated) FILTER (field = 'records') AS duplicate_span,
    sum(quarantined) FILTER (field = 'records') AS bad_lines
FROM analysis.coverage WHERE slice_key = 'all' AND dialect = 'all'
"""
NO_CONTENT = """
SELECT trace_id FROM analysis.trace_facts
WHERE role = 'production' AND (unmeasurable ->> 'input_text') = 'text_free'
"""
NO_USAGE = """
SELECT trace_id FROM analysis.trace_facts
WHERE role = 'production' AND n_model_calls > n_failed_calls AND input_tokens IS NULL
"""
BEHIND = """
SELECT trace_id, span_id, day, file, line FROM content.spans AS spans
WHERE role = 'production' AND day > (SELECT min(day) FROM content.spans AS all_spans
                                     WHERE all_spans.trace_id = spans.trace_id)
"""
BAD_LINES = "SELECT day, line FROM analysis.quarantine ORDER BY ALL"
DUPLICATES = "SELECT day, sum(duplicated) AS n FROM analysis.ingested WHERE duplicated > 0 GROUP BY day"


def main() -> int:
    """Compare and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pack", type=Path, default=CHECKOUT.parent / "shared" / "replay")
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get(DATA_VARIABLE) or CHECKOUT / "data" / "replay")
    )
    parser.add_argument("--break", action="store_true", dest="spoil")
    given = parser.parse_args()
    console = Console(highlight=False, width=160)
    use(given.data, given.pack)
    with (given.pack / "truth" / "faults.csv").open(encoding="utf-8", newline="") as stream:
        planted = defaultdict(list)
        for row in csv.DictReader(stream):
            planted[row["kind"]].append(row)
    rows = compared(planted)
    show(console, "Planted and found", rows)
    ok = bool((rows["found"] == "equal").all())
    if given.spoil:
        ok = spoiled(console) and ok
    return 0 if ok else 1


def compared(planted: Mapping[str, list[dict[str, str]]]) -> pd.DataFrame:
    """Return one row a planted kind: how many, how many coverage counts, and whether the sets are equal."""
    lake = open_lake()
    counted = lake.sql(COUNTED).iloc[0].to_dict()
    behind = lake.sql(BEHIND)
    cut = [date.fromisoformat(row["day"]) for row in planted["truncated_last_line"]]
    # The whole copy of a cut line leads the next day's file: those spans came with it, not late.
    resent = behind["day"].dt.date.isin([day + timedelta(days=1) for day in cut]) & (behind["line"] == 1)
    late = behind[~resent]
    bad = lake.sql(BAD_LINES)
    days = sorted(str(day.date()) for day in bad["day"])
    duplicates = lake.sql(DUPLICATES)
    wanted_bad = sorted(
        row["day"] for kind in ("bad_json_line", "truncated_last_line") for row in planted[kind]
    )
    same_by_kind = {
        "no_content": set(lake.sql(NO_CONTENT)["trace_id"]) == _ids(planted["no_content"]),
        "no_usage": set(lake.sql(NO_USAGE)["trace_id"]) == _ids(planted["no_usage"]),
        "late_span": set(zip(late["trace_id"], late["span_id"], strict=True))
        == {(row["trace_id"], row["span_id"]) for row in planted["late_span"]},
        "duplicate_span": _by_day(duplicates) == _days(planted["duplicate_span"]),
        "bad_lines": days == wanted_bad and _lines_fit(bad, planted["bad_json_line"]),
    }
    sizes = {kind: len(planted[kind]) for kind in same_by_kind} | {"bad_lines": len(wanted_bad)}
    return pd.DataFrame([
        {"kind": kind, "planted": sizes[kind], "coverage": int(counted[kind]),
         "found": "equal" if same and sizes[kind] == counted[kind] else "DIFFERENT"}
        for kind, same in same_by_kind.items()
    ])  # fmt: skip


def _ids(rows: list[dict[str, str]]) -> set[str]:
    return {row["trace_id"] for row in rows}


def _days(rows: list[dict[str, str]]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        counts[row["day"]] += 1
    return dict(counts)


def _by_day(rows: pd.DataFrame) -> dict[str, int]:
    return {str(day.date()): int(n) for day, n in zip(rows["day"], rows["n"], strict=True)}


def _lines_fit(bad: pd.DataFrame, planted: list[dict[str, str]]) -> bool:
    places = {(str(day.date()), int(line)) for day, line in zip(bad["day"], bad["line"], strict=True)}
    return {(row["day"], int(row["detail"].removeprefix("line "))) for row in planted} <= places


def spoiled(console: Console) -> bool:
    """Run the suite on the week as it is and on three spoiled ones; return whether it says what it should."""
    worlds = {
        "as it is": ([], set()),
        "a day at half volume": (half_volume(), {"a day's traces are not far below its weekday's"}),
        "a stale day": (stale_day(), {"a day's newest span is as new as usual (no stale day)"}),
        "a sample without its trace": (stray_sample(), {"no sample without trace"}),
    }
    ok = True
    for name, (changes, wanted) in worlds.items():
        with changed(changes), TemporaryDirectory() as pages:
            failed = failures(Path(pages))
        show(console, f"{name}: {len(failed)} failed", failed)
        ok &= wanted <= set(failed["name"]) and (bool(wanted) or failed.empty)
    return ok


def failures(docs: Path) -> pd.DataFrame:
    """Return the expectations of the week that fail."""
    given = settings()
    frames = frames_of_week(open_lake().sql, WEEK, rules=given.quality, lateness_days=given.lateness_days)
    rows = check_week(WEEK, frames, expectations(dimensions()), docs=docs)
    return rows.loc[~rows["passed"], ["name", "expectation", "unexpected", "examples"]]


@contextmanager
def changed(frames: list[tuple[str, pd.DataFrame]]) -> Iterator[None]:
    """Put other rows of DAY into the lake for a while, through its own door."""
    lake = open_lake()
    before = {name: lake.read(name, {"day": DAY}) for name, _ in frames}
    try:
        for name, rows in frames:
            lake.replace({name: rows}, {"day": DAY})
        yield
    finally:
        for name, rows in before.items():
            lake.replace({name: rows}, {"day": DAY})


def half_volume() -> list[tuple[str, pd.DataFrame]]:
    """Return the day with every other trace, in all tables that hold its spans and traces."""
    facts = open_lake().read("trace_facts", {"day": DAY})
    kept = set(facts["trace_id"].sort_values().iloc[::2])
    names = ["spans", "traces", "trace_facts", "sampled_traces", *(f"scores_{name}" for name in dimensions())]
    rows_of_table = [(name, open_lake().read(name, {"day": DAY})) for name in names]
    return [(name, rows[rows["trace_id"].isin(kept)]) for name, rows in rows_of_table]


def stale_day() -> list[tuple[str, pd.DataFrame]]:
    """Return the day with the spans as they would be in a file of the day before."""
    spans = open_lake().read("spans", {"day": DAY})
    day_ns = 86_400 * 10**9
    return [("spans", spans.assign(start_ns=spans["start_ns"] - day_ns, end_ns=spans["end_ns"] - day_ns))]


def stray_sample() -> list[tuple[str, pd.DataFrame]]:
    """Return the day's draws with one of a trace that is nowhere."""
    drawn = open_lake().read("sampled_traces", {"day": DAY})
    return [("sampled_traces", pd.concat([drawn, drawn.head(1).assign(trace_id="0" * 31 + "1")]))]


if __name__ == "__main__":
    sys.exit(main())
