"""Which labelled items a judge's agreement is computed from: weeks, dataset, each item once."""

from datetime import date
from typing import cast

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.provenance.tuples import declared_rubric
from behavior_pipeline.words import DIAGNOSTIC

POOLED_WEEKS = 4
ENOUGH = 40  # items without which a point estimate moves no gate; a relabelling queue is as long
ORDER = ["week", "dataset", "role", "judge"]  # of rows of one item: the last one counts


def usable(spec: DimensionSpec, scores: pd.DataFrame, *, week: date) -> pd.DataFrame:
    """Return the rows of a dimension that may enter agreement, up to a week.

    Out stay diagnostic items (picked because they are uncertain) and items the judge did not answer. A bare
    declared rubric (`v2`) is the dimension's own `v2+digest`; another digest is another rubric.
    """
    rows = scores[
        (scores["dimension"] == spec.name)
        & (scores["role"] != DIAGNOSTIC)
        & (scores["week"] <= pd.Timestamp(week))
        & scores["judge_score"].notna()
        & scores["human_score"].notna()
    ].copy()
    rows["rubric"] = rows["rubric"].map(lambda rubric: rubric_of(spec, rubric))
    return rows


def rubric_of(spec: DimensionSpec, rubric: str) -> str:
    """Return a rubric's id; the bare declared version is the dimension's own."""
    return spec.rubric_id if rubric == declared_rubric(spec.rubric_id) else rubric


def between(rows: pd.DataFrame, week: date, *, back: int, weeks: int) -> pd.DataFrame:
    """Return the rows of `weeks` weeks, the last of them `back` weeks before the given one."""
    last = pd.Timestamp(week) - pd.Timedelta(weeks=back)
    return rows[(rows["week"] <= last) & (rows["week"] > last - pd.Timedelta(weeks=weeks))]


def once(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each item once, as it was last seen."""
    return rows.sort_values(ORDER, kind="stable").drop_duplicates("item_id", keep="last")


def in_force(rows_of_judge: pd.DataFrame, week: date) -> pd.DataFrame:
    """Return the rows of a judge and rubric that its gate is decided on: up to four weeks of one dataset."""
    pooled = between(rows_of_judge, week, back=0, weeks=POOLED_WEEKS)
    return pooled if pooled.empty else pooled[pooled["dataset"] == dataset_in_force(pooled)]


def dataset_in_force(rows: pd.DataFrame) -> str:
    """Return the dataset among the rows of the latest week that came into use last.

    Labels of an older set may still arrive beside the new one; the series follows the new one at once.
    """
    latest = rows.loc[rows["week"] == rows["week"].max(), "dataset"]
    first_seen = rows[rows["dataset"].isin(latest)].groupby("dataset")["week"].min()
    newest = first_seen[first_seen == first_seen.max()]
    return cast(str, max(newest.index, key=lambda name: (len(str(name)), str(name))))  # v10 after v9
