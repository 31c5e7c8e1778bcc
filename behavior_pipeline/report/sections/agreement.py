"""How well each judge agrees with people over weeks, against its gate, and every opening and closing."""

from typing import Any

import pandas as pd

from behavior_pipeline.calibration.gate.sentence import gate_limits, judged_part
from behavior_pipeline.report.data import Data
from behavior_pipeline.report.markup import Child, Markup, element
from behavior_pipeline.report.plots.agreement_plot import agreement_plot
from behavior_pipeline.report.sections.agreement_tables import anchors, by_slice, people, transitions
from behavior_pipeline.report.tables import facts, section
from behavior_pipeline.report.words import count, gate_chip, heading_of, interval, missing, name, title_of
from behavior_pipeline.values import scorer, short, spoken

LEAD = (
    "A judge drives alerts only while its agreement with human labels holds. Each week's estimate has its"
    " 95 % interval; the line across is the gate; the strip below is thin while the gate was open."
)
METRICS = {"mcc": "Matthews correlation", "spearman": "Spearman's rho", "none": "agreement"}


def agreement(data: Data) -> Markup:
    """Return a panel for each judged dimension, moves of gates, and who moved on the same anchors."""
    judged = data.agreement
    if judged.empty:
        return section(
            "agreement", "Agreement", LEAD, element("p", "No judge has been measured yet.", class_="quiet")
        )
    panels = [
        _panel(data, str(dimension), rows) for dimension, rows in judged.groupby("dimension", sort=True)
    ]
    below = [transitions(data.transitions), anchors(data.anchors), by_slice(data.agreement_slices)]
    return section("agreement", "Agreement", LEAD, element("div", panels, class_="panels"), below)


def _panel(data: Data, dimension: str, rows: pd.DataFrame) -> Markup:
    ordered = _by_use(data.of("weekly", dimension), rows)
    last = ordered.to_dict("records")[-1]
    head = element("h3", heading_of(dimension), " ", gate_chip(last["gate_state"]))
    plot = agreement_plot(ordered, title_of(dimension), first=data.first, last=data.last_day)
    return element("article", head, plot, _facts(last), class_="panel")


def _by_use(weekly: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return agreement by week; of several judges in one week the one that scored most traces comes last."""
    keys = ["week", "judge", "rubric"]
    used = weekly.loc[weekly["slice_key"] == "all", [*keys, "n"]].rename(columns={"n": "scored"})
    joined = rows.merge(used, on=keys, how="left").fillna({"scored": 0})
    return joined.sort_values(["week", "scored", "judge", "rubric"])


def _facts(row: dict[Any, Any]) -> Markup:
    if missing(row["point"]):
        why = row["reason"] if missing(row["missing_reason"]) else row["missing_reason"]
        measured: Child = [element("span", "not measured", class_="missing"), f" {spoken(why)}"]
    else:
        pooled = f"{row['weeks_pooled']} week{'s' if row['weeks_pooled'] != 1 else ''}"
        ends = interval(row["low"], row["high"])
        size = f" ({ends}), {METRICS[row['metric']]}, {count(row['n'])} labels of {pooled}"
        measured = [element("strong", short(row["point"])), size]
    above = row["probability_above_gate"]
    rates = f"sensitivity {short(row['sensitivity'])}, specificity {short(row['specificity'])}"
    return facts(
        [
            ("Agreement", measured),
            (
                "P(above gate)",
                None if missing(above) else f"{short(above)} for a gate at {short(row['minimum'])}",
            ),
            ("Of what no check failed", judged_part(row) or None),
            ("Labels", gate_limits(row) or None),
            ("Rates", None if missing(row["sensitivity"]) else rates),
            ("Kendall's tau-b", None if missing(row["tau_b"]) else short(row["tau_b"])),
            ("Ceiling", people(row)),
            (
                "Judge",
                [
                    name(scorer(row["judge"])),
                    ", rubric ",
                    name(row["rubric"]),
                    ", labels ",
                    name(row["dataset"]),
                ],
            ),
        ]
    )
