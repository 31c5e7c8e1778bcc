"""Latency by span: quantiles of each operation and tool or model, with intervals from order statistics."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from behavior_pipeline.statistics.estimate import Vector
from behavior_pipeline.statistics.quantiles import quantile
from behavior_pipeline.tables.columns import LONGEST_MS
from behavior_pipeline.tables.few_values import few_names
from behavior_pipeline.tables.weekly import LATENCY_SPANS
from behavior_pipeline.words import NONE, PRODUCTION

QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
NS_PER_MS = 1e6
MOST_NAMES = 200


def latency_spans(spans: pd.DataFrame, *, week: date) -> pd.DataFrame:
    """Return LATENCY_SPANS rows of a week's spans of production traffic.

    A span's name is its tool, else the model that answered, else the one that was asked, else `none`; beyond
    the most used ones it is `other`. Durations are those of the spans that were seen, not weighted; what
    cannot be (a missing end, a clock that was set) is left out. An end of an interval is NULL where too few
    spans hold it.
    """
    seen = spans[spans["role"] == PRODUCTION] if "role" in spans else spans
    name = seen["tool_name"].fillna(seen["model"])
    if "requested_model" in seen:
        name = name.fillna(seen["requested_model"])
    ms = (seen["end_ns"] - seen["start_ns"]).to_numpy(dtype=float) / NS_PER_MS
    table = pd.DataFrame({"operation": seen["operation"], "name": name.fillna(NONE), "ms": ms})
    table = table[table["ms"].between(0, LONGEST_MS)]
    table["name"] = few_names(table["name"], MOST_NAMES)
    groups = table.groupby(["operation", "name"], sort=True)["ms"]
    rows = [
        {"week": pd.Timestamp(week), "operation": operation, "name": label, "n": len(values)}
        | _quantiles(np.sort(values.to_numpy()))
        for (operation, label), values in groups
    ]
    return LATENCY_SPANS.validate(pd.DataFrame(rows, columns=list(LATENCY_SPANS.columns)))


def _quantiles(values: Vector) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for label, probability in QUANTILES.items():
        estimate = quantile(values, probability)
        columns |= {
            f"{label}_ms": estimate.value,
            f"{label}_low_ms": estimate.low,
            f"{label}_high_ms": estimate.high,
        }
    return columns
