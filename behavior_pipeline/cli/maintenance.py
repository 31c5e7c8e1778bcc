"""Command maintenance: what people have to do for the judges, and the commands for it."""

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from behavior_pipeline.reasons import Reason
from behavior_pipeline.steps.pipeline import open_lake

PLAN = """
SELECT * FROM analysis.maintenance_plan
WHERE week = (SELECT max(week) FROM analysis.maintenance_plan) ORDER BY due, task, dimension, subject
"""
RUN = "SELECT count(*) AS runs FROM analysis.analysis_runs WHERE asset = 'maintenance_plan'"


def maintenance() -> None:
    """Say which gates, judges, rubrics, sets and slices are due, whose they are, and what to run."""
    console = Console(highlight=False, markup=False)
    rows = open_lake().sql(PLAN)
    if rows.empty:
        ran = open_lake().sql(RUN)["runs"].iloc[0]
        console.print("nothing is due" if ran else "no week is run yet; see `run`")
        return
    tell(rows, console)


def tell(rows: pd.DataFrame, console: Console) -> None:
    """Print a plan: what is due for one reason, a dimension's slices, then the commands."""
    console.print(f"after the week of {rows['week'].iloc[0]:%Y-%m-%d}")
    rest = rows[rows["task"] != "slice"]
    for (task, reason), due in rest.groupby(["task", "reason"], sort=False):
        console.print(f"{task}: {hint_of(str(reason))}", markup=False)
        table = Table("due", "dimension", "of", "labels", "missing", "owner", box=None, pad_edge=True)
        for row in due.to_dict("records"):
            missing = "" if pd.isna(row["labels_missing"]) else f"{row['labels_missing']}"
            cells = row["dimension"], row["subject"], f"{row['labels']}", missing, row["owner"]
            table.add_row(f"{row['due']:%Y-%m-%d}", *map(Text, cells))
        console.print(table)
    for dimension, thin in rows[rows["task"] == "slice"].groupby("dimension", sort=True):
        named = ", ".join(f"{row['subject']} ({row['labels']})" for row in thin.to_dict("records"))
        console.print(f"{dimension}: slices with traffic and few labels: {named}", markup=False)
    for command in rows["command"].drop_duplicates():
        console.print(f"  {command}", markup=False, soft_wrap=True)


def hint_of(word: str) -> str:
    """Return the sentence of a reason."""
    return Reason(word).hint
