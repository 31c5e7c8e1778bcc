"""Weeks of traffic by cells, drawn at once: tables that detectors read, without the traces behind them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.provenance.digests import canonical_json
from behavior_pipeline.tables.cells import WEEKLY_CELLS, WEEKLY_QUANTILES, WEEKLY_TRAFFIC
from behavior_pipeline_tests.aggregation.worlds import spec
from behavior_pipeline_tests.drift import worlds

KEY = "query.category"
Numbers = npt.NDArray[np.float64]


def monday(number: int) -> pd.Timestamp:
    return pd.Timestamp(worlds.START + timedelta(weeks=int(number) - 1))


def evidence(weeks: int, tables: Mapping[str, pd.DataFrame], specs: Mapping[str, DimensionSpec]) -> Evidence:
    return Evidence(worlds.week_number(weeks), "week", specs, tables)


def cells(
    passed: Numbers, n: Numbers, *, drawn: Numbers | None = None, dimension: str = "faithfulness"
) -> pd.DataFrame:
    """Return WEEKLY_CELLS of counts by week and value of KEY; NaN: no cell."""
    rows = [
        {
            "week": monday(week + 1), "dimension": dimension, "judge": worlds.JUDGE, "rubric": worlds.RUBRIC,
            "metric": "score", "cell": canonical_json({KEY: f"c{value}"}).decode(), "n": int(n[week, value]),
            "clusters": int(n[week, value]),
            "drawn": int(n[week, value] if drawn is None else drawn[week, value]),
            "sum_w": n[week, value], "sum_wy": passed[week, value], "sum_wy2": passed[week, value],
            "sum_w2": n[week, value], "sum_w2y": passed[week, value], "sum_w2y2": passed[week, value],
            "sum_w_missing": 0.0 if drawn is None else drawn[week, value] - n[week, value],
        }
        for week, value in np.argwhere(np.isfinite(n))
    ]  # fmt: skip
    return worlds.typed(pd.DataFrame(rows), WEEKLY_CELLS)


def traffic(counts: Mapping[str, Numbers], eligible: Numbers | None = None) -> pd.DataFrame:
    """Return WEEKLY_TRAFFIC of counts by value and week; NaN: no row."""
    whole = np.nansum(list(counts.values()), axis=0)
    inside = whole if eligible is None else eligible
    rows = [("all", "all", week, whole[week], inside[week]) for week in range(len(whole))]
    rows += [
        (KEY, value, week, column[week], column[week])
        for value, column in counts.items()
        for week in range(len(whole))
        if np.isfinite(column[week])
    ]
    table = pd.DataFrame(rows, columns=["slice_key", "slice_value", "number", "traces", "eligible_traces"])
    return worlds.typed(
        table.assign(
            week=[monday(number + 1) for number in table.pop("number")], dimension="faithfulness",
            weight=table["traces"], eligible_weight=table["eligible_traces"],
        ),
        WEEKLY_TRAFFIC,
    )  # fmt: skip


def quantiles(logs: Numbers, se: Numbers, *, metric: str = "p95", unit: str = "seconds") -> pd.DataFrame:
    """Return WEEKLY_QUANTILES of logarithms by week and slice, the first one `all`; NaN: no row."""
    dimension = "latency" if unit == "seconds" else "cost"
    rows = []
    for week, place in np.argwhere(np.isfinite(logs)):
        where = {} if place == 0 else {"slice_key": KEY, "slice_value": f"c{place}"}
        known = np.isfinite(se[week, place])
        rows.append(
            worlds.identity(dimension=dimension, judge="none", **where)
            | {
                "week": monday(week + 1), "metric": metric, "unit": unit, "value": np.exp(logs[week, place]),
                "log_se": se[week, place], "n": 900, "clusters": 300, "reason": None if known else "too_few",
            }
        )  # fmt: skip
    return worlds.typed(pd.DataFrame(rows), WEEKLY_QUANTILES)


def judged(**drift: Any) -> dict[str, DimensionSpec]:
    return {"faithfulness": spec(drift=drift)}
