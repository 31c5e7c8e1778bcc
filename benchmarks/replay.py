"""Runs the pipeline on the replay pack and prints what it makes of it beside what the pack says is true.

    python benchmarks/replay.py [--judges recorded] [--pack ../shared/replay] [--data data/replay]

Imports the labels, runs all days and weeks (a second call continues where the first one stopped) and prints
the account of records beside the planted faults, agreement by dimension, gates, and alerts beside the planted
incidents. The truth is read here only, for printing; the pipeline sees dumps, labels, prices, references and,
with recorded judges, their verdicts. benchmarks/recorded_judges.py then shows each beside what the pack says.
"""

import argparse
import csv
import os
import time
from collections import Counter
from datetime import date
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from behavior_pipeline.calibration.agreement.measurement import Measurement, measure
from behavior_pipeline.calibration.items.pool import once
from behavior_pipeline.cli.data_root import CHECKOUT
from behavior_pipeline.cli.jobs.progress import run_all
from behavior_pipeline.cli.jobs.running import chunks
from behavior_pipeline.cli.labels import tell
from behavior_pipeline.settings.variables import CONFIG_VARIABLE, DATA_VARIABLE
from behavior_pipeline.steps.import_labels import import_into_lake
from behavior_pipeline.steps.pipeline import Pipeline, dimensions, open_lake

CONFIGS = {"lexical": "replay.toml", "recorded": "replay_recorded.toml", "pack": "pipeline.toml"}
SUFFIX = {"lexical": "", "recorded": "-recorded", "pack": "-large"}
DATA = Path(os.environ.get(DATA_VARIABLE) or CHECKOUT / "data" / "replay")
FIRST, LAST = (
    date(2026, 7, 20),
    date(2026, 11, 1),
)  # calibration traces and their labels; the last fresh labels
INCIDENT = [
    "id",
    "dimension",
    "slice_key",
    "slice_value",
    "start",
    "end",
    "kind",
    "before",
    "after",
    "detectable",
]
INGESTED = """
SELECT sum(present) AS present, sum(stored) AS stored, sum(duplicated) AS duplicated,
       sum(not_consented) AS not_consented, sum(logs_attached + logs_unmatched) AS logs,
       sum(quarantined) AS quarantined
FROM analysis.ingested
"""
QUARANTINE = "SELECT reason, count(*) AS records FROM analysis.quarantine GROUP BY ALL ORDER BY ALL"
TRACES = """
SELECT role, count(*) AS traces, count(*) FILTER (unmeasurable ->> 'output_text' = 'text_free') AS no_content,
       count(*) FILTER (cost_missing IN ('no_tokens', 'no_model_call')) AS no_usage,
       count(*) FILTER (cost_missing = 'no_price') AS no_price, count(*) FILTER (NOT has_root) AS orphaned
FROM analysis.trace_facts GROUP BY ALL ORDER BY ALL
"""
LATE = "SELECT sum(late) AS late FROM analysis.coverage WHERE field = 'records' AND dialect = 'all'"
SPREAD = """
SELECT count(*) AS traces
FROM (SELECT trace_id FROM content.spans GROUP BY ALL HAVING count(DISTINCT day) > 1)
"""
GATES = """
SELECT week, dimension, judge, previous_state, gate_state, reason, n, point, low, high,
       probability_above_gate AS posterior
FROM analysis.calibration_agreement WHERE gate_state <> previous_state ORDER BY week, dimension
"""
STATES = """
SELECT dimension, judge, gate_state, n, point, low, high, probability_above_gate AS posterior, human_ceiling
FROM analysis.calibration_agreement
WHERE week = (SELECT max(week) FROM analysis.calibration_agreement) ORDER BY dimension
"""
ALERTS = """
SELECT week, state, suppressed_reason, sentence FROM analysis.drift_alerts
QUALIFY state IS DISTINCT FROM lag(state) OVER (PARTITION BY alert_id ORDER BY week) AND state <> 'updated'
ORDER BY opened, alert_id, week
"""
FINDINGS = """
SELECT f.detector, f.dimension, count(*) FILTER (d.alarm) AS alarms,
       count(*) FILTER (d.reason = 'too_small') AS too_small,
       count(*) FILTER (d.reason = 'short_history') AS short_history, count(*) AS findings
FROM analysis.drift_findings AS f JOIN analysis.drift_decisions AS d
USING (week, detector, kind, series_id, metric) GROUP BY ALL ORDER BY ALL
"""


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pack", type=Path, default=CHECKOUT.parent / "shared" / "replay")
    parser.add_argument("--data", type=Path, help="a data root for each kind of judges of its own")
    parser.add_argument(
        "--judges", choices=sorted(CONFIGS), default="lexical",
        help="the offline judge, the verdicts that real judges gave on the pack's texts, or as the pack says",
    )  # fmt: skip
    given = parser.parse_args()
    console = Console(highlight=False, width=160)
    use(given.data or DATA.with_name(DATA.name + SUFFIX[given.judges]), given.pack, judges=given.judges)
    done = import_into_lake(Pipeline(), given.pack / "truth" / "human_labels.csv")
    tell(given.pack / "truth" / "human_labels.csv", done)
    began = time.perf_counter()
    run_all(list(chunks(FIRST, LAST)), only_missing=True)
    console.print(f"{FIRST} to {LAST} run in {time.perf_counter() - began:.0f} s")
    print_records(console, given.pack)
    print_agreement(console)
    show(console, "Gates that moved", open_lake().sql(GATES))
    show(console, "Gates at the end", open_lake().sql(STATES))
    show(console, "Findings, and what was decided on them", open_lake().sql(FINDINGS))
    show(console, "Alerts", open_lake().sql(ALERTS))
    planted = pd.read_csv(given.pack / "truth" / "incidents.csv")
    show(console, "Incidents that the pack planted", planted[INCIDENT])


