"""Tells on the terminal what the pipeline found: levels, gates and every alert that was printed."""

from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from behavior_pipeline.cli.status import scorecard_table
from behavior_pipeline.steps.pipeline import open_lake
from behavior_pipeline.values import scorer

GATES = """
SELECT week, dimension, judge, dataset, n, point, low, high, probability_above_gate,
       from_state, to_state, reason
FROM analysis.gate_transitions
WHERE metric <> 'none' ORDER BY week, dimension
"""
ALERTS = """
SELECT week, alert_id, state, sentence, owner, suppressed_reason FROM analysis.drift_alerts
WHERE state <> 'updated' ORDER BY opened, alert_id, week
"""
LEVELS = """
SELECT week, mean, low, high, n_eff, missing_reason FROM analysis.weekly_scores
WHERE dimension = 'faithfulness' AND slice_key = 'customer.segment' AND slice_value = 'consumer' ORDER BY week
"""
AGREEMENT = """
SELECT week, judge, dataset, n, point, low, high, probability_above_gate, gate_state
FROM analysis.calibration_agreement
WHERE dimension = 'tone' ORDER BY week, judge
"""


def tell_story(console: Console, root: Path) -> None:
    """Print the story from the lake's own tables."""
    lake = open_lake()
    console.print(
        "\n[bold]Faithfulness of the largest segment, by week[/bold]"
        " (prompt v7.3 shipped on the Friday of week 10)"
    )
    console.print(levels(lake.sql(LEVELS)))
    console.print(
        "\n[bold]The tone judge's agreement with people[/bold] (the gate opens when the posterior says so)"
    )
    console.print(agreements(lake.sql(AGREEMENT)))
    console.print("\n[bold]Every opening and closing of a gate[/bold]")
    console.print(transitions(lake.sql(GATES)))
    console.print("\n[bold]Every alert[/bold]")
    for row in lake.sql(ALERTS).to_dict("records"):
        why = f" ({row['suppressed_reason']})" if isinstance(row["suppressed_reason"], str) else ""
        console.print(Text(f"  {str(row['week'])[:10]}  {row['state']}{why}  {row['sentence']}"))
    card = lake.sql(
        "SELECT * FROM analysis.scorecard WHERE week = (SELECT max(week) FROM analysis.scorecard)"
    )
    console.print(scorecard_table(card))
    console.print(
        "This world was made up so that both incidents can be found in it;"
        " it shows how the pipeline works, not how well."
    )
    console.print(f"report: {root / 'reports' / 'index.html'}\nUI: make ui", markup=False)


def levels(rows: pd.DataFrame) -> Table:
    """Return weekly means with their intervals."""
    table = Table("week", "of", "mean", "95 % interval", "n_eff")
    for number, row in enumerate(rows.to_dict("records"), 1):
        table.add_row(
            str(number),
            str(row["week"])[:10],
            _n(row["mean"]),
            str(row["missing_reason"]) if pd.isna(row["low"]) else f"{_n(row['low'])} to {_n(row['high'])}",
            "" if pd.isna(row["n_eff"]) else f"{row['n_eff']:.0f}",
        )
    return table


def agreements(rows: pd.DataFrame) -> Table:
    """Return weekly agreements with interval, posterior and gate."""
    table = Table("of", "judge", "dataset", "n", "MCC", "95 % interval", "P(>= gate)", "gate")
    for row in rows.to_dict("records"):
        table.add_row(
            str(row["week"])[:10], Text(scorer(row["judge"])), Text(row["dataset"]), str(row["n"]),
            _n(row["point"]), f"{_n(row['low'])} to {_n(row['high'])}", _n(row["probability_above_gate"]),
            row["gate_state"],
        )  # fmt: skip
    return table


def transitions(rows: pd.DataFrame) -> Table:
    """Return the changes of gates."""
    table = Table("of", "dimension", "judge", "from", "to", "why", "MCC", "95 % interval", "P(>= gate)")
    for row in rows.to_dict("records"):
        table.add_row(
            str(row["week"])[:10], row["dimension"], Text(scorer(row["judge"])), row["from_state"],
            row["to_state"], row["reason"], _n(row["point"]), f"{_n(row['low'])} to {_n(row['high'])}",
            _n(row["probability_above_gate"]),
        )  # fmt: skip
    return table


def _n(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.3f}"
