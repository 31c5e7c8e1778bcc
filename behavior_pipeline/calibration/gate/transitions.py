"""Every move of a gate as a row: from where to where, why, what changed, and how long it had been shut."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd

from behavior_pipeline.tables.calibration import GATE_TRANSITIONS
from behavior_pipeline.words import NONE, SPEAKING, GateState

VERSIONS = ("judge", "dataset", "rubric")
SHOWN = ("metric", "n", "point", "low", "high", "minimum", "probability_above_gate", "reason")
Row = dict[Any, Any]


def transitions_of_week(agreement: pd.DataFrame, *, week: date) -> pd.DataFrame:
    """Return rows of gate_transitions: every gate whose state is another one than in the week before.

    `agreement` are rows of calibration_agreement up to the week, best all of them. A gate is followed through
    replacements: a new judge takes over from the one before it, a new rubric from the rubric before.
    `recalibrated` is a gate that may speak again after it had been closed. Its `previous_*` columns and
    `changed` look back to the week that closed it, those of other events to the week before; so it is said
    what was replaced in between, or that the same versions agree again (`none`).
    """
    known = agreement[agreement["week"] <= pd.Timestamp(week)].copy()
    known["since"] = known.groupby(["dimension", "judge", "rubric"])["week"].transform("min")
    known = known.sort_values(["week", "since", "n", "judge"], kind="stable")
    gates = []
    for _, rows in known.groupby("dimension", sort=True):
        now = rows[rows["week"] == pd.Timestamp(week)].sort_values(["judge", "rubric"])
        gates += [_transition(row, list(_before(row, rows))) for row in now.to_dict("records")]
    moved = [row for row in gates if row["from_state"] != row["to_state"]]
    return GATE_TRANSITIONS.validate(pd.DataFrame(moved, columns=list(GATE_TRANSITIONS.columns)))


def _before(row: Row, rows: pd.DataFrame) -> Iterator[Row]:
    """Yield what the gate was taken over from, week by week backwards, to the first measurement."""
    while True:
        earlier = rows[rows["week"] < row["week"]]
        if earlier.empty:
            return
        same = earlier[earlier["rubric"] == row["rubric"]]
        candidates = earlier if same.empty else same
        latest = candidates[candidates["week"] == candidates["week"].max()]
        of_judge = latest[latest["judge"] == row["judge"]]
        row = (latest if of_judge.empty else of_judge).iloc[-1].to_dict()
        yield row


def _transition(row: Row, before: list[Row]) -> Row:
    """Return the row of a move; of one that stayed, a row with the same state twice."""
    was = GateState(before[0]["gate_state"]) if before else GateState.UNMEASURED
    now = GateState(row["gate_state"])
    closed = _closed(before)
    if not now.speaks:
        event = "closed" if was.speaks else "changed"
    elif was.speaks:
        event = "changed"
    else:
        event = "opened" if closed is None else "recalibrated"
    reference = closed if event == "recalibrated" else before[0] if before else None
    transition = {name: row[name] for name in ("week", "dimension", *VERSIONS, *SHOWN)}
    transition |= {"event": event, "from_state": str(was), "to_state": str(now), "changed": NONE}
    if reference is not None:
        transition |= {f"previous_{name}": reference[name] for name in (*VERSIONS, "point")}
        transition["changed"] = _changed(row, reference)
    if event == "recalibrated" and closed is not None:
        transition["weeks_shut"] = (row["week"] - closed["week"]).days // 7
    return transition


def _closed(before: list[Row]) -> Row | None:
    """Return the row that closed a gate which is shut now; None where it never spoke."""
    shut = None
    for row in before:
        if GateState(row["gate_state"]).speaks:
            return shut
        shut = row
    return None


def _changed(row: Row, reference: Row) -> str:
    return ", ".join(name for name in VERSIONS if row[name] != reference[name]) or NONE


def closings(agreement: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of calibration_agreement in which a gate that let alerts through was shut."""
    shut = agreement["gate_state"] == str(GateState.SUSPENDED)
    return agreement[shut & agreement["previous_state"].isin(SPEAKING)]
