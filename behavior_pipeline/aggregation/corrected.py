"""Corrected levels of a week's series: what people would have said of the traffic that the judge scored."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import pandas as pd

from behavior_pipeline.aggregation.corrected_levels import (
    FEWEST_LABELS,
    Evidence,
    Traffic,
    level_of_grades,
    level_of_verdicts,
)
from behavior_pipeline.aggregation.cross_check import cross_checked, rates_of_judges
from behavior_pipeline.aggregation.not_measurable import CELL
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.reasons import Reason
from behavior_pipeline.words import ALL, OTHER

Key = tuple[str, ...]
Row = Mapping[Any, Any]
Earlier = dict[Key, dict[pd.Timestamp, Traffic]]


class Labels(NamedTuple):
    """What is known from people: labelled items, the slices of their traces, and shares of the pool.

    `items` as labelled_items makes them, with `slices` (JSON, NULL where the trace is unknown) and the `week`
    of the trace; `pass_shares` [dimension, judge, rubric, pass_share] of the weeks from which the labels
    come. `moved` says since which week a dimension's judge and rubric read the same anchors otherwise.
    """

    items: pd.DataFrame
    pass_shares: pd.DataFrame
    moved: Mapping[Key, pd.Timestamp] = {}


COLUMNS = [
    "corrected_mean", "corrected_low", "corrected_high", "corrected_method", "corrected_labels",
    "corrected_reason", "same_rates_p_value", "pass_share", "rogan_gladen", "rogan_gladen_low",
    "rogan_gladen_high", "rogan_gladen_reason",
]  # fmt: skip


def with_corrected(
    rows: pd.DataFrame,
    specs: Mapping[str, DimensionSpec],
    *,
    week: date,
    labels: Labels | None,
    earlier: pd.DataFrame | None,
    watched: Mapping[str, Sequence[str]],
    levels: pd.DataFrame,
) -> pd.DataFrame:
    """Return rows of weekly scores with the corrected level, of the week's own traffic, beside the judge's.

    `rows` have CELL, judge, rubric, mean, se, n_eff, n_kish and missing_reason; `levels` are the judge's
    scores by series and verdict: passed, weight, mean, variance; `earlier` are rows of weekly scores of weeks
    before. The corrected level holds where the judge
    finds good and bad equally well in the weeks of a series' labels, which is tested. The Rogan-Gladen
    estimate holds where it does so in every slice, too: it takes the rates from the labels of all slices.
    """
    items = _by_series(labels, watched)
    wholes = {key: rows for key, rows in items.items() if key[1] == ALL and len(rows) >= FEWEST_LABELS}
    rates = {} if labels is None else rates_of_judges(wholes, labels.pass_shares)
    by_series = {_key(part.iloc[0]): part for _, part in levels.groupby([*CELL, "judge", "rubric"])}
    traffic = _traffic(earlier, specs)
    estimates = []
    for row in rows.assign(week=pd.Timestamp(week)).to_dict("records"):
        key = _key(row)
        spec, scored = specs[row["dimension"]], by_series.get(key)
        since = None if labels is None else labels.moved.get((key[0], *key[-2:]))
        level = _corrected(spec, row, items.get(key), scored, traffic.get(key, {}), since=since)
        level |= {"pass_share": None if scored is None else _pass_share(scored)}
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


def _traffic(earlier: pd.DataFrame | None, specs: Mapping[str, DimensionSpec]) -> Earlier:
    """Return what each series' judge did in weeks before; a verdict's mean is the share that passed."""
    traffic: Earlier = {}
    rows = [] if earlier is None else earlier[earlier["n_eff"].notna()].to_dict("records")
    for row in rows:
        spec = specs.get(row["dimension"])
        share = row["mean"] if spec and spec.scale.kind == "binary" else row["pass_share"]
        if not pd.isna(share):
            traffic.setdefault(_key(row), {})[row["week"]] = Traffic(float(share), float(row["n_eff"]))
    return traffic


def _pass_share(levels: pd.DataFrame) -> float:
    return float(levels.loc[levels["passed"].astype(bool), "weight"].sum() / levels["weight"].sum())


def _key(row: Row | pd.Series) -> Key:
    return tuple(str(row[name]) for name in (*CELL, "judge", "rubric"))


def _cells(text: Any, watched: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    values = json.loads(text) if isinstance(text, str) else {}
    pairs = [(key, str(values[key])) for key in watched if values.get(key) is not None]
    return [(ALL, ALL), *((key, value if value in watched[key] else OTHER) for key, value in pairs)]


def _corrected(
    spec: DimensionSpec,
    row: Row,
    items: pd.DataFrame | None,
    levels: pd.DataFrame | None,
    earlier: Mapping[pd.Timestamp, Traffic],
    *,
    since: pd.Timestamp | None,
) -> dict[str, Any]:
    """Return a level's columns; labels of weeks before `since` are of another judge in all but its name."""
    columns: dict[str, Any] = {"corrected_labels": 0 if items is None else len(items)}
    if pd.isna(row["mean"]) or levels is None:
        return columns | {"corrected_reason": row["missing_reason"]}
    if items is None:
        return columns | {"corrected_reason": str(Reason.NO_LABELS)}
    if len(items) < FEWEST_LABELS:
        return columns | {"corrected_reason": str(Reason.TOO_FEW)}
    moved = since is not None and bool((items["week"] < since).any())
    known = Evidence(row, items[items["week"] >= since] if moved else items, levels, earlier, moved)
    level = level_of_verdicts(known) if spec.scale.kind == "binary" else level_of_grades(known)
    columns |= {"same_rates_p_value": level.same_rates}
    if level.estimate.value is None:
        return columns | {"corrected_reason": str(level.estimate.reason)}
    shown = columns | {"corrected_mean": level.estimate.value, "corrected_method": level.method}
    if pd.isna(row["n_eff"]):  # the error of the judge's level is a part of this one
        return shown | {"corrected_reason": str(Reason.ONE_CLUSTER)}
    return shown | {"corrected_low": level.estimate.low, "corrected_high": level.estimate.high}
