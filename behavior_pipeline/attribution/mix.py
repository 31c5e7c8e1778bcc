"""Did the traffic move, or what happens to it: mix against within, and bounds over what is left out."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from math import sqrt
from typing import NamedTuple

import msgspec
import numpy as np
import pandas as pd

from behavior_pipeline.aggregation.cells import LOG_SECONDS, LOG_USD
from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.drift.series.slices import values_of
from behavior_pipeline.drift.series.trace_sums import Sums, sums_by, sums_of
from behavior_pipeline.statistics.differences import Level
from behavior_pipeline.statistics.kitagawa import Decomposition, Side, kitagawa
from behavior_pipeline.words import ABSENT, ALL, SCORE, FindingKind

SHOWN = 5
ELIGIBLE_FLOOR = 0.02  # of the eligible share: less is no move
ELIGIBLE_DEVIATIONS = 3.0
SCALES = {FindingKind.LATENCY: LOG_SECONDS, FindingKind.COST: LOG_USD}


class Within(msgspec.Struct, frozen=True, kw_only=True):
    """What one value of a slice key adds to the within part, and its error."""

    value: str
    within: float
    se: float


class Mix(msgspec.Struct, frozen=True, kw_only=True):
    """A change as mix + within over the values of `key`; `values` are those that add most to within.

    Numbers are in score points, of latency and cost in natural logarithms.
    """

    key: str
    total: float
    mix: float
    within: float
    within_se: float
    values: tuple[Within, ...] = ()


class JointBounds(msgspec.Struct, frozen=True, kw_only=True):
    """Eligible share before and now, and the change of the mean over all traffic, excluded = 0 and = 1.

    `moved` says whether the share did: by more than .02 and three times what it wanders by.
    """

    eligible_before: float
    eligible_after: float
    moved: bool
    change_if_zero: float
    change_if_one: float
    se: float


def scale_of(finding: Finding) -> str:
    """Return the metric of cells on which the traces of a finding are measured."""
    return SCALES.get(FindingKind(finding.kind), SCORE)


def weeks_tested(finding: Finding) -> list[pd.Timestamp]:
    """Return the Mondays of the window that a finding is on."""
    return [finding.week - timedelta(weeks=back) for back in range(finding.window)]


def mixes(cells: pd.DataFrame, finding: Finding) -> list[Mix]:
    """Return the split of a finding's change by each slice key, that of the most mix in its direction first.

    `cells` are weekly_cells rows of the weeks tested and compared. A slice is split by the other keys. Each
    key is a split of its own: a crossing of all would hold cells that one side lacks, which are mix by rule.
    """
    rows, places = _of_series(cells, finding)
    now, before = (rows["week"].isin(weeks) for weeks in (weeks_tested(finding), finding.compared_with))
    splits = [
        split
        for key in sorted(map(str, places))
        for split in _split(key, places[key].fillna(ABSENT), rows, before=before, now=now)
    ]
    return sorted(splits, key=lambda one: -one.mix * np.sign(one.total))


def change_of(cells: pd.DataFrame, finding: Finding) -> float | None:
    """Return the change of the mean of a finding's traces, None where one side has none."""
    rows, _ = _of_series(cells, finding)
    means = []
    for weeks in (finding.compared_with, weeks_tested(finding)):
        sums = sums_of(rows[rows["week"].isin(weeks)])
        means.append(sums.wy / sums.w if sums.w > 0 else None)
    before, now = means
    return None if before is None or now is None else now - before


def _of_series(cells: pd.DataFrame, finding: Finding) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the cells of a finding's series on its scale, and the other slice values of each."""
    same = cells["metric"] == scale_of(finding)
    for name in ("dimension", "judge", "rubric"):
        same &= cells[name] == getattr(finding, name)
    rows = cells[same].reset_index(drop=True)
    places = pd.DataFrame([dict(values_of(cell)) for cell in rows["cell"]], index=rows.index)
    if finding.slice_key == ALL:
        return rows, places
    if finding.slice_key not in places:
        return rows.iloc[:0], places.iloc[:0]
    inside = places[finding.slice_key] == finding.slice_value
    return rows[inside], places[inside].drop(columns=finding.slice_key)


def _split(
    key: str,
    values: "pd.Series[str]",
    rows: pd.DataFrame,
    *,
    before: "pd.Series[bool]",
    now: "pd.Series[bool]",
) -> Iterator[Mix]:
    was, current = (sums_by(rows[period], values[period]) for period in (before, now))
    names = sorted({*was, *current})
    if len(names) < 2 or not was or not current:  # noqa: PLR2004 - one value is no mix
        return
    split = kitagawa(_side(was, names), _side(current, names))
    yield Mix(
        key=key, total=split.total, mix=split.mix, within=split.within, within_se=split.within_se,
        values=tuple(_largest(split, names)),
    )  # fmt: skip


def _largest(split: Decomposition, names: Sequence[str]) -> Iterator[Within]:
    for index in np.argsort(-np.abs(split.within_by_cell), kind="stable")[:SHOWN]:
        within, se = float(split.within_by_cell[index]), float(split.within_se_by_cell[index])
        yield Within(value=names[int(index)], within=within, se=se)


def _side(sums: Mapping[str, Sums], names: Sequence[str]) -> Side:
    levels = [sums[name].level() if name in sums else Level(np.nan, np.nan) for name in names]
    return Side(
        [sums.get(name, Sums()).w for name in names],
        [level.mean for level in levels],
        [level.variance for level in levels],
    )


def joint_bounds(weekly: pd.DataFrame, finding: Finding) -> JointBounds | None:
    """Return how the mean over all of the traffic may have moved; None without both eligible shares.

    `weekly` are weekly_scores rows of the weeks tested and compared. What a frame leaves out has no score:
    the joint mean lies between that with all of it 0 and that with all of it 1.
    """
    rows = weekly[weekly["series_id"] == finding.series_id].dropna(subset=["eligible_share", "mean"])
    sides = [rows[rows["week"].isin(weeks)] for weeks in (finding.compared_with, weeks_tested(finding))]
    if any(not side["n"].sum() > 0 for side in sides):
        return None
    before, now = (_frame(side) for side in sides)
    chance = sqrt(before.share * (1 - before.share) * now.share / now.n)
    least = max(ELIGIBLE_FLOOR, ELIGIBLE_DEVIATIONS * max(before.spread, chance))
    zero = now.share * now.mean - before.share * before.mean
    return JointBounds(
        eligible_before=before.share, eligible_after=now.share,
        moved=abs(now.share - before.share) >= least, change_if_zero=zero,
        change_if_one=zero + before.share - now.share,
        se=sqrt((now.share * now.se) ** 2 + (before.share * before.se) ** 2),
    )  # fmt: skip


class _Frame(NamedTuple):
    n: float
    share: float
    spread: float
    mean: float
    se: float


def _frame(rows: pd.DataFrame) -> _Frame:
    n, share, mean, se = (
        rows[name].to_numpy(dtype=float, na_value=np.nan) for name in ("n", "eligible_share", "mean", "se")
    )
    return _Frame(
        n=float(n.sum()), share=float(np.average(share, weights=n)),
        spread=float(share.std(ddof=1)) if len(share) > 1 else 0.0,
        mean=float(np.average(mean, weights=n)),
        se=float(np.sqrt(((n * np.nan_to_num(se)) ** 2).sum()) / n.sum()),
    )  # fmt: skip
