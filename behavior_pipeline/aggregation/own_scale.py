"""Latency and cost on their own scale: levels in seconds and USD, which the clipped score cannot show.

A quantile is no sum of cells, and a mean of logarithms has an error by users: both are stored beside them.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from behavior_pipeline.aggregation.cells import LOG_SECONDS, LOG_USD
from behavior_pipeline.provenance.tuples import series_id
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.estimate import Estimate, Vector
from behavior_pipeline.statistics.quantiles import Sorted, clustered_quantile
from behavior_pipeline.tables.cells import WEEKLY_QUANTILES
from behavior_pipeline.values import Record
from behavior_pipeline.words import UNKNOWN

QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
GEOMETRIC_MEAN = "geometric_mean"
UNITS = {LOG_SECONDS: "seconds", LOG_USD: "usd"}
SERIES = ["dimension", "slice_key", "slice_value", "judge", "rubric"]
LOGGED = """
select scorer.dimension, slice.slice_key, slice.slice_value, scorer.judge, scorer.rubric, measured.metric,
    measured.trace_no, measured.cluster_no, measured.weight, measured.y
from measured join member using (trace_no) join slice using (slice_no) join scorer using (scorer_no)
where measured.metric like 'log_%' order by all
"""
PAYING = """
select scorer.dimension, scorer.judge, scorer.rubric, measured.trace_no, measured.cluster_no,
    measured.weight, measured.y, facts.feature, facts.model, facts.user_key
from measured join trace using (trace_no) join facts using (trace_id) join scorer using (scorer_no)
where measured.metric = 'log_usd' order by measured.scorer_no, measured.trace_no
"""
PAYERS = ("feature", "model", "user_key")


def weekly_quantiles(
    connection: duckdb.DuckDBPyConnection, *, week: date, top: Mapping[str, int]
) -> pd.DataFrame:
    """Return WEEKLY_QUANTILES rows of a prepared week, after its cells.

    Quantiles and the geometric mean of every slice; of cost also the latter by feature, model and user, of as
    many values as `top` says, those that cost most. Errors are of the logarithm.
    """
    rows: list[Record] = []
    logged = connection.sql(LOGGED).df()
    for names, part in logged.groupby([*SERIES, "metric"], sort=True):
        *series, metric = (str(name) for name in names)
        numbers = Sorted.of(part["y"], part["weight"], part["cluster_no"])
        clusters = int(part["cluster_no"].nunique())
        rows += [
            _row(series, clusters, UNITS[metric], quantile=name, estimate=clustered_quantile(numbers, share))
            for name, share in QUANTILES.items()
        ]
        mean = _mean(part["y"].to_numpy(float), part["weight"].to_numpy(float), part["cluster_no"])
        rows.append(_row(series, clusters, UNITS[metric], quantile=GEOMETRIC_MEAN, estimate=mean))
    rows += _of_payers(connection.sql(PAYING).df(), top)
    frame = pd.DataFrame(rows, columns=[name for name in WEEKLY_QUANTILES.columns if name != "week"])
    return WEEKLY_QUANTILES.validate(frame.assign(week=pd.Timestamp(week))[list(WEEKLY_QUANTILES.columns)])


def _of_payers(paying: pd.DataFrame, top: Mapping[str, int]) -> list[Record]:
    """Return a row each feature, model and user that costs most.

    A user's traces are one cluster, of which no error is to be had: theirs count each by itself.
    """
    rows = []
    paying = paying.assign(usd=paying["weight"] * np.exp(paying["y"]))
    for dimension, of_dimension in paying.groupby("dimension", sort=True):
        for key in PAYERS:
            known = of_dimension[of_dimension[key].notna() & (of_dimension[key] != UNKNOWN)]
            dearest = known.groupby(key, sort=True)["usd"].sum().sort_values(ascending=False, kind="stable")
            for value in dearest.index[: top[key]]:
                part = known[known[key] == value]
                cluster = part["trace_no" if key == "user_key" else "cluster_no"]
                series = [str(dimension), key, str(value), *map(str, part[["judge", "rubric"]].iloc[0])]
                mean = _mean(part["y"].to_numpy(float), part["weight"].to_numpy(float), cluster)
                rows.append(_row(series, cluster.nunique(), "usd", quantile=GEOMETRIC_MEAN, estimate=mean))
    return rows


def _mean(y: Vector, weight: Vector, cluster: "pd.Series[int]") -> Estimate:
    """Return the weighted mean of logarithms with its linearised error, summed by cluster."""
    mean = float(np.average(y, weights=weight))
    sums = np.bincount(pd.factorize(cluster)[0], weight * (y - mean)) / weight.sum()
    if len(sums) < 2:  # noqa: PLR2004 - a variance needs two
        return Estimate(mean, Reason.ONE_CLUSTER, n=len(y))
    return Estimate(mean, se=float(np.sqrt(len(sums) / (len(sums) - 1) * np.sum(sums**2))), n=len(y))


def _row(series: Sequence[str], clusters: int, unit: str, *, quantile: str, estimate: Estimate) -> Record:
    named = dict(zip(SERIES, series, strict=True))
    return {
        "series_id": series_id(**named), **named, "metric": quantile, "unit": unit,
        "value": None if estimate.value is None else float(np.exp(estimate.value)),
        "log_se": estimate.se, "n": estimate.n, "clusters": clusters,
        "reason": None if estimate.reason is None else str(estimate.reason),
    }  # fmt: skip
