"""Tables below the agreement plots: anchors judged and labelled again, moves of gates, agreement by slice."""

from typing import Any

import pandas as pd

from behavior_pipeline.report.markup import Child, Markup, element
from behavior_pipeline.report.tables import more, table
from behavior_pipeline.report.words import (
    DASH,
    count,
    cut,
    day,
    gate_chip,
    interval,
    missing,
    name,
    slice_text,
    title_of,
)
from behavior_pipeline.values import scorer, short, spoken

SUBJECTS = {"judge": "the judge", "people": "people"}
Row = dict[Any, Any]


def anchors(rows: pd.DataFrame) -> Markup | None:
    """Return who moved on the same anchors this week, rows of anchor_changes; None without anchors."""
    if rows.empty:
        return None
    head = ("Dimension", "Who", "Compared with", "Items", "Down, up", "Level", "Agreement", "p", "That says")
    shown = [_anchors(row) for row in rows.to_dict("records")]
    caption = "The same anchors, judged and labelled again: who moved"
    return table(caption, head, shown, numbers=(3,))


def transitions(rows: pd.DataFrame) -> Markup | None:
    """Return every move of a gate, newest first, rows of gate_transitions."""
    if rows.empty:
        return None
    head = ("Week of", "Dimension", "Gate", "Agreement", "P(above gate)", "Why", "What changed")
    shown = [_transition(row) for row in rows.to_dict("records")]
    return table("Every gate that opened or closed, newest first", head, shown)


def by_slice(rows: pd.DataFrame) -> Markup | None:
    """Return agreement by slice, rows of calibration_slices, opened on demand."""
    if rows.empty:
        return None
    head = ("Dimension", "Slice", "Judge", "Labels", "Agreement", "Lacking")
    shown = [_slice(row) for row in rows.to_dict("records")]
    measured = int(rows["point"].notna().sum())
    title = f"Agreement by slice: labels suffice for {measured} of {len(rows)}"
    return more(title, table("Agreement of judges with people by slice", head, shown, numbers=(3, 5)))


def people(row: Row) -> Child:
    """Return how well people agree with each other, or why that is not known."""
    if missing(row["human_ceiling"]) and missing(row["human_alpha"]):
        why = row["human_reason"]
        unmeasured = [element("span", "not measured", class_="missing"), f" {spoken(why)}"]
        return None if missing(why) else unmeasured
    further = [
        f"{label} {short(row[column])}"
        for label, column in (("Cohen's kappa", "human_kappa"), ("Krippendorff's alpha", "human_alpha"))
        if not missing(row[column])
    ]
    level = row["human_ceiling"]
    ceiling = "" if missing(level) else f"people agree with each other at {short(level)}"
    size = f"{count(row['human_items'])} items, {count(row['human_pairs'])} pairs of people"
    return "; ".join(part for part in (ceiling, *further, size) if part)


def _anchors(row: Row) -> list[Child]:
    subject = SUBJECTS[row["subject"]]
    compared = DASH if missing(row["baseline_week"]) else day(row["baseline_week"])
    if not row["n"]:
        return [
            title_of(row["dimension"]),
            subject,
            compared,
            "0",
            DASH,
            DASH,
            DASH,
            DASH,
            spoken(row["reason"]),
        ]
    raised = [row["p_level_adjusted"], row["p_correct_adjusted"]]
    return [
        title_of(row["dimension"]), subject, _reference(row, compared), count(row["n"]),
        f"{count(row['lower'])}, {count(row['higher'])}", _levels(row, "level"), _levels(row, "agreement"),
        _p_value(min(raised)), spoken(row["reason"]),
    ]  # fmt: skip


def _reference(row: Row, compared: str) -> Child:
    judge = row["baseline_judge"]
    return compared if missing(judge) or judge == row["judge"] else [compared, ", ", name(judge)]


def _levels(row: Row, what: str) -> str:
    before, after = row[f"{what}_before"], row[f"{what}_after"]
    return DASH if missing(before) or missing(after) else f"{short(before)} → {short(after)}"


def _p_value(value: float) -> str:
    return "< .001" if value < 0.001 else f"{value:.3f}".removeprefix("0")  # noqa: PLR2004 - as it is written


def _transition(row: Row) -> list[Child]:
    gate = [gate_chip(row["from_state"]), " → ", gate_chip(row["to_state"])]
    known = not missing(row["point"])
    level = f"{short(row['point'])} ({interval(row['low'], row['high'])})" if known else DASH
    above = DASH if missing(row["probability_above_gate"]) else short(row["probability_above_gate"])
    return [
        day(row["week"]), title_of(row["dimension"]), gate, level, above, spoken(row["reason"]), _since(row),
    ]  # fmt: skip


def _since(row: Row) -> Child:
    named = [
        f"{part} {cut(row[f'previous_{part}'])} to {cut(row[part])}"
        for part in ("judge", "dataset", "rubric")
        if part in row["changed"].split(", ")
    ]
    if row["event"] == "recalibrated":
        weeks = int(row["weeks_shut"])
        named.insert(0, f"recalibrated after {weeks} week{'s' if weeks != 1 else ''}")
    return "; ".join(named) or DASH


def _slice(row: Row) -> list[Child]:
    known = not missing(row["point"])
    level = f"{short(row['point'])} ({interval(row['low'], row['high'])})" if known else spoken(row["reason"])
    lacking = count(row["needed"]) if row["needed"] else DASH
    where = slice_text(row["slice_key"], row["slice_value"])
    return [title_of(row["dimension"]), where, name(scorer(row["judge"])), count(row["n"]), level, lacking]
