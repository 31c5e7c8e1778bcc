"""The drop rule: did the agreement fall by more than 0.05, whichever judge build or dataset measured it?"""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from behavior_pipeline.calibration import pool
from behavior_pipeline.calibration.measurement import measure
from behavior_pipeline.dimensions.spec import Gate
from behavior_pipeline.statistics.posterior import probability_of_drop

DROP = 0.05
ANNOUNCED = 0.9
CURRENT_WEEKS = 2
BASELINE_WEEKS = 4


@dataclass(frozen=True)
class Change:
    """Current minus earlier agreement, and P(it fell by more than 0.05); None: nothing to compare."""

    change: float | None = None
    probability: float | None = None


def drop_of(
    gate: Gate, rows: pd.DataFrame, *, week: date, judge: str, production_pass_share: float | None
) -> Change:
    """Compare a judge's pool of up to two weeks with the dimension's pool of up to four weeks before it.

    `rows` are usable rows of one dimension and rubric. The judge's pool starts where the judge did, so that a
    new one is compared with its predecessor at once. Fixed anchors stand in both pools; taking the pools as
    independent then overstates the noise, which makes the rule later, never louder.
    """
    own = rows[rows["judge"] == judge]
    current = pool.between(own, week, back=0, weeks=CURRENT_WEEKS)
    if not (current["week"] == pd.Timestamp(week)).any():
        return Change()
    earlier = pool.between(rows, week, back=int(current["week"].nunique()), weeks=BASELINE_WEEKS)
    now, before = (measure(gate, pool.once(part), production_pass_share) for part in (current, earlier))
    if now.belief is None or before.belief is None:
        return Change()
    probability = probability_of_drop(before.belief, now.belief, drop=DROP)
    if now.point is None or before.point is None:
        return Change(None, probability)
    return Change(now.point - before.point, probability)
