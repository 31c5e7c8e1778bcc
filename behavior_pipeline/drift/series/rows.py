"""Rows of drift_findings from arrays, one for each series that was looked at."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.drift.finding import shaped
from behavior_pipeline.drift.series.panel import IDENTITY, Panel
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.estimate import Flags, Vector
from behavior_pipeline.tables.drift import DRIFT_FINDINGS
from behavior_pipeline.words import FindingKind

OF_TEST = frozenset({"statistic", "df", "p_value", "contrast"})


def findings_of_arrays(panel: Panel, rows: pd.DataFrame, *, detector: str) -> pd.DataFrame:
    """Return DRIFT_FINDINGS rows, given the columns that are known of the series whose places are the index.

    A row that was not compared has no test, and one without a level no effect.
    """
    if rows.empty:
        return DRIFT_FINDINGS.empty()
    series = panel.series.loc[rows.index]
    compared = rows["reason"].to_numpy() == str(Reason.COMPARED)
    columns: dict[Any, Any] = {
        name: rows[name].where(compared) if name in OF_TEST else rows[name] for name in rows
    }
    columns |= {name: series[name] for name in IDENTITY}
    columns |= {
        "week": panel.weeks[-1], "detector": detector, "metric": "mean", "unit": "score", "worse": -1,
        "kind": np.where(panel.is_whole[rows.index], str(FindingKind.SCORE), str(FindingKind.SLICE)),
    }  # fmt: skip
    return shaped(pd.DataFrame(columns, copy=False), DRIFT_FINDINGS)


def reasons_of(
    panel: Panel, pool: npt.NDArray[np.intp], *, enough: Flags, compared: Flags
) -> npt.NDArray[np.object_]:
    """Return of some series why they were not compared, or that they were."""
    present = panel.inside.weight[:, -1] > 0
    live = np.isin(panel.scorer[pool], panel.scorer[present])
    elsewhere = np.isin(panel.dimension[pool], panel.dimension[present])
    cases = {
        Reason.SERIES_ENDED: ~live & elsewhere,
        Reason.NO_SCORED_TRACE: ~present[pool],
        Reason.ONE_CLUSTER: panel.one_cluster[pool, -1],
        Reason.SHORT_HISTORY: ~enough,
        Reason.TOO_SMALL: ~compared,
    }
    words = [str(reason) for reason in cases]
    return np.select(list(cases.values()), words, default=str(Reason.COMPARED)).astype(object)


def score_drift(dimensions: pd.Series, specs: Mapping[str, DimensionSpec]) -> tuple[Vector, Vector]:
    """Return each series' least effective size of a window and its effect floor."""
    known = {
        name: (spec.drift.minimum_n_eff, spec.drift.floor_of("mean", "score")) for name, spec in specs.items()
    }
    least, floor = np.array([known[name] for name in dimensions.tolist()], dtype=float).T
    return cast(Vector, least), cast(Vector, floor)
