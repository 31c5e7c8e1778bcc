"""By how much a new judge or rubric reads otherwise than the one before, so that its series can go on.

Both have judged the same items: anchors, which people have labelled, or labelled traces. These are no sample
of the traffic (half of the anchors are bad), so the change is taken apart by what people and the judge before
said of an item, and put together by the shares that these four cells have in the traffic.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from behavior_pipeline.calibration.items import pool
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.estimate import Estimate, Vector
from behavior_pipeline.tables.calibration import SERIES_LINKS
from behavior_pipeline.values import Record, number_or_none, records
from behavior_pipeline.words import ANCHOR, FRESH, PASS

WEEKS_LINKED = (
    10  # after a change: then the eight weeks that a week is compared with are all of the new judge
)
SCORINGS = 4  # weeks of scorings of an item that are averaged on either side
FEWEST_PAIRS = 40
SMALL_CELL = 0.02  # of the traffic: a cell without a pair that holds more of it leaves the shift unknown
UNSEEN_SD = 0.5  # of the change in such a small cell
HALF_A_FLIP = 0.5
SOURCES: Mapping[str, str] = {"anchors": ANCHOR, "bridge": FRESH}
Scorer = tuple[str, str]


class Cells(NamedTuple):
    """Shares of the traffic that people call good or bad x a judge passed or failed, from so many labels."""

    shares: Vector
    n: float

    @classmethod
    def of(cls, agreement: Record) -> "Cells | None":
        """Return the cells of a row of calibration_agreement, None where it does not know them."""
        rates = [number_or_none(agreement.get(name)) for name in ("prevalence", "sensitivity", "specificity")]
        if any(rate is None for rate in rates):
            return None
        good, right, caught = (rate or 0.0 for rate in rates)
        shares = [[good * right, good * (1 - right)], [(1 - good) * (1 - caught), (1 - good) * caught]]
        return cls(np.array(shares).ravel(), float(agreement["n"]))


def links_of_week(
    spec: DimensionSpec, *, week: date, scores: pd.DataFrame, agreement: pd.DataFrame
) -> pd.DataFrame:
    """Return rows of series_links: from each scorer of the last weeks to each that began after it.

    `scores` are rows of calibration_scores up to the week, `agreement` of calibration_agreement.
    """
    rows = pool.usable(spec, scores, week=week)
    links = list(_links(spec, rows, agreement[agreement["dimension"] == spec.name], week=pd.Timestamp(week)))
    return SERIES_LINKS.validate(pd.DataFrame(links, columns=list(SERIES_LINKS.columns)))


def shift_of(pairs: pd.DataFrame, cells: Cells | None) -> Estimate:
    """Return the change of the mean score over the traffic, of items with before, after and human.

    Shares are known from labels only; their error counts with n. A cell of which few items were judged twice
    counts half a flip more than was seen.
    """
    if cells is None:
        return Estimate(reason=Reason.NO_LABELS, n=len(pairs))
    change = (pairs["after"] - pairs["before"]).to_numpy(dtype=float)
    cell = 2 * (pairs["human"] < PASS).to_numpy(dtype=int) + (pairs["before"] < PASS).to_numpy(dtype=int)
    counts = np.bincount(cell, minlength=4)
    if len(pairs) < FEWEST_PAIRS or (cells.shares[counts == 0] > SMALL_CELL).any():
        return Estimate(reason=Reason.TOO_FEW, n=len(pairs))
    sizes = np.maximum(counts, 1)
    means = np.bincount(cell, change, minlength=4) / sizes
    squares = np.bincount(cell, (change - means[cell]) ** 2, minlength=4)
    variances = np.where(counts > 0, (squares + HALF_A_FLIP) / (sizes + 1) / sizes, UNSEEN_SD**2)
    shift = float(cells.shares @ means)
    of_shares = max(float(cells.shares @ means**2) - shift**2, 0.0) / cells.n
    se = float(np.sqrt(cells.shares**2 @ variances + of_shares))
    return Estimate(shift, None, se, n=len(pairs))


def _links(
    spec: DimensionSpec, rows: pd.DataFrame, agreement: pd.DataFrame, *, week: pd.Timestamp
) -> Iterator[dict[str, Any]]:
    """Yield a link for each pair of scorers, by whichever items know the shift best."""
    first_weeks = rows.groupby(["judge", "rubric"])["week"].min()
    began = dict(zip(map(_scorer, first_weeks.index), first_weeks, strict=True))
    recent = week - pd.Timedelta(weeks=WEEKS_LINKED)
    for later, since in began.items():
        for earlier in (one for one in began if since > recent and began[one] < since):
            cells = _cells(agreement, earlier, since)
            shifts = {
                method: shift_of(pairs_of(rows[rows["role"] == role], earlier, later, since=since), cells)
                for method, role in SOURCES.items()
            }
            method, best = min(shifts.items(), key=lambda item: (item[1].value is None, item[1].se or 0.0))
            yield {
                "week": week, "dimension": spec.name, "from_judge": earlier[0], "from_rubric": earlier[1],
                "to_judge": later[0], "to_rubric": later[1], "since": since, "method": method,
                "n": best.n, "shift": best.value, "se": best.se,
                "reason": None if best.reason is None else str(best.reason),
            }  # fmt: skip


def _scorer(key: tuple[object, object]) -> Scorer:
    return str(key[0]), str(key[1])


def pairs_of(rows: pd.DataFrame, earlier: Scorer, later: Scorer, *, since: pd.Timestamp) -> pd.DataFrame:
    """Return items that two scorers judged: human, before and after, means over up to four weeks."""
    sides = []
    for judge, rubric in (earlier, later):
        side = rows[(rows["judge"] == judge) & (rows["rubric"] == rubric)]
        weeks = sorted(side["week"].unique())
        used = [one for one in weeks if one < since][-SCORINGS:] or weeks[:SCORINGS]
        sides.append(side[side["week"].isin(used)].groupby("item_id")[["judge_score", "human_score"]].mean())
    before, after = sides
    both = before[["judge_score"]].set_axis(["before"], axis=1).join(after, how="inner")
    return both.rename(columns={"judge_score": "after", "human_score": "human"}).astype(float)


def _cells(agreement: pd.DataFrame, scorer: Scorer, since: pd.Timestamp) -> Cells | None:
    """Return the cells of the last week before the change in which they were known."""
    rows = agreement[
        (agreement["judge"] == scorer[0]) & (agreement["rubric"] == scorer[1]) & (agreement["week"] < since)
    ].sort_values("week", ascending=False)
    return next((cells for row in records(rows) if (cells := Cells.of(row)) is not None), None)
