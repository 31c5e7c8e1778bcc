"""The cross-check of a corrected level: the judge's own, put right by its sensitivity and specificity."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.corrected import Rate, lang_reiczigel, rogan_gladen
from behavior_pipeline.statistics.estimate import Vector, kish
from behavior_pipeline.statistics.posterior import production_table
from behavior_pipeline.words import PASS

SERIES = ["dimension", "judge", "rubric"]
Rates = tuple[Rate, Rate]


def verdict_table(items: pd.DataFrame) -> Vector:
    """Return counts, rows human and columns judge, pass first; of weighted labels what Kish's size leaves."""
    table = np.zeros((2, 2))
    human, judge = items["human_score"] >= PASS, items["judge_score"] >= PASS
    for column, verdict in enumerate((True, False)):
        weight = items.loc[judge == verdict, "weight"].to_numpy(dtype=float)
        if len(weight):
            share = float(weight[human[judge == verdict].to_numpy(dtype=bool)].sum() / weight.sum())
            table[:, column] = kish(weight) * np.array([share, 1 - share])
    return table


def rates_of_judges(
    items: Mapping[tuple[str, ...], pd.DataFrame], pass_shares: pd.DataFrame
) -> dict[tuple[str, ...], Rates | None]:
    """Return sensitivity and specificity by (dimension, judge, rubric), from all labels of a judge.

    `items` by (dimension, slice key, slice value, judge, rubric), `pass_shares` [dimension, judge, rubric,
    pass_share]. None where no label is of one of the classes, or nothing puts them in proportion.
    """
    columns = pass_shares[[*SERIES, "pass_share"]].itertuples(index=False, name=None)
    shares = {tuple(map(str, key)): float(share) for *key, share in columns}
    keys = {key: (key[0], *key[-2:]) for key in items}
    return {keys[key]: _rates(items_of_judge, shares.get(keys[key])) for key, items_of_judge in items.items()}


def cross_checked(
    spec: DimensionSpec, row: Mapping[Any, Any], rates: Rates | None, *, labelled: bool
) -> dict[str, Any]:
    """Return the Rogan-Gladen columns of a row of weekly scores; without a bound there is no point either.

    `labelled` tells few labels of the judge from none.
    """
    if pd.isna(row["mean"]):
        return {"rogan_gladen_reason": row["missing_reason"]}
    if not labelled or spec.scale.kind != "binary" or rates is None:
        few = Reason.TOO_FEW if spec.scale.kind == "binary" else Reason.NOT_BINARY
        return {"rogan_gladen_reason": str(few if labelled else Reason.NO_LABELS)}
    share, (sensitivity, specificity) = float(row["mean"]), rates
    size = float(row["n_kish"] if pd.isna(row["n_eff"]) else row["n_eff"])
    point = rogan_gladen(share, sensitivity=sensitivity.share, specificity=specificity.share)
    ends = lang_reiczigel(Rate(share * size, size), sensitivity, specificity)
    if point.value is None or ends.reason is not None:
        return {"rogan_gladen_reason": str(point.reason or ends.reason)}
    if pd.isna(row["n_eff"]):
        return {"rogan_gladen": point.value, "rogan_gladen_reason": str(Reason.ONE_CLUSTER)}
    return {
        "rogan_gladen": point.value, "rogan_gladen_low": ends.low, "rogan_gladen_high": ends.high,
        "rogan_gladen_reason": None,
    }  # fmt: skip


def _rates(items: pd.DataFrame, pass_share: float | None) -> Rates | None:
    """Labels of a random sample are counted; those drawn by verdict are first put back in proportion."""
    table = verdict_table(items)
    if items["by_verdict"].any():
        return None if pass_share is None else rates_by_verdict(table, pass_share)
    (tp, fn), (fp, tn) = (tuple(float(cell) for cell in row) for row in table)
    return (Rate(tp, tp + fn), Rate(tn, tn + fp)) if tp + fn > 0 and tn + fp > 0 else None


def rates_by_verdict(table: Vector, pass_share: float) -> Rates | None:
    """Return sensitivity and specificity from labels that were drawn per verdict of the judge.

    The size of each is that of a plain sample with its error, by the delta method on its log odds. Half a
    label is added to each cell for it, since a rate that was seen as 1 is not known to be 1.
    """
    both = np.array([pass_share, 1 - pass_share])
    exact, smooth = production_table(table, pass_share), production_table(table + 0.5, pass_share)
    if not np.isfinite(exact).all() or not (both > 0).all() or not exact.sum(axis=1).all():
        return None
    rates = []
    for right in (0, 1):
        within, rate = smooth[right] / both, smooth[right, right] / smooth[right].sum()
        error = float(((1 - within) / (within * (table.sum(axis=0) + 1))).sum())
        size = float(1 / (error * rate * (1 - rate)))
        rates.append(Rate(float(exact[right, right] / exact[right].sum()) * size, size))
    return rates[0], rates[1]
