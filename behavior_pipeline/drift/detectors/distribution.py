"""Graded scores that are given in other shares than before, also at the same mean."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import orjson
import pandas as pd
from scipy import stats

from behavior_pipeline.drift.detector import Detector, Measured, no_findings
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import Finding, findings_frame
from behavior_pipeline.drift.series.unusual import unusual_weeks
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.estimate import Vector
from behavior_pipeline.statistics.homogeneity import chi_square, wasserstein
from behavior_pipeline.words import ALL, Family, FindingKind

NAME = "distribution"
IDENTITY = ["series_id", "dimension", "slice_key", "slice_value", "judge", "rubric"]


class Shares(NamedTuple):
    """Of one series: a row of shares a week with its effective size, this week last, by score."""

    mondays: pd.DatetimeIndex
    scores: Vector
    shares: Vector
    sizes: Vector
    before: list[int]


def detect(evidence: Evidence) -> Measured:
    """Return a finding for each graded series: Rao and Scott's chi-square against the weeks before together.

    How much shares differ between quiet weeks beyond sampling is learned from the baselines of all series.
    """
    table = evidence.table("weekly_levels")
    table = table[table["dimension"].isin(list(evidence.specs))]
    now = table.loc[table["week"] == evidence.start, IDENTITY].drop_duplicates()
    if now.empty:
        return no_findings()
    effects = evidence.table("weekly_scores").set_index(["series_id", "week"])["pooled_design_effect"]
    by_series = dict(list(table.groupby("series_id")))
    made = {
        str(row["series_id"]): _shares(by_series[row["series_id"]], effects, evidence)
        for row in now.to_dict("records")
    }
    quiet = [chi_square(one.shares[one.before], one.sizes[one.before]) for one in made.values()]
    df = sum(one.df for one in quiet)
    ratio = max(1.0, sum(one.statistic for one in quiet) / df) if df else 1.0
    findings = [
        _finding(row, made[str(row["series_id"])], evidence, ratio=ratio, df=df)
        for row in now.sort_values("series_id").to_dict("records")
    ]
    return Measured(findings_frame(findings), no_findings().state)


def _shares(rows: pd.DataFrame, effects: "pd.Series[float]", evidence: Evidence) -> Shares:
    drift = evidence.specs[str(rows["dimension"].iloc[0])].drift
    series = str(rows["series_id"].iloc[0])
    weight = rows.pivot_table(index="week", columns="score", values="weight", aggfunc="sum").astype(float)
    weight = weight.fillna(0.0)
    n = rows.groupby("week")["n"].sum().reindex(weight.index).to_numpy(dtype=float)
    mondays = pd.DatetimeIndex(weight.index)
    effect = pd.Series([effects.get((series, monday), np.nan) for monday in mondays], dtype=float)
    sizes = n / effect.fillna(1.0).clip(lower=1.0).to_numpy()
    last = evidence.start - (1 + drift.gap_weeks) * pd.Timedelta(weeks=1)
    first = last - (drift.history_weeks - 1) * pd.Timedelta(weeks=1)
    decisions = evidence.table("drift_decisions")
    named = rows[["series_id", "dimension"]].drop_duplicates().reset_index(drop=True)
    (unusual,) = unusual_weeks(
        decisions[decisions["detector"] == NAME], named, mondays, gaps=np.zeros(1, dtype=np.int64)
    )
    inside = (mondays >= first) & (mondays <= last) & ~unusual
    shares = weight.to_numpy() / weight.to_numpy().sum(axis=1, keepdims=True)
    return Shares(
        mondays, weight.columns.to_numpy(dtype=float), shares, sizes, np.flatnonzero(inside).tolist()
    )


def _finding(row: Mapping[Any, Any], made: Shares, evidence: Evidence, *, ratio: float, df: int) -> Finding:
    drift = evidence.specs[row["dimension"]].drift
    named: dict[str, Any] = {
        **{name: str(row[name]) for name in IDENTITY}, "week": evidence.start, "detector": NAME,
        "kind": str(FindingKind.DISTRIBUTION), "metric": "wasserstein", "worse": 0,
        "family": str(Family.AGGREGATE if row["slice_key"] == ALL else Family.SLICE),
        "n_eff": float(made.sizes[-1]),
    }  # fmt: skip
    if len(made.before) < drift.minimum_history_weeks:
        return Finding(**named, reason=str(Reason.SHORT_HISTORY))
    if made.sizes[-1] < drift.minimum_n_eff:
        return Finding(**named, reason=str(Reason.TOO_SMALL))
    sizes = made.sizes[made.before]
    before = np.average(made.shares[made.before], axis=0, weights=sizes)
    test = chi_square(np.array([made.shares[-1], before]), np.array([made.sizes[-1], sizes.sum()]))
    apart = wasserstein(made.shares[-1], before, made.scores)
    usual = [wasserstein(made.shares[week], before, made.scores) for week in made.before]
    days = [str(made.mondays[week].date()) for week in made.before]
    return Finding(
        **named, baseline=0.0, current=apart, effect=apart, contrast="own", statistic=test.statistic / ratio,
        baseline_periods=orjson.dumps(days).decode(), df=float(test.df),
        p_value=_p_value(test.statistic / ratio, test.df, spread_df=df if ratio > 1 else 0),
        band_high=max(2 * float(np.mean(usual)), drift.floor_of("wasserstein", "score")),
        reason=str(Reason.COMPARED),
    )  # fmt: skip


def _p_value(statistic: float, df: int, *, spread_df: int) -> float:
    """Return the p-value of a chi-square, or of an F where its scale was learned."""
    if not df:
        return 1.0
    tail = stats.f.sf(statistic / df, df, spread_df) if spread_df else stats.chi2.sf(statistic, df)
    return float(tail)


PLUGIN = Detector(
    NAME,
    "graded scores given in other shares than in the weeks before, also at the same mean",
    detect,
    needs=("weekly_levels", "weekly_scores"),
    families=(Family.AGGREGATE, Family.SLICE),
    history=12,
    always=True,
)
