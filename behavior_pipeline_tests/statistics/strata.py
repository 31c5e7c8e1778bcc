"""Strata of tests: labels drawn by the judge's verdict."""

import numpy as np
import numpy.typing as npt

from behavior_pipeline.statistics.posterior import PRIOR, Stratum


def strata_by_verdict(table: npt.ArrayLike, pass_share: float, *, prior: float = PRIOR) -> list[Stratum]:
    """Return what a judge passed and what it failed, whose shares are known."""
    cells = np.asarray(table, dtype=float)
    columns = [np.tile(column, (2, 1)) for column in np.eye(2)]
    shares = (pass_share, 1 - pass_share)
    return [
        Stratum(cells * column, share, prior * column) for column, share in zip(columns, shares, strict=True)
    ]