def use(data: Path, pack: Path, *, judges: str = "lexical") -> None:
    """Work on a data root whose `replay` is the pack, with a configuration of the judges.

    It is this folder's, or the pack's own (`pack`, as of ../shared/replay_large).
    """
    root = data.expanduser().resolve()
    root.mkdir(parents=True, exist_ok=True)
    link = root / "replay"
    if not link.exists():
        link.symlink_to(pack.resolve(strict=True), target_is_directory=True)
    os.environ[DATA_VARIABLE] = str(root)
    folder = pack.resolve() if judges == "pack" else Path(__file__).parent
    os.environ[CONFIG_VARIABLE] = str(folder / CONFIGS[judges])


def print_records(console: Console, pack: Path) -> None:
    """Print where every record went, and how often the pack planted what should be seen of it."""
    lake = open_lake()
    show(console, "Records", lake.sql(INGESTED))
    show(console, "Quarantine", lake.sql(QUARANTINE))
    show(console, "Traces", lake.sql(TRACES))
    late, spread = int(lake.sql(LATE)["late"].iloc[0]), int(lake.sql(SPREAD)["traces"].iloc[0])
    console.print(
        f"spans that came after their trace was built: {late}; traces with spans on two days: {spread}"
    )
    with (pack / "truth" / "faults.csv").open(encoding="utf-8", newline="") as stream:
        planted = Counter(row["kind"] for row in csv.DictReader(stream))
    show(
        console, "Faults that the pack planted", pd.DataFrame(sorted(planted.items()), columns=["kind", "n"])
    )


def print_agreement(console: Console) -> None:
    """Print each dimension's agreement with people: on the calibration set, and on all fresh labels."""
    scores = open_lake().read("calibration_scores")
    rows = []
    for name, spec in dimensions().items():
        of_dimension = scores[scores["dimension"] == name]
        for role in ("anchor", "fresh"):
            items = once(of_dimension[of_dimension["role"] == role])
            answered = items[items["judge_score"].notna()]
            if len(items):
                rows.append(
                    {"dimension": name, "labels": role, "items": len(items), "answered": len(answered)}
                    | shown(measure(spec.gate, answered, None))
                )
    show(console, "Agreement with people", pd.DataFrame(rows))


def shown(measurement: Measurement) -> dict[str, object]:
    """Return what is printed of a measurement."""
    names = ("metric", "point", "low", "high", "prevalence", "sensitivity", "specificity", "reason")
    return {name: getattr(measurement, name) for name in names}


def show(console: Console, title: str, rows: pd.DataFrame) -> None:
    """Print a frame as a table."""
    table = Table(*map(str, rows.columns), title=title, title_justify="left")
    for row in rows.itertuples(index=False, name=None):
        table.add_row(*map(_cell, row))
    console.print(table, markup=False)


def _cell(value: object) -> str:
    if pd.isna(value):
        return ""
    if isinstance(value, float):
        return f"{value:.3f}" if value % 1 else f"{value:.0f}"
    return str(value.date()) if isinstance(value, pd.Timestamp) else str(value)


if __name__ == "__main__":
    main()
