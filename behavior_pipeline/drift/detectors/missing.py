"""Fewer answers of a judge than before: what it leaves out is not drawn by chance, and may move the level."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
import pandas as pd
from scipy import stats

from behavior_pipeline.dimensions.spec import Drift
from behavior_pipeline.drift.detector import Detector, Measured, no_findings
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import Finding, findings_frame
from behavior_pipeline.drift.series.slices import sliced
from behavior_pipeline.drift.series.unusual import UNUSUAL
from behavior_pipeline.provenance.tuples import series_id
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.shares import History, pooled_correlations, predicted
from behavior_pipeline.words import ALL, SCORE, Family, FindingKind

NAME = "missing"
SERIES = ["dimension", "slice_key", "slice_value"]
COMMON_WEEKS = 8.0  # how many weeks of its own the spread of all series outweighs
POWER = 0.8


def detect(evidence: Evidence) -> Measured:
    """Return a finding on the share with a score of what a judge was to score, by dimension and slice.

    Judges of a dimension count together: one that never answers has no name of its own. The week's count is
    beta-binomial about the share of the weeks before, with the spread that all series showed.
    """
    judged = [name for name, spec in evidence.specs.items() if spec.judge is not None]
    cells = evidence.table("weekly_cells")
    cells = cells[(cells["metric"] == SCORE) & cells["dimension"].isin(judged)]
    rows = sliced(cells, ["week", "dimension"], sums=["n", "drawn"])
    now = rows[rows["week"] == evidence.start]
    if now.empty:
        return no_findings()
    blocked = _alarmed(evidence)
    weeks = [_before(part, evidence, blocked.get(key, set())) for key, part in _groups(rows, now)]
    histories = [History.of(*part[["n", "drawn"]].to_numpy(float).T) for part in weeks]
    correlations = pooled_correlations(histories, weight=COMMON_WEEKS)
    scorers = _scorers(cells)
    findings = [
        _finding(row, evidence, part, history, scorers[row["dimension"]], correlation=rho, tested=len(now))
        for row, part, history, rho in zip(
            now.to_dict("records"), weeks, histories, correlations, strict=True
        )
    ]
    return Measured(findings_frame(findings), no_findings().state)


def _groups(rows: pd.DataFrame, now: pd.DataFrame) -> list[tuple[tuple[str, ...], pd.DataFrame]]:
    by_series = dict(list(rows.groupby(SERIES)))
    keys = [tuple(key) for key in now[SERIES].itertuples(index=False, name=None)]
    return [(key, by_series[key]) for key in keys]


def _before(rows: pd.DataFrame, evidence: Evidence, blocked: set[pd.Timestamp]) -> pd.DataFrame:
    drift: Drift = evidence.specs[rows["dimension"].iloc[0]].drift
    last = evidence.start - (1 + drift.gap_weeks) * pd.Timedelta(weeks=1)
    first = last - (drift.history_weeks - 1) * pd.Timedelta(weeks=1)
    return rows[rows["week"].between(first, last) & ~rows["week"].isin(blocked) & (rows["drawn"] > 0)]


def _alarmed(evidence: Evidence) -> dict[tuple[str, ...], set[pd.Timestamp]]:
    decisions = evidence.table("drift_decisions")
    moved = decisions["alarm"].astype("boolean").fillna(value=False) | decisions["reason"].isin(UNUSUAL)
    rows = decisions[(decisions["detector"] == NAME) & moved]
    return {tuple(str(word) for word in key): set(part["week"]) for key, part in rows.groupby(SERIES)}


def _scorers(cells: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Return the judge and rubric of each dimension that gave most scores in the last week that had any."""
    sums = cells.groupby(["dimension", "week", "judge", "rubric"], as_index=False)["n"].sum()
    ranked = sums.assign(any=sums["n"] > 0).sort_values(["dimension", "any", "week", "n"], kind="stable")
    last = ranked.drop_duplicates("dimension", keep="last")
    return {str(row["dimension"]): (str(row["judge"]), str(row["rubric"])) for row in last.to_dict("records")}


def _finding(
    row: Mapping[Any, Any], evidence: Evidence, before: pd.DataFrame, history: History,
    scorer: tuple[str, str], *, correlation: float, tested: int,
) -> Finding:  # fmt: skip
    where = {name: str(row[name]) for name in SERIES}
    versions = {"judge": scorer[0], "rubric": scorer[1]}
    named: dict[str, Any] = {
        **where, **versions, "series_id": series_id(**where, **versions), "week": evidence.start,
        "detector": NAME, "kind": str(FindingKind.MISSING), "metric": "scored_share", "unit": "share",
        "worse": -1, "family": str(Family.AGGREGATE if where["slice_key"] == ALL else Family.SLICE),
    }  # fmt: skip
    drift, n, drawn = evidence.specs[where["dimension"]].drift, float(row["n"]), float(row["drawn"])
    if drawn == 0:
        return Finding(**named, reason=str(Reason.NO_SCORED_TRACE))
    current = n / drawn
    if history.days < drift.minimum_history_weeks:
        return Finding(**named, current=current, n_eff=drawn, reason=str(Reason.SHORT_HISTORY))
    counts, baseline = predicted(drawn, history, correlation=correlation), history.share
    se = None if counts is None else float(counts.std()) / drawn
    reach = stats.norm.isf(evidence.budget.of(named["family"]) / tested) + stats.norm.isf(1 - POWER)
    quiet = max(2 * (se or 0.0), drift.floor_of("scored_share", "share"))
    days = [str(week.date()) for week in sorted(before["week"])]
    return Finding(
        **named, baseline=baseline, current=current, effect=current - baseline, effect_se=se, n_eff=drawn,
        baseline_periods=orjson.dumps(days).decode(), contrast="own",
        statistic=(current - baseline) / se if se else None,
        p_value=1.0 if counts is None else float(counts.cdf(n)),
        least_detectable_effect=None if se is None else float(np.abs(reach)) * se,
        band_low=max(baseline - quiet, 0.0), reason=str(Reason.COMPARED),
    )  # fmt: skip


PLUGIN = Detector(
    NAME,
    "the share with a score of what a judge was to score",
    detect,
    needs=("weekly_cells",),
    families=(Family.AGGREGATE, Family.SLICE),
    history=12,
    always=True,
)
