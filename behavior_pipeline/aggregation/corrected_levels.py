"""The corrected level of one series and week: what a judge does in common to weeks, or this week's labels.

Labels of weeks before say how the judge errs, never how good the traffic was: pooled by verdict they hid half
of a real fall in its first week.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from behavior_pipeline.aggregation.cross_check import verdict_table
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.common_line import combined, line_through
from behavior_pipeline.statistics.common_rates import Weeks, common_rates
from behavior_pipeline.statistics.corrected import Few, Many, Ppi, post_stratified, ppi_mean, unit_interval
from behavior_pipeline.statistics.estimate import SMALLEST_ERROR, Estimate, Vector
from behavior_pipeline.values import number_or_none
from behavior_pipeline.words import PASS

# At a level of .9 the interval from 40 labels, half judge-fail, is about .15 wide: with fewer it says less
# than the judge's own level does, and a slice's could not be told from its neighbours'.
FEWEST_LABELS = 40
# Labels of the week itself, where only these may speak: the level is worse than it was in weeks before, and
# still better than none. From 10 of each verdict its interval holds the truth in 97 % of worlds.
FEWEST_ALONE = 20
# Below it the weeks do not share what the judge does. Larger throws away good weeks, smaller lets a judge
# that changed a little bias the level; `benchmarks/calibration.py --only levels` shows both.
REJECTED = 0.10
WIDEST = 0.5  # an interval over half of the scale says nothing of a level
COMMON_RATES, POST_STRATIFIED, COMMON_LINE, PPI = METHODS = (
    "common_rates", "post_stratified", "common_line", "ppi",
)  # fmt: skip
Row = Mapping[Any, Any]


class Level(NamedTuple):
    """A corrected level, the estimator that gave it, and the p-value of its weeks being alike."""

    estimate: Estimate
    method: str | None = None
    same_rates: float | None = None


class Traffic(NamedTuple):
    """What a judge did in a week: the share that passed, and its effective size."""

    share: float
    size: float


class Evidence(NamedTuple):
    """All that is known of a series and week.

    `row` is that of weekly scores, `items` are labelled items with the `week` of their traces, `levels` the
    judge's scores of the week by verdict (passed, weight, mean, variance), `earlier` what it did in others.
    `moved` where items of weeks before were left out, since anchors say that the judge is another one.
    """

    row: Row
    items: pd.DataFrame
    levels: pd.DataFrame
    earlier: Mapping[pd.Timestamp, Traffic]
    moved: bool = False

    @property
    def too_few(self) -> Reason:
        """Return why there is no level where the labels that may speak are few."""
        return Reason.RATES_CHANGED if self.moved else Reason.TOO_FEW

    @property
    def traces(self) -> float:
        """Return the number of traces that the level is of."""
        return float(self.levels["weight"].sum())

    @property
    def in_week(self) -> pd.DataFrame:
        """Return the items of the week's own traces."""
        alone: pd.DataFrame = self.items[self.items["week"] == self.row["week"]]
        return alone


def rates_differ(p_values: pd.Series) -> pd.Series:
    """Return of each p-value whether the weeks' labels do not share what the judge does; NULL: not known."""
    return p_values.astype("Float64").lt(REJECTED).fillna(False).astype(bool)


def level_of_verdicts(known: Evidence) -> Level:
    """Return the level by sensitivity and specificity common to the weeks, else by the week's own labels."""
    week, items = known.row["week"], known.items
    weeks = sorted({*items["week"], week})
    tables = np.stack([verdict_table(items[items["week"] == one]) for one in weeks])
    share = float(known.row["mean"])
    if ((tables.sum(axis=(0, 1)) == 0) & (np.array([share, 1 - share]) > 0)).any():
        missing = Reason.RATES_CHANGED if known.moved else Reason.VERDICT_UNLABELLED
        return Level(Estimate(reason=missing, n=len(items)))
    if weeks == [week]:
        return _by_verdict(known, otherwise=known.too_few)
    here = Traffic(share, number_or_none(known.row["n_eff"]) or float(known.row["n_kish"]))
    traffic = [here if one == week else known.earlier.get(one, Traffic(0.0, 0.0)) for one in weeks]
    shares, sizes = (np.array(part) for part in zip(*traffic, strict=True))
    fit = common_rates(Weeks.of(shares, sizes, tables), traffic=known.traces)
    same = None if np.isnan(fit.p_value) else float(fit.p_value)
    if same is not None and same < REJECTED:
        return _by_verdict(known, otherwise=Reason.RATES_CHANGED, same_rates=same)
    if fit.sensitivity + fit.specificity <= 1:
        return _by_verdict(known, otherwise=Reason.JUDGE_UNINFORMATIVE, same_rates=same)
    estimate = Estimate(float(fit.level), None, None, float(fit.low), float(fit.high), len(items))
    return _narrow(Level(estimate, COMMON_RATES, same))


