"""Where within an alarm it moved, looked at where something alarms, so that it costs no tests.

In one crossing of an alarmed slice only, or in a slice value that came with the change and has no past of its
own to be compared with.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from behavior_pipeline.drift.decision.overlap import WHOLE, Overlap, Slice, of_metric
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import LOGARITHMS, periods_in
from behavior_pipeline.drift.series.slices import values_of
from behavior_pipeline.drift.series.trace_sums import COLUMNS, sums_of
from behavior_pipeline.statistics.contrast import drawn_to, logit_change, smoothed
from behavior_pipeline.statistics.differences import Level
from behavior_pipeline.statistics.estimate import Flags
from behavior_pipeline.words import CHECKS, OTHER, SCORE

WEEK = pd.Timedelta(weeks=1)
MOST_WEEKS = 4  # of a slow average, which has no window
CLEAR = 3.0  # standard errors by which the crossing has to have moved
QUIET = 2.0  # and within which the rest of the slice has to be
LARGEST = 0.9  # of the slice: a crossing that is nearly all of it says nothing more
NEW, SEEN = 0.01, 0.02  # shares of traffic: of the weeks compared at most, of the week at least


def narrowed(overlap: Overlap, alarm: pd.Series, evidence: Evidence) -> dict[str, str] | None:
    """Return slice key and value of the smallest crossing that explains an alarmed slice, beside its own.

    The rest of the slice has to be steady and the crossing to have moved, in the weeks that the alarm
    compares; None where no crossing is like that, or without cells.
    """
    cell = alarm["slice_key"], alarm["slice_value"]
    inside = [text for text in overlap.cells if cell in values_of(text)]
    if len(inside) < 2 or pd.isna(alarm["baseline_periods"]):  # noqa: PLR2004 - nothing to divide
        return None
    rows = of_metric(evidence.table("weekly_cells"), alarm, SCORE)
    rows = rows[rows["cell"].isin(inside)]
    now, before = _now_and_before(rows, alarm, evidence)
    best: tuple[float, Slice] | None = None
    for other in sorted({one for text in inside for one in values_of(text) if one[0] != cell[0]}):
        share = overlap.of(cell, inside=other)
        if not 0 < share < LARGEST or (best is not None and share >= best[0]):
            continue
        of = {text: other in values_of(text) for text in inside}
        here, there = (
            _z(*(side[(side["cell"].map(of) == part).to_numpy(dtype=bool)] for side in (now, before)))
            for part in (True, False)
        )
        if here < -CLEAR and there > -QUIET:
            best = share, other
    return None if best is None else dict([cell, best[1]])


def newcomer(alarm: pd.Series, evidence: Evidence) -> dict[str, str] | None:
    """Return slice key and value of the largest newcomer without which an alarm's traffic had not moved.

    Beside an alarmed slice's own. In the weeks that the alarm compares all of the traffic has to have moved
    for the worse, the newcomer has to be worse than it was, and the rest within QUIET errors of it. A value
    that `other` gave its traffic to is none. None without cells that have all sums.
    """
    cell = alarm["slice_key"], alarm["slice_value"]
    rows = _of_alarm(evidence.table("weekly_cells"), alarm)
    if rows.empty or pd.isna(alarm["baseline_periods"]):
        return None
    if cell != WHOLE:
        rows = rows[_holds(rows, cell)]
    now, before = _now_and_before(rows, alarm, evidence)
    if not now["sum_w"].sum() > 0 or not before["sum_w"].sum() > 0:
        return None
    worse, usual = int(alarm["worse"]), sums_of(before).level()
    if not _moved(now, usual) * worse > CLEAR:
        return None
    for _, one in sorted(_came(now, before, beside=cell), reverse=True):
        of_newcomer = _holds(now, one)
        if of_newcomer.all() or not (sums_of(now[of_newcomer]).level().mean - usual.mean) * worse > 0:
            continue
        if _moved(now[~of_newcomer], usual) * worse <= QUIET:
            return dict([one] if cell == WHOLE else [cell, one])
    return None


def _of_alarm(cells: pd.DataFrame, alarm: pd.Series) -> pd.DataFrame:
    """Return the cells of what an alarm is measured on; none of what is no sum, as a share of answers."""
    of_scores = {"mean": SCORE, CHECKS: CHECKS} if alarm["unit"] == "score" else {}
    metric = of_scores.get(alarm["metric"]) or LOGARITHMS.get(alarm["unit"])
    if metric is None or not {"metric", *COLUMNS} <= set(cells):
        return pd.DataFrame()
    return of_metric(cells, alarm, metric)


def _now_and_before(
    rows: pd.DataFrame, alarm: pd.Series, evidence: Evidence
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of the weeks that an alarm compares."""
    first = evidence.start - (min(int(alarm["window"]), MOST_WEEKS) - 1) * WEEK
    return rows[rows["week"] >= first], rows[rows["week"].isin(periods_in(alarm["baseline_periods"]))]


def _came(now: pd.DataFrame, before: pd.DataFrame, *, beside: Slice) -> Iterator[tuple[float, Slice]]:
    """Yield slice values that are new, with their shares."""
    for one in {one for text in now["cell"] for one in values_of(text)}:
        share, rest = _share(now, one), (one[0], OTHER)
        gave = _share(before, rest) - _share(now, rest)
        if one[0] != beside[0] and share >= SEEN and _share(before, one) <= NEW and gave < share / 2:
            yield share, one


def _moved(rows: pd.DataFrame, usual: Level) -> float:
    """Return the change of a mean in standard errors."""
    level = sums_of(rows).level()
    error = (level.variance + usual.variance) ** 0.5
    change = level.mean - usual.mean
    return change / error if error > 0 else float(np.sign(change)) * np.inf if change else 0.0


def _share(rows: pd.DataFrame, one: Slice) -> float:
    weight = rows["sum_w"].to_numpy(dtype=float)
    return float(weight[_holds(rows, one)].sum() / weight.sum()) if weight.sum() > 0 else 0.0


def _holds(rows: pd.DataFrame, one: Slice) -> Flags:
    return np.array([one in values_of(text) for text in rows["cell"]], dtype=bool)


def _z(now: pd.DataFrame, before: pd.DataFrame) -> float:
    """Return the change between rows of cells, in standard errors; 0 where a side has none."""
    (now_mean, now_size), (mean, size) = _level(now), _level(before)
    if not now_size > 0 or not size > 0:
        return 0.0
    level = smoothed(mean, size)
    drawn = drawn_to(now_mean, now_size, level=level)
    return float(logit_change((drawn, now_size + 1), (level, size + 1)).z)


def _level(rows: pd.DataFrame) -> tuple[float, float]:
    weight, total, square = (float(rows[name].sum()) for name in ("sum_w", "sum_wy", "sum_w2"))
    return (total / weight, weight**2 / square) if square > 0 else (0.0, 0.0)
