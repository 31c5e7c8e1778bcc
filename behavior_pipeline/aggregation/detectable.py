"""How small a fall of a series next to the weeks before it can be told, before any detector looks."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from behavior_pipeline.aggregation.not_measurable import CELL
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.settings.model import Budget
from behavior_pipeline.statistics.intervals import least_detectable_effect
from behavior_pipeline.words import ALL

SERIES = [*CELL, "judge", "rubric"]
BASELINE_WEEKS = 8
FEWEST_WEEKS = 3  # of a series, to learn how far levels wander


def least_detectable_effects(
    rows: pd.DataFrame, specs: Mapping[str, DimensionSpec], *, earlier: pd.DataFrame | None, budget: Budget
) -> pd.Series:
    """Return the smallest fall of each row's mean that is told with power .8; missing without weeks before.

    `rows` and `earlier` are of weekly scores (SERIES, mean, se, n_eff, n_floor), the latter of up to eight
    weeks. The threshold is the family's: aggregates share their `budget` of false alarms, and so do slices.
    Effect floor and smallest effective size are the dimension's; how far levels wander is learned from all of
    its series.
    """
    known = rows["mean"].notna() & rows["n_eff"].notna()
    effects = pd.Series(np.nan, index=rows.index, dtype=float)
    if earlier is None or not known.any():
        return effects
    before = earlier[earlier["n_eff"].notna() & earlier["mean"].notna()]
    before = before.astype({"mean": float, "se": float, "n_eff": float})
    baselines = before.groupby(SERIES)["n_eff"].agg(["sum", "size"]).to_dict("index")
    spreads = _spreads(before)
    for whole, family in rows[known].groupby(rows["slice_key"] == ALL):
        alpha = (budget.aggregate if whole else budget.slice) / len(family)
        of_family = [
            _effect(row, baselines, spreads, alpha=alpha, spec=specs[row["dimension"]])
            for row in family.to_dict("records")
        ]
        effects.loc[family.index] = np.array(of_family, dtype=float)
    return effects


def _effect(
    row: Mapping[Any, Any],
    baselines: Mapping[Any, Any],
    spreads: Mapping[str, float],
    *,
    alpha: float,
    spec: DimensionSpec,
) -> float | None:
    baseline = baselines.get(tuple(row[name] for name in SERIES))
    size = row["n_eff"] if pd.isna(row["n_floor"]) else row["n_floor"]
    if baseline is None or size < spec.drift.minimum_n_eff:
        return None
    effect, _ = least_detectable_effect(
        float(row["mean"]), float(row["n_eff"]),
        baseline_n_eff=float(baseline["sum"]), baseline_weeks=float(baseline["size"]),
        spread=spreads.get(spec.name, 0.0),
        alpha=alpha, floor=spec.drift.effect_floor,
    )  # fmt: skip
    return effect


def _spreads(before: pd.DataFrame) -> dict[str, float]:
    """Return by dimension how far levels wander between weeks (standard deviation), beyond sampling."""
    by_series = before.groupby(SERIES).agg(
        weeks=("mean", "size"), variance=("mean", "var"), sampling=("se", lambda se: float((se**2).mean()))
    )
    long = by_series[by_series["weeks"] >= FEWEST_WEEKS].reset_index()
    beyond, degrees = (long["variance"] - long["sampling"]) * (long["weeks"] - 1), long["weeks"] - 1
    variances = beyond.groupby(long["dimension"]).sum() / degrees.groupby(long["dimension"]).sum()
    return {str(name): math.sqrt(max(variance, 0.0)) for name, variance in variances.items()}