def level_of_grades(known: Evidence) -> Level:
    """Return the level by a line common to the weeks and the week's own labels, else by these alone.

    Labels that were drawn by verdict are a sample within it, others of the whole.
    """
    alone, before = known.in_week, _in_proportion(known)
    by_labels = _ppi(known, alone) if len(alone) >= FEWEST_ALONE else Ppi(Estimate(reason=known.too_few))
    line = line_through(
        *(before[name].to_numpy(dtype=float) for name in ("human_score", "judge_score", "weight"))
    )
    if line is None:
        return _with_interval(by_labels.estimate, PPI)
    error = number_or_none(known.row["se"]) or 0.0
    by_line = line.level(float(known.row["mean"]), error)
    if by_labels.estimate.value is None:
        return _with_interval(Estimate(by_line.value, None, by_line.se, n=len(before)), COMMON_LINE)
    both, p_value = combined(by_labels, by_line, slope=line.slope, error=error)
    same = None if np.isnan(p_value) else p_value
    if same is None or same < REJECTED:
        return _with_interval(by_labels.estimate, PPI, same)
    return _with_interval(Estimate(both.value, None, both.se, n=len(known.items)), COMMON_LINE, same)


def _by_verdict(known: Evidence, *, otherwise: Reason, same_rates: float | None = None) -> Level:
    """Return the level by the labels of the week alone, else why there is none."""
    items, size = known.in_week, number_or_none(known.row["n_eff"])
    if len(items) >= FEWEST_ALONE:
        table, share = verdict_table(items), float(known.row["mean"])
        estimate = post_stratified(share, table, pass_share_n=size, traffic=known.traces)
        if estimate.value is not None:
            return Level(estimate, POST_STRATIFIED, same_rates)
    return Level(Estimate(reason=otherwise, n=len(items)), None, same_rates)


def _ppi(known: Evidence, items: pd.DataFrame) -> Ppi:
    levels, traces = known.levels, known.traces
    shares, means, variances = (levels[name].to_numpy(dtype=float) for name in ("weight", "mean", "variance"))
    shares = shares / traces
    mean = float(shares @ means)
    variance = float(shares @ (variances + (means - mean) ** 2))
    se = number_or_none(known.row["se"])
    size = variance / se**2 if se and se > SMALLEST_ERROR else float(known.row["n_kish"])
    if not items["by_verdict"].any():
        return ppi_mean([_few(items)], [Many(1.0, mean, variance, size)], traffic=traces)
    passed = items["judge_score"] >= PASS
    strata = [Many(*level, size) for level in zip(shares, means, variances, strict=True)]
    return ppi_mean([_few(items[passed == verdict]) for verdict in levels["passed"]], strata, traffic=traces)


def _in_proportion(known: Evidence) -> pd.DataFrame:
    """Return the items of weeks before, weighted as their verdicts were in the traffic of their week.

    Those drawn by verdict in a week whose pass share is not known stay out.
    """
    parts = []
    for week, items in known.items[known.items["week"] != known.row["week"]].groupby("week", sort=True):
        if not items["by_verdict"].any():
            parts.append(items)
        elif week in known.earlier:
            parts.append(items.assign(weight=_by_share(items, known.earlier[week].share)))
    return pd.concat(parts, ignore_index=True) if parts else known.items.iloc[:0]


def _by_share(items: pd.DataFrame, pass_share: float) -> Vector:
    weight = items["weight"].to_numpy(dtype=float)
    passed = (items["judge_score"] >= PASS).to_numpy(dtype=bool)
    shared = np.where(passed, pass_share, 1 - pass_share)
    of_verdict = np.where(passed, weight[passed].sum(), weight[~passed].sum())
    return np.asarray(weight / of_verdict * shared * len(items))


def _few(items: pd.DataFrame) -> Few:
    human, judge, weight = (
        items[name].to_numpy(dtype=float) for name in ("human_score", "judge_score", "weight")
    )
    return Few(human, judge, weight)


def _with_interval(estimate: Estimate, method: str, same_rates: float | None = None) -> Level:
    ends = unit_interval(estimate)
    if estimate.value is None or ends is None:
        return Level(estimate, None, same_rates)
    value = min(max(estimate.value, 0.0), 1.0)
    return _narrow(Level(Estimate(value, None, estimate.se, *ends, estimate.n), method, same_rates))


def _narrow(level: Level) -> Level:
    """Return the level, missing where its interval says nothing."""
    low, high = level.estimate.low, level.estimate.high
    if low is not None and high is not None and high - low > WIDEST:
        return Level(Estimate(reason=Reason.TOO_FEW, n=level.estimate.n), None, level.same_rates)
    return level
