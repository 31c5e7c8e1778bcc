"""Series over a change of judge or rubric: the weeks before it, moved by what anchors say that it did."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from behavior_pipeline.drift.judges.instrument import Version
from behavior_pipeline.provenance.tuples import series_id


class Link(NamedTuple):
    """Dimension, the versions before and after, the shift of the level in points, and its error."""

    dimension: str
    before: Version
    after: Version
    shift: float
    error: float


def links_of(series_links: pd.DataFrame, week: pd.Timestamp) -> list[Link]:
    """Return the links of a week to each dimension's newest version, of rows of series_links."""
    rows = series_links[(series_links["week"] == week) & series_links["shift"].notna()]
    newest = rows["since"] == rows.groupby("dimension")["since"].transform("max")
    return [
        Link(
            row["dimension"], (row["from_judge"], row["from_rubric"]), (row["to_judge"], row["to_rubric"]),
            float(row["shift"]), float(row["se"]),
        )
        for row in rows[newest].sort_values(["dimension", "from_judge", "from_rubric"]).to_dict("records")
    ]  # fmt: skip


def spliced_rows(rows: pd.DataFrame, links: Sequence[Link]) -> pd.DataFrame:
    """Return weekly_scores or weekly_cells rows in which the version before is told as the one after.

    `shift_se` is the error that all of a series' moved weeks share; it is missing in the others.
    """
    for link in links:
        old = _of(rows, link, link.before)
        if not old.any():
            continue
        kept, moved = rows[~old], _moved(rows[old], link)
        taken = set(kept.loc[_of(kept, link, link.after), "week"])
        rows = pd.concat([kept, moved[~moved["week"].isin(taken)]], ignore_index=True)
    return rows


def _of(rows: pd.DataFrame, link: Link, version: Version) -> pd.Series:
    return (
        (rows["dimension"] == link.dimension) & (rows["judge"] == version[0]) & (rows["rubric"] == version[1])
    )


def _moved(rows: pd.DataFrame, link: Link) -> pd.DataFrame:
    rows = rows.assign(judge=link.after[0], rubric=link.after[1])
    if "cell" in rows:
        total = rows["sum_wy"] + link.shift * rows["sum_w"]
        return rows.assign(sum_wy=total.clip(lower=0).clip(upper=rows["sum_w"]))
    names = ["dimension", "slice_key", "slice_value", "judge", "rubric"]
    ids = [
        series_id(dimension=one[0], slice_key=one[1], slice_value=one[2], judge=one[3], rubric=one[4])
        for one in rows[names].itertuples(index=False, name=None)
    ]
    before = rows["shift_se"].astype(float).fillna(0.0) if "shift_se" in rows else 0.0
    error = (before**2 + link.error**2) ** 0.5
    mean = (rows["mean"].astype(float) + link.shift).clip(0, 1)
    return rows.assign(mean=mean, series_id=ids, shift_se=error)
