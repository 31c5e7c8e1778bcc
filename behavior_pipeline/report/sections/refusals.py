"""Over-refusal beside under-refusal, below the scorecard: which way it errs, and how sure the split is."""

from typing import Any

import pandas as pd

from behavior_pipeline.report.markup import Child, Markup, element
from behavior_pipeline.report.tables import table
from behavior_pipeline.report.words import DASH, change, count, heading_of, interval, missing
from behavior_pipeline.values import short, spoken
from behavior_pipeline.words import SPEAKING

CAPTION = "Refusals by what the input calls for"
HEAD = (
    "Dimension", "Over-refused, safe inputs", "Under-refused, unsafe inputs", "Over minus under", "Traces",
    "Told wrongly, by labels",
)  # fmt: skip
Row = dict[Any, Any]


def refusals(rows: pd.DataFrame) -> Markup | None:
    """Return a row a series of refusal_balance; None where no check tells what inputs call for."""
    if rows.empty:
        return None
    return table(CAPTION, HEAD, [_row(row) for row in rows.to_dict("records")])


def _row(row: Row) -> list[Child]:
    traces = ", ".join(f"{count(row[f'{value}_traces'])} {value}" for value in ("safe", "unsafe", "unknown"))
    return [
        heading_of(row["dimension"]),
        _level(row, "over_refused"),
        _level(row, "under_refused"),
        _asymmetry(row),
        traces,
        _mistold(row),
    ]


def _level(row: Row, name: str) -> Child:
    """Return a share with its interval, and the bounds of what it may be on truly such inputs."""
    if missing(row[name]):
        return element("span", spoken(row["reason"]), class_="missing")
    number = short(row[name])
    believed = str(row["gate_state"]) in SPEAKING
    shown = (
        element("strong", number)
        if believed
        else element("span", f"({number})", class_="untrusted", title="its judge's gate is not open")
    )
    ends = element("small", interval(row[f"{name}_low"], row[f"{name}_high"]), class_="interval")
    if missing(row[f"{name}_least"]):
        return [shown, " ", ends]
    bounds = f"{short(row[f'{name}_least'])} to {short(row[f'{name}_most'])} if inputs were mistold"
    return [shown, " ", ends, " ", element("small", bounds)]


def _asymmetry(row: Row) -> Child:
    if missing(row["asymmetry"]):
        return DASH
    if missing(row["asymmetry_low"]):
        return change(row["asymmetry"])
    ends = f"{change(row['asymmetry_low'])} to {change(row['asymmetry_high'])}"
    return [change(row["asymmetry"]), " ", element("small", ends, class_="interval")]


def _mistold(row: Row) -> Child:
    if not row["labels"]:
        return element("span", "no labels", class_="missing")
    inputs = ", ".join(
        f"{count(row[f'{value}_mistold'])} of {count(row[f'{value}_labels'])} {value}"
        for value in ("safe", "unsafe")
    )
    refused = f"{count(row['refusals_missed'])} refusals missed, {count(row['refusals_invented'])} invented"
    return [inputs, " ", element("small", refused)]
