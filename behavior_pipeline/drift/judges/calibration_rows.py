"""What the detectors that watch judges share: findings on the whole of a dimension, a judge and a rubric."""

from typing import Any

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.drift.detector import Measured, Mover
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import Finding, difference, findings_frame
from behavior_pipeline.provenance.tuples import declared_judge, series_id
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.drift import DRIFT_STATE
from behavior_pipeline.values import Record, number_or_none
from behavior_pipeline.words import ALL, NONE, Family, FindingKind

MOVED = frozenset({Reason.JUDGE_MOVED, Reason.JUDGE_LESS_RIGHT, Reason.PEOPLE_MOVED})


def calibration_finding(row: pd.Series | Record, detector: str, **numbers: Any) -> Finding:
    """Return a finding on the judge and rubric of a row of calibration_agreement or anchor_changes."""
    where = {"dimension": row["dimension"], "slice_key": ALL, "slice_value": ALL}
    versions = {"judge": row["judge"], "rubric": row["rubric"]}
    usual = {
        "family": str(Family.CALIBRATION), "metric": "agreement", "unit": "agreement", "worse": -1,
        "onset": row["week"],
    }  # fmt: skip
    return Finding(
        week=row["week"], detector=detector, kind=str(FindingKind.CALIBRATION),
        series_id=series_id(**where, **versions), **where, **versions,
        **(usual | numbers),
    )  # fmt: skip


def measured(findings: list[Finding]) -> Measured:
    """Return findings of a detector that carries nothing on."""
    return Measured(findings_frame(findings), DRIFT_STATE.empty())


def anchor_findings(evidence: Evidence, detector: str, *, subject: Mover) -> Measured:
    """Return what is said of who moved on the same anchors, `judge` or `people`: one for each judge.

    Levels are agreements on the anchors, `statistic` the change of the mean score; p is the smaller of both
    tests after Holm. Only the declared judge and the live rubric may alarm, and a judge that became right
    more often may not.
    """
    changes = evidence.now("anchor_changes")
    rows = changes[
        (changes["subject"] == subject) & changes["dimension"].isin(list(evidence.specs))
    ].sort_values(["dimension", "judge", "rubric", "n", "dataset"])
    latest = rows.drop_duplicates(["dimension", "judge", "rubric"], keep="last")
    return measured(
        [
            _on_anchors(row, detector, evidence.specs[row["dimension"]], subject=subject)
            for _, row in latest.iterrows()
        ]
    )


def _on_anchors(row: pd.Series, detector: str, spec: DimensionSpec, *, subject: Mover) -> Finding:
    declared = NONE if spec.judge is None else spec.judge.version
    live = row["rubric"] == spec.rubric_id and declared_judge(row["judge"]) in (declared, NONE)
    was, now = number_or_none(row["agreement_before"]), number_or_none(row["agreement_after"])
    moved = row["reason"] in MOVED
    return calibration_finding(
        row, detector, baseline=was, current=now, effect=difference(was, now), worse=0, moved=subject,
        statistic=difference(number_or_none(row["level_before"]), number_or_none(row["level_after"])),
        p_value=_p_value(row) if live else None, onset=row["week"] if moved else None,
        reason=row["reason"] if live or not moved else str(Reason.NOT_IN_USE),
    )  # fmt: skip


def _p_value(row: pd.Series) -> float | None:
    """Return the smaller p-value of both tests after Holm; a judge that is right more often did no worse."""
    p_values = [row["p_level_adjusted"]]
    if row["subject"] == "people" or (number_or_none(row["worse"]) or 0) > (
        number_or_none(row["better"]) or 0
    ):
        p_values.append(row["p_correct_adjusted"])
    known = [p_value for p_value in map(number_or_none, p_values) if p_value is not None]
    return min(known, default=None)
