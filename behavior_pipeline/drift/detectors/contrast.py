"""A week beside the weeks before it: a whole by its own change, a slice also beside all other traffic."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from behavior_pipeline.drift.detector import Detector, Measured, no_findings
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import periods_text
from behavior_pipeline.drift.series.detectable import least_detectable
from behavior_pipeline.drift.series.learned import Tested, tested, weekly_change
from behavior_pipeline.drift.series.panel import LOOKED_BACK, Panel, panel_of
from behavior_pipeline.drift.series.rows import (
    findings_of_arrays,
    reasons_of,
    score_drift,
)
from behavior_pipeline.drift.series.windows import QUIET, Level, Reach, Windows, reach_of, windows_of
from behavior_pipeline.statistics.estimate import Flags, Vector
from behavior_pipeline.statistics.intervals import wilson_ends
from behavior_pipeline.statistics.quantiles import Z95
from behavior_pipeline.tables.drift import DRIFT_STATE
from behavior_pipeline.words import Family

NAME = "contrast"
WINDOWS = (1, 2)
EVEN = 0.5  # a p-value from which on nothing fell, and the window is shown that rose more
Columns = dict[str, npt.NDArray[Any]]


class Look(NamedTuple):
    """What a window says of every series of a pool: its own change, and the test that was chosen."""

    windows: Windows
    alone: Tested
    t: Vector
    df: Vector
    beside: Flags
    rest_effect: Vector


def detect(evidence: Evidence) -> Measured:
    """Return one finding for each series with traces of late, of the window that says more."""
    panel = panel_of(evidence)
    if panel is None:
        return no_findings()
    reach = reach_of(panel.series["dimension"], evidence.specs)
    recent = int((reach.history + reach.gap).max()) + 1
    looked = panel.inside.weight[:, -recent:].sum(axis=1) > 0
    frames = []
    for whole in (True, False):
        for shares in (True, False):
            pool = np.flatnonzero((panel.is_whole == whole) & (panel.shares == shares) & looked)
            if len(pool):
                frames.append(_pool(panel, pool, reach.at(pool), evidence))
    rows = pd.concat(frames) if frames else pd.DataFrame()
    return Measured(findings_of_arrays(panel, rows, detector=NAME), DRIFT_STATE.empty())


def _pool(panel: Panel, pool: npt.NDArray[np.intp], reach: Reach, evidence: Evidence) -> pd.DataFrame:
    """Return the columns of findings of a pool of series, which learn from each other."""
    family = Family.AGGREGATE if panel.is_whole[pool[0]] else Family.SLICE
    minimum, floor = score_drift(panel.series["dimension"].iloc[pool], evidence.specs)
    looks = [_look(panel, pool, reach, window=window) for window in WINDOWS]
    enough = np.array([look.windows.weeks[:, -1] >= reach.minimum for look in looks])
    large = np.array([look.windows.current.size[:, -1] >= minimum for look in looks])
    p_values = np.array([stats.t.cdf(look.t, look.df) for look in looks])
    tested_by = enough & large & np.isfinite(p_values)
    tests = tested_by.sum(axis=0)
    p_values = np.where(tested_by, p_values, np.inf)
    rises = np.where(tested_by, p_values, -np.inf)
    chosen = np.where(p_values.min(axis=0) < EVEN, np.argmin(p_values, axis=0), np.argmax(rises, axis=0))
    level = evidence.budget.of(family) / max(int((tests > 0).sum()), 1)
    columns = [_columns(panel, pool, look, floor=floor, level=level / np.maximum(tests, 1)) for look in looks]
    frame = pd.DataFrame(
        {name: np.where(chosen == 0, columns[0][name], columns[1][name]) for name in columns[0]}, index=pool
    )
    one, two = (column["least_detectable_effect"] for column in columns)
    frame["least_detectable_effect"] = np.where(tested_by[0] | (tests == 0), one, two)
    frame["p_value"] = np.where(
        tests > 0, np.minimum(p_values.min(axis=0) * np.maximum(tests, 1), 1.0), np.nan
    )
    frame["reason"] = reasons_of(panel, pool, enough=np.any(enough, axis=0), compared=tests > 0)
    frame["family"] = str(family)
    return frame


def _look(panel: Panel, pool: npt.NDArray[np.intp], reach: Reach, *, window: int) -> Look:
    """Return the test of a window: a slice's own change, or less of it where the rest moved as well."""
    usable, shares = panel.usable[pool], panel.shares[pool]
    inside, rest = panel.inside.at(pool), panel.rest.at(pool)
    inflation, rest_inflation = panel.inflation[pool], panel.rest_inflation[pool]
    windows = windows_of(inside, usable, inflation, window=window, reach=reach)
    mine = windows, weekly_change(inside, usable, inflation, shares)
    alone = tested([mine], shares, usable)
    nowhere = np.full(len(pool), np.nan)
    if not (rest.weight > 0).any():
        return Look(windows, alone, alone.t, alone.df, np.zeros(len(pool), dtype=bool), nowhere)
    also = usable & (rest.weight > 0)
    other = windows_of(rest, also, rest_inflation, window=window, reach=reach)
    others = other, weekly_change(rest, also, rest_inflation, shares)
    beside, remaining = tested([mine, others], shares, also), tested([others], shares, also)
    moved = np.isfinite(beside.t) & (remaining.t < -QUIET) & (beside.t > alone.t)
    return Look(
        windows, alone, np.where(moved, beside.t, alone.t), np.where(moved, beside.df, alone.df), moved,
        other.current.mean[:, -1] - other.baseline.mean[:, -1],
    )  # fmt: skip


def _columns(
    panel: Panel, pool: npt.NDArray[np.intp], look: Look, *, floor: Vector, level: Vector
) -> Columns:
    windows, shares = look.windows, panel.shares[pool]
    now, before = (Level(side.mean[:, -1], side.size[:, -1]) for side in (windows.current, windows.baseline))
    middle = (now.mean + before.mean) / 2
    slope = np.where(shares, middle * (1 - middle), 1.0)
    error = np.sqrt(look.alone.change.variance) * slope
    bar = stats.t.isf(level, np.maximum(look.df, 1.0))
    low, high = wilson_ends(before.mean, before.size, Z95)
    return {
        "window": np.full(len(pool), windows.window), "baseline": before.mean, "baseline_low": low,
        "baseline_high": high, "current": now.mean, "effect": now.mean - before.mean, "effect_se": error,
        "baseline_periods": periods_text(panel.weeks, _used(panel.usable[pool], windows)),
        "contrast": np.where(look.beside, "difference", "own"), "rest_effect": look.rest_effect,
        "statistic": look.t, "df": look.df, "n_eff": np.where(now.size > 0, now.size, np.nan),
        "band_low": before.mean - np.maximum(floor, bar * error),
        "least_detectable_effect": least_detectable(
            now, before, shares=shares, beyond=look.alone.change.variance - look.alone.sampling,
            df=look.alone.df, level=level, floor=floor,
        ),
    }  # fmt: skip


def _used(usable: Flags, windows: Windows) -> Flags:
    """Return which weeks are in the baseline of the last one."""
    number = np.cumsum(usable, axis=1)
    return usable & (number > windows.first[:, -1:]) & (number <= windows.last[:, -1:])


PLUGIN = Detector(
    NAME,
    "own change of a week or two, of a slice beside all other traffic, by what quiet weeks were like",
    detect,
    needs=("weekly_scores",),
    families=(Family.AGGREGATE, Family.SLICE),
    history=LOOKED_BACK,
)
