"""What the detectors that watch judges share: findings on the whole of a dimension, a judge and a rubric."""

from typing import Any

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.drift.detector import Mover
from behavior_pipeline.drift.finding import Finding, difference, findings_frame
from behavior_pipeline.drift.history import SeriesHistory
from behavior_pipeline.provenance.tuples import declared_judge, series_id
from behavior_pipeline.reasons import Reason
from behavior_pipeline.values import number_or_none
from behavior_pipeline.words import ALL, NONE, FindingKind

MOVED = frozenset({Reason.JUDGE_MOVED, Reason.JUDGE_LESS_RIGHT, Reason.PEOPLE_MOVED})


def calibration_finding(row: pd.Series, detector: str, *, alarm: bool, **numbers: Any) -> Finding:
    """Return a finding on the judge and rubric of a row of calibration_agreement or anchor_changes."""
    where = {"dimension": row["dimension"], "slice_key": ALL, "slice_value": ALL}
    versions = {"judge": row["judge"], "rubric": row["rubric"]}
    return Finding(
        week=row["week"], detector=detector, kind=str(FindingKind.CALIBRATION), alarm=alarm,
        series_id=series_id(**where, **versions), **where, **versions,
        onset=row["week"] if alarm else None, **numbers,
    )  # fmt: skip


def anchor_findings(history: SeriesHistory, detector: str, *, subject: Mover) -> pd.DataFrame:
    """Return DRIFT_FINDINGS rows on who moved on the same anchors, `judge` or `people`: one for each judge.

    Levels are agreements on the anchors, `statistic` the change of the mean score; p and q are the smaller of
    both tests, raw and after Holm. Only the declared judge and the live rubric alarm, and a judge that became
    right more often is no alarm.
    """
    changes = history.anchors
    rows = changes[
        (changes["subject"] == subject)
        & (changes["week"] == history.monday)
        & changes["dimension"].isin(list(history.specs))
    ].sort_values(["dimension", "judge", "rubric", "n", "dataset"])
    latest = rows.drop_duplicates(["dimension", "judge", "rubric"], keep="last")
    return findings_frame(
        [_on_anchors(row, detector, history.specs[row["dimension"]]) for _, row in latest.iterrows()]
    )


def _on_anchors(row: pd.Series, detector: str, spec: DimensionSpec) -> Finding:
    declared = NONE if spec.judge is None else spec.judge.version
    live = row["rubric"] == spec.rubric_id and declared_judge(row["judge"]) in (declared, NONE)
    was, now = number_or_none(row["agreement_before"]), number_or_none(row["agreement_after"])
    return calibration_finding(
        row, detector, alarm=live and row["reason"] in MOVED, baseline=was, current=now,
        effect=difference(was, now),
        statistic=difference(number_or_none(row["level_before"]), number_or_none(row["level_after"])),
        p_value=number_or_none(row[["p_level", "p_correct"]].min()),
        q_value=number_or_none(row[["p_level_adjusted", "p_correct_adjusted"]].min()), reason=row["reason"],
    )  # fmt: skip
