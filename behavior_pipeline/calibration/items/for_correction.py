"""The labelled items of four weeks that say how far a judge's level is from people's."""

from datetime import date

import numpy as np
import pandas as pd

from behavior_pipeline.calibration.items import pool
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.tables.labelling import VERDICT_STRATA
from behavior_pipeline.words import FRESH, PASS

SERIES = ["dimension", "judge", "rubric"]
COLUMNS = [*SERIES, "week", "item_id", "human_score", "judge_score", "weight", "by_verdict"]


def labelled_items(spec: DimensionSpec, scores: pd.DataFrame, *, week: date) -> pd.DataFrame:
    """Return the fresh items of a dimension, up to four weeks, each once per judge and rubric.

    Columns dimension, judge, rubric, week (of the label), item_id, human_score, judge_score, weight,
    by_verdict. Anchors and
    diagnostic items are no sample of traffic and stay out, and so do items of a stratum that is no verdict
    and has no inclusion probability: nobody knows what they stand for. `weight` is relative, with mean 1
    within a week and verdict, so that a week counts by its labels.
    """
    rows = pool.between(pool.usable(spec, scores, week=week), week, back=0, weeks=pool.POOLED_WEEKS)
    rows = rows[rows["role"] == FRESH]
    drawn_by_verdict = rows["stratum"].isin(VERDICT_STRATA)
    known = drawn_by_verdict | rows["stratum"].isna() | rows["inclusion_probability"].notna()
    kept = [pool.once(part) for _, part in rows[known].groupby(["judge", "rubric"], sort=True)]
    if not kept:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
    items = pd.concat(kept, ignore_index=True).sort_values([*SERIES, "week", "item_id"], kind="stable")
    items["by_verdict"] = items["stratum"].isin(VERDICT_STRATA)
    return items.assign(weight=_weights(items))[COLUMNS].reset_index(drop=True)


def _weights(rows: pd.DataFrame) -> pd.Series:
    """Return 1 / inclusion probability over its mean in week and verdict; 1 where one of them is unknown."""
    inverse = 1 / rows["inclusion_probability"].astype(float)
    cell = [rows[name] for name in ("judge", "rubric", "week")] + [rows["judge_score"] >= PASS]
    by_cell = inverse.groupby(cell)
    complete = by_cell.transform("count") == by_cell.transform("size")
    return pd.Series(np.where(complete, inverse / by_cell.transform("mean"), 1.0), index=rows.index)
