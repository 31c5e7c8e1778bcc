"""Corrected levels of a week's series: what people would have said of the traffic that the judge scored."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from behavior_pipeline.aggregation.cross_check import cross_checked, rates_of_judges, verdict_table
from behavior_pipeline.aggregation.not_measurable import CELL
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.corrected import Few, Many, post_stratified, ppi_mean, unit_interval
from behavior_pipeline.statistics.estimate import SMALLEST_ERROR, Estimate
from behavior_pipeline.values import number_or_none
from behavior_pipeline.words import ALL, OTHER, PASS

# At a level of .9 the interval from 40 labels, half judge-fail, is about .15 wide: with fewer it says less
# than the judge's own level does, and a slice's could not be told from its neighbours'.
FEWEST_LABELS = 40
Key = tuple[str, ...]
Row = Mapping[Any, Any]


class Labels(NamedTuple):
    """What is known from people: labelled items, the slices of their traces, and shares of the pool.

    `items` as labelled_items makes them, with `slices` (JSON, NULL where the trace is unknown);
    `pass_shares` [dimension, judge, rubric, pass_share] of the weeks from which the labels come.
    """

    items: pd.DataFrame
    pass_shares: pd.DataFrame


COLUMNS = [
    "corrected_mean", "corrected_low", "corrected_high", "corrected_method", "corrected_labels",
    "corrected_reason", "rogan_gladen", "rogan_gladen_low", "rogan_gladen_high", "rogan_gladen_reason",
]  # fmt: skip


def with_corrected(
    rows: pd.DataFrame,
    specs: Mapping[str, DimensionSpec],
    *,
    labels: Labels | None,
    watched: Mapping[str, Sequence[str]],
    levels: pd.DataFrame,
) -> pd.DataFrame:
    """Return rows of weekly scores with the corrected level, of the week's own traffic, beside the judge's.

    `rows` have CELL, judge, rubric, mean, se, n_eff, n_kish and missing_reason; `levels` are the judge's
    scores by series and verdict: passed, weight, mean, variance. The corrected level holds where a verdict
    means the same in each of the four weeks. The Rogan-Gladen estimate holds where the judge finds good and
    bad equally well in every slice and week: it takes the judge's rates from the labels of all slices.
    """
    items = _by_series(labels, watched)
    wholes = {key: rows for key, rows in items.items() if key[1] == ALL and len(rows) >= FEWEST_LABELS}
    rates = {} if labels is None else rates_of_judges(wholes, labels.pass_shares)
    by_series = {_key(part.iloc[0]): part for _, part in levels.groupby([*CELL, "judge", "rubric"])}
    estimates = []
    for row in rows.to_dict("records"):
        key = _key(row)
        spec = specs[row["dimension"]]
        level = _corrected(spec, row, items.get(key), by_series.get(key))
        labelled = (key[0], ALL, ALL, *key[-2:]) in items
        estimates.append(level | cross_checked(spec, row, rates.get((key[0], *key[-2:])), labelled=labelled))
    return rows.join(pd.DataFrame(estimates, columns=COLUMNS, index=rows.index))


def _by_series(labels: Labels | None, watched: Mapping[str, Sequence[str]]) -> dict[Key, pd.DataFrame]:
    """Return the items of each series; one of a trace whose slices are unknown is in `all` only."""
    if labels is None:
        return {}
    places: dict[Key, list[int]] = {}
    columns = labels.items[["dimension", "judge", "rubric", "slices"]].itertuples(index=False, name=None)
    for place, (dimension, judge, rubric, slices) in enumerate(columns):
        for cell in _cells(slices, watched):
            places.setdefault((dimension, *cell, judge, rubric), []).append(place)
    return {key: labels.items.iloc[rows] for key, rows in places.items()}


def _key(row: Row | pd.Series) -> Key:
    return tuple(str(row[name]) for name in (*CELL, "judge", "rubric"))


def _cells(text: Any, watched: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    values = json.loads(text) if isinstance(text, str) else {}
    pairs = [(key, str(values[key])) for key in watched if values.get(key) is not None]
    return [(ALL, ALL), *((key, value if value in watched[key] else OTHER) for key, value in pairs)]


def _corrected(
    spec: DimensionSpec, row: Row, items: pd.DataFrame | None, levels: pd.DataFrame | None
) -> dict[str, Any]:
    columns: dict[str, Any] = {"corrected_labels": 0 if items is None else len(items)}
    if pd.isna(row["mean"]) or levels is None:
        return columns | {"corrected_reason": row["missing_reason"]}
    if items is None:
        return columns | {"corrected_reason": str(Reason.NO_LABELS)}
    if len(items) < FEWEST_LABELS:
        return columns | {"corrected_reason": str(Reason.TOO_FEW)}
    binary = spec.scale.kind == "binary"
    estimate = _of_verdicts(row, items, levels) if binary else _of_grades(row, items, levels)
    if estimate.value is None:
        return columns | {"corrected_reason": str(estimate.reason)}
    ends = (estimate.low, estimate.high) if binary else unit_interval(estimate)
    shown = columns | {
        "corrected_mean": min(max(estimate.value, 0.0), 1.0),
        "corrected_method": "post_stratified" if binary else "ppi",
    }
    if pd.isna(row["n_eff"]) or ends is None:  # the error of the judge's level is a part of this one
        return shown | {"corrected_reason": str(Reason.ONE_CLUSTER)}
    return shown | dict(zip(("corrected_low", "corrected_high"), ends, strict=True))


def _of_verdicts(row: Row, items: pd.DataFrame, levels: pd.DataFrame) -> Estimate:
    size, traffic = number_or_none(row["n_eff"]), float(levels["weight"].sum())
    return post_stratified(float(row["mean"]), verdict_table(items), pass_share_n=size, traffic=traffic)


def _of_grades(row: Row, items: pd.DataFrame, levels: pd.DataFrame) -> Estimate:
    """Return PPI++; labels that were drawn by verdict are a sample within it, others of the whole."""
    shares, means, variances = (levels[name].to_numpy(dtype=float) for name in ("weight", "mean", "variance"))
    traffic = float(shares.sum())
    shares = shares / traffic
    mean = float(shares @ means)
    variance = float(shares @ (variances + (means - mean) ** 2))
    se = number_or_none(row["se"])
    size = variance / se**2 if se and se > SMALLEST_ERROR else float(row["n_kish"])
    if not items["by_verdict"].any():
        return ppi_mean([_few(items)], [Many(1.0, mean, variance, size)], traffic=traffic).estimate
    passed = items["judge_score"] >= PASS
    strata = [Many(*level, size) for level in zip(shares, means, variances, strict=True)]
    few = [_few(items[passed == verdict]) for verdict in levels["passed"]]
    return ppi_mean(few, strata, traffic=traffic).estimate


def _few(items: pd.DataFrame) -> Few:
    human, judge, weight = (
        items[name].to_numpy(dtype=float) for name in ("human_score", "judge_score", "weight")
    )
    return Few(human, judge, weight)
