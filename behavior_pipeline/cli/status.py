"""Commands status and export."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from behavior_pipeline.aggregation.unjudged import bounds_matter
from behavior_pipeline.steps.pipeline import open_lake

DAYS = """
SELECT min(day) AS first, max(day) AS last, count(DISTINCT day) AS days, count(*) AS traces
FROM analysis.trace_facts
"""
RECORDS = """
SELECT sum(present) AS present, sum(stored) AS stored, sum(duplicated) AS duplicated,
       sum(not_consented) AS not_consented, sum(logs_attached) AS logs_attached,
       sum(logs_unmatched) AS logs_unmatched, sum(quarantined) AS quarantined FROM analysis.ingested
"""
CARD = """
SELECT * FROM analysis.scorecard
WHERE week = (SELECT max(week) FROM analysis.scorecard) ORDER BY dimension
"""


def status() -> None:
    """Say what is stored, how every dimension stands and whether its gate is open."""
    lake, console = open_lake(), Console(highlight=False, markup=False)
    days, records = lake.sql(DAYS).iloc[0], lake.sql(RECORDS).iloc[0]
    if not days["days"]:
        console.print(f"{lake.settings.root}: nothing is stored yet; put dumps into dumps/ and use `run`")
        return
    console.print(
        f"{lake.settings.root}: {days['traces']} traces on {days['days']} days,"
        f" {str(days['first'])[:10]} to {str(days['last'])[:10]}"
    )
    console.print(f"records: {account_of(records)}")
    card = lake.sql(CARD)
    if len(card):
        console.print(scorecard_table(card))
    open_now = lake.sql("SELECT state FROM analysis.alerts WHERE state NOT IN ('recovered', 'resolved')")
    console.print(f"{len(open_now)} open alerts" + ("; see `alerts list`" if len(open_now) else ""))


def account_of(records: pd.Series) -> str:
    """Return where records went, as a sum that can be checked."""
    counts = {str(name).replace("_", " "): int(count) for name, count in records.items()}
    present = counts.pop("present")
    parts = " + ".join(f"{count} {name}" for name, count in counts.items())
    rest = present - sum(counts.values())
    return f"{present} present = {parts}" + (f" + {rest} unaccounted for" if rest else "")


def scorecard_table(card: pd.DataFrame) -> Table:
    """Return the scorecard of a week as a table."""
    table = Table(
        "dimension",
        "mean",
        "interval",
        "n_eff",
        "not judged",
        "change",
        "gate",
        "owner",
        title=f"week of {str(card['week'].iloc[0])[:10]}",
    )
    for row in card.to_dict("records"):
        table.add_row(
            Text(row["dimension"]), _number(row["mean"], row.get("missing_reason")),
            f"{_number(row['low'])} to {_number(row['high'])}" if not pd.isna(row["low"]) else _why(row),
            _why(row) if pd.isna(row["n_eff"]) else f"{row['n_eff']:.0f}", _unjudged(row),
            "" if pd.isna(row["change"]) else f"{row['change']:+.3f}",
            Text(str(row["gate_state"])), Text(row["owner"]),
        )  # fmt: skip
    return table


def _why(row: Mapping[Any, Any]) -> str:
    """Return why a level has no error; nothing where the level itself is missing, which says so itself."""
    return "" if pd.isna(row["mean"]) else str(row["missing_reason"])


def _unjudged(row: Mapping[Any, Any]) -> str:
    """Return how much a judge left out, and what the level may be, where that exceeds chance."""
    if not bounds_matter(row):
        return ""
    ends = f"{_number(row['bound_low'])} to {_number(row['bound_high'])}"
    return f"{100 * (1 - row['scored_share']):.1f} %: {ends}"


def export() -> None:
    """Write data/behavior.duckdb: every output table without raw content, for notebooks."""
    Console(markup=False).print(f"published {open_lake().publish()}", highlight=False)


def _number(value: object, reason: object = "") -> str:
    return f"{value:.3f}" if isinstance(value, float) and not pd.isna(value) else str(reason or "")
