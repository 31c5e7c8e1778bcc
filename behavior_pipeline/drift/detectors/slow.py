"""Slow drift: a moving average of the weeks beside the first quiet weeks, which stay pinned."""

from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from behavior_pipeline.drift.detector import Detector, Measured, no_findings
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.series.detectable import least_detectable
from behavior_pipeline.drift.series.learned import Spread, spread_of, weekly_change
from behavior_pipeline.drift.series.panel import LOOKED_BACK, Panel, panel_of
from behavior_pipeline.drift.series.pinned import SHARE, TOLERATED, Chart, Charts, charts_of, state_rows
from behavior_pipeline.drift.series.rows import findings_of_arrays, reasons_of, score_drift
from behavior_pipeline.drift.series.windows import QUIET, Level, Whole, change_of, reach_of
from behavior_pipeline.statistics.contrast import Change
from behavior_pipeline.statistics.estimate import Vector
from behavior_pipeline.statistics.intervals import wilson_ends
from behavior_pipeline.statistics.quantiles import Z95
from behavior_pipeline.statistics.wander import Wander
from behavior_pipeline.words import Family

NAME = "slow"
SMALLEST_SLOPE = 1e-9  # of a logit at levels of 0 and 1
LONGEST = 30  # weeks after which the weight in the average is none


