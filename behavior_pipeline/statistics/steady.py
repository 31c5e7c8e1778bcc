"""How often a judge that did not change would show such a fall of its agreement: a predictive p-value.

A posterior probability of a drop says how likely the drop is, given the labels; it does not say how often the
same probability comes up by chance, which depends on how many labels there are and how rare failures are.
"""

import math
from collections.abc import Mapping
from typing import cast

import numpy as np
from scipy import stats

from behavior_pipeline.statistics.correlation import fisher_se, to_fisher
from behavior_pipeline.statistics.estimate import Vector
from behavior_pipeline.statistics.posterior import Stratum

DRAWS = 10_000
SEED = 20_001
ROUNDING = 1e-12


Sample = Mapping[str, Stratum]


def p_of_fall(before: Sample, after: Sample) -> float | None:
    """Return P(a fall of MCC as large as the seen one) if both samples had one truth, posterior predictive.

    The truth of each stratum is drawn from both samples together (Dirichlet, count + prior), then either
    sample anew (Rubin 1984; Gelman, Meng & Stern 1996). The seed is fixed, so equal labels give equal values.
    None where an MCC is not defined, or where the samples were not drawn from the same strata.
    """
    if before.keys() != after.keys():
        return None
    seen = float(_mcc(after, {name: stratum.table[None] for name, stratum in after.items()})[0])
    seen -= float(_mcc(before, {name: stratum.table[None] for name, stratum in before.items()})[0])
    if math.isnan(seen):
        return None
    generator = np.random.default_rng(SEED)
    again: tuple[dict[str, Vector], dict[str, Vector]] = {}, {}
    for name in before:
        earlier, later = _redrawn(before[name], after[name], generator)
        again[0][name], again[1][name] = earlier, later
    fall = _mcc(after, again[1]) - _mcc(before, again[0])
    return float(np.mean(fall[~np.isnan(fall)] <= seen + ROUNDING))


def p_of_rho_fall(before: tuple[float, float], after: tuple[float, float]) -> float:
    """Return the one-sided p-value of a fall of Spearman's rho, given (rho, n) of either; n > 3."""
    (was, n_was), (now, n_now) = before, after
    weight = n_was - 3, n_now - 3
    common = math.tanh((weight[0] * to_fisher(was) + weight[1] * to_fisher(now)) / sum(weight))
    error = math.hypot(fisher_se(common, n_was), fisher_se(common, n_now))
    return float(stats.norm.cdf((to_fisher(now) - to_fisher(was)) / error))


def _redrawn(before: Stratum, after: Stratum, generator: np.random.Generator) -> tuple[Vector, Vector]:
    """Return tables, draws x 2 x 2, of either sample's number of labels, had both one truth."""
    together = before.table + after.table + (before.prior + after.prior) / 2
    # Normalised gammas are a Dirichlet that may have cells of 0, as the labels of one verdict have.
    gammas = generator.standard_gamma(together.ravel(), size=(DRAWS, together.size))
    shares = gammas / gammas.sum(axis=1, keepdims=True)
    earlier, later = (
        generator.multinomial(round(float(stratum.table.sum())), shares).reshape(DRAWS, 2, 2).astype(float)
        for stratum in (before, after)
    )
    return earlier, later


def _mcc(sample: Sample, tables: Mapping[str, Vector]) -> Vector:
    """Return the MCC over the traffic of each draw of the strata's tables; NaN where it is not defined."""
    with np.errstate(invalid="ignore", divide="ignore"):
        cells = sum(
            sample[name].share * table / table.sum(axis=(1, 2), keepdims=True)
            for name, table in tables.items()
        )
        cells = cast(Vector, cells)
        rows, columns = cells.sum(axis=2), cells.sum(axis=1)
        determinant = cells[:, 0, 0] * cells[:, 1, 1] - cells[:, 0, 1] * cells[:, 1, 0]
        return cast(Vector, determinant / np.sqrt(rows.prod(axis=1) * columns.prod(axis=1)))
