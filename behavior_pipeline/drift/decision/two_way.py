"""Whether a slice moved in one crossing only: looked at where the slice alarms, so that it costs no tests."""

import pandas as pd

from behavior_pipeline.drift.decision.overlap import Overlap, Slice, of_scorer
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import periods_in
from behavior_pipeline.drift.series.slices import values_of
from behavior_pipeline.statistics.contrast import drawn_to, logit_change, smoothed
from behavior_pipeline.words import SCORE

WEEK = pd.Timedelta(weeks=1)
MOST_WEEKS = 4  # of a slow average, which has no window
CLEAR = 3.0  # standard errors by which the crossing has to have moved
QUIET = 2.0  # and within which the rest of the slice has to be
LARGEST = 0.9  # of the slice: a crossing that is nearly all of it says nothing more


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
