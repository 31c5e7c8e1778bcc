"""What checks say of a dimension that a judge completes, by themselves: facts, behind no gate of a judge.

A judge that does not agree with people may drive no alert; what its dimension's checks find still does.
"""

import numpy as np
import pandas as pd

from behavior_pipeline.drift.detector import Detector, Measured, no_findings
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.series.against_weeks import IDENTITY, Measure, findings_of_weeks, weeks_of
from behavior_pipeline.drift.series.slices import sliced
from behavior_pipeline.provenance.tuples import series_id
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.drift import DRIFT_FINDINGS
from behavior_pipeline.words import ALL, CHECKS, NONE, Family, FindingKind

NAME = "checks"
SUMS = ["n", "sum_w", "sum_wy", "sum_w2"]
SMOOTHED = 0.5  # passes and fails more, so that a week without a fail has a logit
WHERE = ["dimension", "slice_key", "slice_value"]


def detect(evidence: Evidence) -> Measured:
    """Return a finding on the share of traces that no check failed, of each composite dimension and slice."""
    cells = evidence.table("weekly_cells")
    cells = cells[(cells["metric"] == CHECKS) & cells["dimension"].isin(list(evidence.specs))]
    rows = sliced(cells, ["week", "dimension"], sums=SUMS)
    now = rows[rows["week"] == evidence.start]
    rows = rows.merge(now[WHERE], on=WHERE)
    if rows.empty:
        return no_findings()
    weeks = weeks_of(_logits(rows), evidence, key=IDENTITY, detector=NAME)
    sizes = _sizes(now).groupby(_ids(now)).first()
    findings = findings_of_weeks(
        weeks, evidence, Measure(NAME, CHECKS, "score", -1, scale="logit"),
        kind=np.where(weeks.series["slice_key"] == ALL, str(FindingKind.SCORE), str(FindingKind.SLICE)),
        n_eff=weeks.series["series_id"].map(sizes).astype("Float64"),
    )  # fmt: skip
    least = findings["dimension"].map({name: one.drift.minimum_n_eff for name, one in evidence.specs.items()})
    small = (findings["reason"] == str(Reason.COMPARED)) & (findings["n_eff"] < least.astype(float))
    findings.loc[small, "p_value"] = pd.NA
    findings.loc[small, "reason"] = str(Reason.TOO_SMALL)
    return Measured(DRIFT_FINDINGS.validate(findings), no_findings().state)


def _logits(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the series with their logits and sampling variances, by the delta method (Woolf 1955)."""
    size = _sizes(rows).to_numpy(dtype=float)
    passed = size * (rows["sum_wy"] / rows["sum_w"]).to_numpy(dtype=float) + SMOOTHED
    failed = size + 2 * SMOOTHED - passed
    named = rows[["week", *WHERE]].assign(judge=NONE, rubric=NONE, series_id=_ids(rows))
    return named.assign(value=np.log(passed / failed), variance=1 / passed + 1 / failed)


def _sizes(rows: pd.DataFrame) -> "pd.Series[float]":
    """Return of how many traces of equal weight the rows are worth."""
    return rows["sum_w"] ** 2 / rows["sum_w2"]


def _ids(rows: pd.DataFrame) -> list[str]:
    cells = rows[WHERE].astype(str).itertuples(index=False, name=None)
    return [
        series_id(dimension=dimension, slice_key=key, slice_value=value, judge=NONE, rubric=NONE)
        for dimension, key, value in cells
    ]


PLUGIN = Detector(
    NAME,
    "the share of traces that no check failed, of dimensions that a judge completes, behind no gate",
    detect,
    needs=("weekly_cells",),
    families=(Family.AGGREGATE, Family.SLICE),
    history=26,
    always=True,
)
