"""Where within an alarm it moved, looked at where something alarms, so that it costs no tests.

In one crossing of an alarmed slice only, or in a slice value that came with the change and has no past of its
own to be compared with.
"""

import numpy as np
import pandas as pd

from behavior_pipeline.aggregation.cells import LOG_SECONDS, LOG_USD
from behavior_pipeline.drift.decision.overlap import WHOLE, Overlap, Slice, of_scorer
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import periods_in
from behavior_pipeline.drift.series.slices import values_of
from behavior_pipeline.drift.series.trace_sums import sums_of
from behavior_pipeline.statistics.contrast import drawn_to, logit_change, smoothed
from behavior_pipeline.statistics.estimate import Flags
from behavior_pipeline.words import SCORE

WEEK = pd.Timedelta(weeks=1)
MOST_WEEKS = 4  # of a slow average, which has no window
CLEAR = 3.0  # standard errors by which the crossing has to have moved
QUIET = 2.0  # and within which the rest of the slice has to be
LARGEST = 0.9  # of the slice: a crossing that is nearly all of it says nothing more
NEW, SEEN = 0.01, 0.02  # shares of traffic: of the weeks compared at most, of the week at least
SCALES = {"seconds": LOG_SECONDS, "usd": LOG_USD}  # metrics of cells of other units than scores


def narrowed(overlap: Overlap, alarm: pd.Series, evidence: Evidence) -> dict[str, str] | None:
    """Return slice key and value of the smallest crossing that explains an alarmed slice, beside its own.

    The rest of the slice has to be steady and the crossing to have moved, in the weeks that the alarm
    compares; None where no crossing is like that, or without cells.
    """
    cell = alarm["slice_key"], alarm["slice_value"]
    inside = [text for text in overlap.cells if cell in values_of(text)]
    if len(inside) < 2 or pd.isna(alarm["baseline_periods"]):  # noqa: PLR2004 - nothing to divide
        return None
    rows = of_scorer(evidence.table("weekly_cells"), alarm)
    rows = rows[(rows["metric"] == SCORE) & rows["cell"].isin(inside)]
    first = evidence.start - (min(int(alarm["window"]), MOST_WEEKS) - 1) * WEEK
    now, before = rows[rows["week"] >= first], rows[rows["week"].isin(periods_in(alarm["baseline_periods"]))]
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

    Beside an alarmed slice's own. All other traffic has to be within QUIET errors of the weeks compared, or
    better; None without cells.
    """
    cell = alarm["slice_key"], alarm["slice_value"]
    if pd.isna(alarm["baseline_periods"]):
        return None
    rows = of_scorer(evidence.table("weekly_cells"), alarm)
    if "metric" not in rows:
        return None
    rows = rows[rows["metric"] == SCALES.get(str(alarm["unit"]), SCORE)]
    if cell != WHOLE:
        rows = rows[_holds(rows, cell)]
    now, before = (
        rows[rows["week"] == evidence.start],
        rows[rows["week"].isin(periods_in(alarm["baseline_periods"]))],
    )
    came = [
        (share, one)
        for one in sorted({one for text in now["cell"] for one in values_of(text)})
        if one[0] != cell[0]
        if (share := _share(now, one)) >= SEEN and _share(before, one) <= NEW
    ]
    for _, one in sorted(came, reverse=True):
        others = now[~_holds(now, one)]
        if not len(others) or not len(before):
            continue
        here, there = sums_of(others).level(), sums_of(before).level()
        change, error = here.mean - there.mean, (here.variance + there.variance) ** 0.5
        if change * int(alarm["worse"]) <= QUIET * error:
            return dict([one] if cell == WHOLE else [cell, one])
    return None


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
