"""Did something begin to happen more often to the same items? Bets against exchangeability, item by item.

If nothing changed, all scorings of an item are exchangeable: of m earlier ones and a new one of which w show
an event, the new one is each of them alike, and shows it with chance w / (m + 1), whatever the item's own
rate. The bet is that the new one's odds are some times as large. A bet has expectation 1 given which scorings
there are, and so has a product of bets over any days (backwards, as in conformal prediction; Vovk, Gammerman
& Shafer 2022, chapter 8). An item that never or always shows the event costs and gains nothing.
"""

import numpy as np
import numpy.typing as npt

from behavior_pipeline.statistics.estimate import Vector

ODDS = np.array([3.0, 10.0, 30.0])  # by which the new scoring's odds are larger, an equal bet on each


def log_bets(before: npt.ArrayLike, count: npt.ArrayLike, now: npt.ArrayLike) -> Vector:
    """Return logarithms of the bets, items x ODDS, that an event became more frequent.

    `before` of `count` earlier scorings of each item showed it; `now` says whether the new one does.
    """
    event = np.asarray(now, dtype=bool)[:, None]
    earlier, size = np.asarray(before, dtype=float)[:, None], np.asarray(count, dtype=float)[:, None]
    with_event = earlier + event
    without = size + 1 - with_event
    of_bet = ODDS * with_event / (ODDS * with_event + without)
    fair = with_event / (size + 1)
    known = (with_event > 0) & (without > 0)
    chance, alone = (np.where(event, share, 1 - share) for share in (of_bet, fair))
    return np.log(np.where(known, chance, 1.0)) - np.log(np.where(known, alone, 1.0))
