"""Commands alerts list and alerts show."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from behavior_pipeline.attribution.suspects import suspects_of
from behavior_pipeline.errors import InputError
from behavior_pipeline.steps.pipeline import open_lake

COLORS = {
    "opened": "red",
    "updated": "red",
    "suppressed": "yellow",
    "recovered": "green",
    "resolved": "green",
}


def list_alerts(
    all_states: Annotated[bool, typer.Option("--all", help="Recovered and resolved ones, too.")] = False,
) -> None:
    """List alerts: state, dimension, slice, since when, owner and what is said of them."""
    rows = read_alerts()
    if not all_states:
        rows = rows[~rows["state"].isin(["recovered", "resolved"])]
    if rows.empty:
        Console(markup=False).print("no open alert" if not all_states else "no alert was ever opened")
        return
    table = Table("id", "state", "opened", "onset", "owner", "what")
    for row in rows.sort_values("opened").to_dict("records"):
        state = Text(row["state"], style=COLORS.get(row["state"], ""))
        when = _day(row["opened"]), _onset(row)
        table.add_row(row["alert_id"][:8], state, *when, Text(row["owner"]), Text(row["sentence"]))
    Console(markup=False).print(table)


def show(alert: Annotated[str, typer.Argument(help="The alert's id, or its first characters.")]) -> None:
    """Show an alert: its history, version tuples before and after, suspects and evidence."""
    rows = read_alerts()
    matching = rows[rows["alert_id"].str.startswith(alert)]
    if matching["alert_id"].nunique() != 1:
        raise InputError(
            happened=f"{matching['alert_id'].nunique()} alerts have an id that starts with '{alert}'",
            kept="nothing was changed", remedy="see `behavior-pipeline alerts list --all` for the ids",
        )  # fmt: skip
    print_alert(matching.iloc[0], history(matching["alert_id"].iloc[0]))


def read_alerts() -> pd.DataFrame:
    """Return the latest row of every alert."""
    return open_lake().sql("SELECT * FROM analysis.alerts ORDER BY opened, alert_id")


def history(alert_id: str) -> pd.DataFrame:
    """Return the states of an alert, week by week."""
    return open_lake().read("drift_alerts", {"alert_id": alert_id})


def print_alert(row: pd.Series, states: pd.DataFrame) -> None:
    """Print one alert."""
    console = Console(highlight=False, markup=False)
    console.print(Text(row["sentence"], style="bold"))
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name in ("alert_id", "kind", "state", "verdict", "severity", "owner", "route"):
        table.add_row(name, Text(str(row[name])))
    table.add_row("opened", _day(row["opened"]))
    table.add_row("onset", _onset(row))
    table.add_row("states", Text(", ".join(f"{_day(one.week)} {one.state}" for one in states.itertuples())))
    for name in ("tuple_before", "tuple_after"):
        table.add_row(name, Text(_tuple(row[name])))
    for suspect in suspects_of(row["suspects"]):
        table.add_row("suspect", Text(", ".join(f"{key} {value}" for key, value in suspect.facts())))
    console.print(table)
    console.print_json(row["evidence"])


def _tuple(value: object) -> str:
    if not isinstance(value, str):
        return "unknown"
    return ", ".join(f"{key} {version}" for key, version in json.loads(value).items())


def _onset(row: Mapping[Any, Any] | pd.Series) -> str:
    return "not found in the days" if pd.isna(row["onset"]) else _day(row["onset"])


def _day(value: Any) -> str:
    return "" if pd.isna(value) else str(value)[:10]
