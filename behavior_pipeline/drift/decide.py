"""Which findings are alarms: one budget of false alarms over all series, and a least change that matters."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from behavior_pipeline.dimensions.spec import DimensionSpec, Drift
from behavior_pipeline.drift.finding import Decision, Finding, decisions_frame, findings_of
from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Budget

# What a detector says that goes by a rule of its own and has no p-value to be compared with others'.
RULES = frozenset(
    {
        Reason.OUTSIDE_BAND, Reason.GATE_CLOSED, Reason.AGREEMENT_DROPPED,
        Reason.JUDGE_MOVED, Reason.JUDGE_LESS_RIGHT, Reason.PEOPLE_MOVED,
    }
)  # fmt: skip


def decide(findings: pd.DataFrame, specs: Mapping[str, DimensionSpec], budget: Budget) -> pd.DataFrame:
    """Return DRIFT_DECISIONS rows, one for each finding.

    P-values are adjusted within a family over all dimensions and kinds (Benjamini and Hochberg 1995), so
    that any quiet week has the family's share of false alarms at most. A change below its effect floor is no
    alarm, however rare.
    """
    decisions = []
    rows = findings_of(findings)
    for family in sorted({row.family for row in rows}):
        of_family = [row for row in rows if row.family == family]
        decisions += _of_family(of_family, specs, level=budget.of(family))
    return decisions_frame(decisions)


def floor_of(finding: Finding, drift: Drift) -> float:
    """Return the least change of a finding's metric that matters."""
    return drift.floors.get(finding.metric, drift.effect_floor if finding.unit == "score" else 0.0)


def _of_family(
    findings: list[Finding], specs: Mapping[str, DimensionSpec], *, level: float
) -> list[Decision]:
    tested = [finding.p_value for finding in findings if finding.p_value is not None]
    adjusted = iter(stats.false_discovery_control(tested)) if tested else iter(())
    q_values = [None if finding.p_value is None else float(next(adjusted)) for finding in findings]
    passing = [p for p, q in zip(tested, (q for q in q_values if q is not None), strict=True) if q <= level]
    threshold = max(passing, default=level / len(tested) if tested else np.nan)
    return [
        _decision(finding, specs[finding.dimension].drift, q_value=q_value, level=level, threshold=threshold)
        for finding, q_value in zip(findings, q_values, strict=True)
    ]


def _decision(
    finding: Finding, drift: Drift, *, q_value: float | None, level: float, threshold: float
) -> Decision:
    below = abs(finding.effect or 0.0) < floor_of(finding, drift)
    reason = finding.reason
    if reason in RULES and q_value is None:
        alarm = True
    elif reason not in RULES and reason != Reason.COMPARED:
        alarm = False
    elif q_value is None or q_value > level:
        alarm, reason = False, str(Reason.NOT_RARE)
    elif below and reason == Reason.COMPARED:
        alarm, reason = False, str(Reason.BELOW_EFFECT_FLOOR)
    else:
        alarm, reason = True, str(Reason.MOVED) if reason == Reason.COMPARED else reason
    same = (
        "week",
        "detector",
        "kind",
        "series_id",
        "metric",
        "dimension",
        "slice_key",
        "slice_value",
        "family",
    )
    return Decision(
        **{name: getattr(finding, name) for name in same}, p_value=finding.p_value, q_value=q_value,
        threshold=None if np.isnan(threshold) else threshold, alarm=alarm, below_floor=below, reason=reason,
    )  # fmt: skip
