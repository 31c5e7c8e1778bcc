"""Calibration findings: gates that closed, agreements that dropped, judges and people who moved."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from behavior_pipeline.calibration.agreement.drop import announced
from behavior_pipeline.calibration.gate.transitions import closings
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.provenance.tuples import declared_judge, series_id
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.drift import DRIFT_FINDINGS
from behavior_pipeline.words import NONE

GATE, DROP, ANCHORS, PEOPLE = "gate", "drop", "anchors", "people"
SUBJECTS = {ANCHORS: "judge", PEOPLE: "people"}
MOVED = frozenset({Reason.JUDGE_MOVED, Reason.JUDGE_LESS_RIGHT, Reason.PEOPLE_MOVED})


def calibration_findings(
    week: date, agreement: pd.DataFrame, specs: Mapping[str, DimensionSpec]
) -> pd.DataFrame:
    """Return rows of drift_findings, kind `calibration`: detectors `gate` and `drop` for each judge.

    `agreement` holds the week's rows and, for the level before, those of earlier weeks. Only the live rubric
    alarms. `statistic` is P(agreement above the gate) or P(drop > 0.05); the drop rule compares pools, so it
    has an effect and no single level before.
    """
    known = agreement[agreement["dimension"].isin(list(specs))]
    rows = known[known["week"] == pd.Timestamp(week)]
    earlier = known[known["week"] < pd.Timestamp(week)]
    closed = set(closings(rows).index)
    found = []
    for index, row in rows.iterrows():
        live = row["rubric"] == specs[row["dimension"]].rubric_id
        found += [_gate(row, earlier, alarm=live and index in closed), _drop(row, live=live)]
    return DRIFT_FINDINGS.validate(pd.DataFrame(found, columns=list(DRIFT_FINDINGS.columns)))


def anchor_findings(
    week: date, changes: pd.DataFrame, specs: Mapping[str, DimensionSpec], *, detector: str
) -> pd.DataFrame:
    """Return rows of drift_findings, kind `calibration`: detector `anchors` or `people`, one for each judge.

    `changes` are rows of anchor_changes. Levels are agreements on the anchors, `statistic` the change of the
    mean score; p and q are the smaller of both tests, raw and after Holm. Only the declared judge and the
    live rubric alarm, and a judge that became right more often is no alarm.
    """
    rows = changes[
        (changes["subject"] == SUBJECTS[detector])
        & (changes["week"] == pd.Timestamp(week))
        & changes["dimension"].isin(list(specs))
    ].sort_values(["dimension", "judge", "rubric", "n", "dataset"])
    latest = rows.drop_duplicates(["dimension", "judge", "rubric"], keep="last")
    found = [_anchors(row, detector, specs[row["dimension"]]) for _, row in latest.iterrows()]
    return DRIFT_FINDINGS.validate(pd.DataFrame(found, columns=list(DRIFT_FINDINGS.columns)))


def _anchors(row: pd.Series, detector: str, spec: DimensionSpec) -> dict[str, Any]:
    declared = NONE if spec.judge is None else spec.judge.version
    live = row["rubric"] == spec.rubric_id and declared_judge(row["judge"]) in (declared, NONE)
    was, now = _number(row["agreement_before"]), _number(row["agreement_after"])
    before, after = _number(row["level_before"]), _number(row["level_after"])
    return {
        **_series(row, detector, alarm=live and row["reason"] in MOVED), "baseline": was, "current": now,
        "effect": None if was is None or now is None else now - was,
        "statistic": None if before is None or after is None else after - before,
        "p_value": row[["p_level", "p_correct"]].min(),
        "q_value": row[["p_level_adjusted", "p_correct_adjusted"]].min(), "reason": row["reason"],
    }  # fmt: skip


def _gate(row: pd.Series, earlier: pd.DataFrame, *, alarm: bool) -> dict[str, Any]:
    before = earlier[
        (earlier["dimension"] == row["dimension"])
        & (earlier["judge"] == row["previous_judge"])
        & (earlier["rubric"] == row["rubric"])
    ].sort_values("week")
    baseline = None if before.empty else _number(before["point"].iloc[-1])
    current = _number(row["point"])
    return {
        **_series(row, GATE, alarm=alarm), "baseline": baseline, "current": current,
        "effect": None if baseline is None or current is None else current - baseline,
        "statistic": row["probability_above_gate"], "reason": row["reason"],
    }  # fmt: skip


def _drop(row: pd.Series, *, live: bool) -> dict[str, Any]:
    probability = _number(row["probability_of_drop"])
    p_value = _number(row["p_value_of_drop"])
    alarm = live and announced(probability, p_value)
    quiet = Reason.SHORT_HISTORY if probability is None else Reason.WITHIN_BAND
    return {
        **_series(row, DROP, alarm=alarm), "baseline": None, "current": _number(row["point"]),
        "effect": row["change"], "statistic": probability, "p_value": p_value,
        "reason": str(Reason.AGREEMENT_DROPPED if alarm else quiet),
    }  # fmt: skip


def _series(row: pd.Series, detector: str, *, alarm: bool) -> dict[str, Any]:
    where = {"dimension": row["dimension"], "slice_key": "all", "slice_value": "all"}
    versions = {"judge": row["judge"], "rubric": row["rubric"]}
    return {
        "week": row["week"], "detector": detector, "kind": "calibration",
        "series_id": series_id(**where, **versions), **where, **versions,
        "p_value": None, "q_value": None, "onset": row["week"] if alarm else pd.NaT, "alarm": alarm,
    }  # fmt: skip


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)