class Tests(NamedTuple):
    """Changes with their whole variances, the part of it that sampling explains, and degrees of freedom."""

    change: Change
    sampling: Vector
    df: Vector

    def beyond(self, tolerated: Vector) -> Vector:
        """Return by how many standard errors falls go beyond what is tolerated."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return (self.change.value + tolerated) / np.sqrt(self.change.variance)


def detect(evidence: Evidence) -> Measured:
    """Return one finding for each series of the week, and the state of those whose baseline is pinned."""
    panel = panel_of(evidence)
    if panel is None:
        return no_findings()
    reach = reach_of(panel.series["dimension"], evidence.specs)
    pinned = {name: spec.drift.pinned_weeks for name, spec in evidence.specs.items()}
    state = evidence.table("drift_state")
    charts = charts_of(
        panel, pinned_weeks=cast(Whole, panel.series["dimension"].map(pinned).to_numpy(dtype=np.int64)),
        minimum=reach.minimum, state=state[state["detector"] == NAME],
    )  # fmt: skip
    looked = panel.inside.weight[:, -1] > 0
    pools = [
        np.flatnonzero((panel.is_whole == whole) & (panel.shares == shares) & looked)
        for whole in (True, False)
        for shares in (True, False)
    ]
    number = max(int(looked.sum()), 1)
    frames = [
        _pool(panel, pool, charts, evidence, minimum=reach.minimum[pool], tests=number)
        for pool in pools
        if len(pool)
    ]
    rows = pd.concat(frames) if frames else pd.DataFrame()
    return Measured(findings_of_arrays(panel, rows, detector=NAME), state_rows(charts, panel, detector=NAME))


def _pool(
    panel: Panel,
    pool: npt.NDArray[np.intp],
    charts: Charts,
    evidence: Evidence,
    *,
    minimum: Whole,
    tests: int,
) -> pd.DataFrame:
    """Return the columns of findings of a pool of series."""
    shares = panel.shares[pool]
    inside, rest = (Chart(*(part[pool] for part in side)) for side in (charts.inside, charts.rest))
    least, floor = score_drift(panel.series["dimension"].iloc[pool], evidence.specs)
    before, now = Level(inside.pin, np.nan_to_num(inside.pin_size)), Level(inside.average, inside.size)
    middle = (now.mean + before.mean) / 2
    slope = np.where(shares, np.maximum(middle * (1 - middle), SMALLEST_SLOPE), 1.0)
    tolerated = TOLERATED * floor / slope
    alone = _tests(panel, pool, charts, ("inside",))
    t, df = alone.beyond(tolerated), alone.df
    beside = np.zeros(len(pool), dtype=bool)
    if (rest.pin_size > 0).any():
        both, others = _tests(panel, pool, charts, ("inside", "rest")), _tests(panel, pool, charts, ("rest",))
        contrast = both.beyond(tolerated)
        beside = np.isfinite(contrast) & (others.change.z < -QUIET) & (contrast > t)
        t, df = np.where(beside, contrast, t), np.where(beside, both.df, df)
    enough = (charts.pinned[pool] >= minimum) & (charts.weeks[pool] > 0)
    large = inside.size >= least
    compared = enough & large & np.isfinite(t)
    level = np.full(len(pool), evidence.budget.slow / tests)
    error = np.sqrt(alone.change.variance) * slope
    reach = TOLERATED * floor + stats.t.isf(level, np.maximum(df, 1)) * error
    low, high = wilson_ends(before.mean, before.size, Z95)
    return pd.DataFrame(
        {
            "family": str(Family.SLOW), "window": np.minimum(charts.weeks[pool], LONGEST),
            "baseline": before.mean, "baseline_low": low, "baseline_high": high,
            "baseline_periods": charts.texts[pool], "current": now.mean, "effect": now.mean - before.mean,
            "effect_se": error, "contrast": np.where(beside, "difference", "own"),
            "rest_effect": rest.average - rest.pin, "statistic": t, "df": df,
            "p_value": np.where(compared, stats.t.cdf(t, df), np.nan), "n_eff": inside.size,
            "band_low": before.mean - np.maximum(floor, reach),
            "least_detectable_effect": least_detectable(
                now, before, shares=shares, beyond=alone.change.variance - alone.sampling, df=alone.df,
                level=level, floor=floor, tolerated=TOLERATED * floor,
            ),
            "reason": reasons_of(panel, pool, enough=enough, compared=compared),
        },
        index=pool,
    )  # fmt: skip


def _tests(panel: Panel, pool: npt.NDArray[np.intp], charts: Charts, sides: tuple[str, ...]) -> Tests:
    """Return the tests of a side's average against its pin, or of the first side less the second."""
    shares, usable = panel.shares[pool], panel.usable[pool]
    changes, weeklies = [], []
    for side in sides:
        chart = Chart(*(part[pool] for part in getattr(charts, side)))
        sums = (panel.inside if side == "inside" else panel.rest).at(pool)
        inflation = (panel.inflation if side == "inside" else panel.rest_inflation)[pool]
        changes.append(
            change_of(
                Level(chart.average, chart.size), Level(chart.pin, np.nan_to_num(chart.pin_size)), shares
            )
        )
        weeklies.append(weekly_change(sums, usable & (sums.weight > 0), inflation, shares))
    change, weekly = changes[0], weeklies[0]
    for other, of_other in zip(changes[1:], weeklies[1:], strict=True):
        change, weekly = change.minus(other), weekly.minus(of_other)
    spread = spread_of(weekly)
    added = _added(charts.pinned[pool], np.minimum(charts.weeks[pool], LONGEST), spread)
    whole = np.maximum((change.variance + added) * spread.ratio, change.variance)
    return Tests(Change(change.value, whole), change.variance, spread.df)


def _added(pinned: npt.NDArray[np.int64], weeks: npt.NDArray[np.int64], spread: Spread) -> Vector:
    """Return what wandering levels add to the variance of an average beside its pin."""
    added = np.zeros(len(pinned))
    for many, since in {*zip(pinned.tolist(), weeks.tolist(), strict=True)}:
        if many > 0 and since > 0:
            added[(pinned == many) & (weeks == since)] = _of(spread.wander, many, since)
    return added


def _of(wander: Wander, pinned: int, weeks: int) -> float:
    newest_last = (1 - SHARE) ** np.arange(weeks)[::-1]
    return wander.of_contrast(np.concatenate([np.full(pinned, -1 / pinned), newest_last / newest_last.sum()]))


PLUGIN = Detector(
    NAME,
    "a moving average beside the first quiet weeks of a series, which stay pinned",
    detect,
    needs=("weekly_scores",),
    families=(Family.SLOW,),
    history=LOOKED_BACK,
)
