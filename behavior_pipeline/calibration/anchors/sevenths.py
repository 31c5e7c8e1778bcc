"""Which seventh of a set of anchors is judged on a day: all of them in a week, each on its own weekday."""

from datetime import date

import pandas as pd

from behavior_pipeline.provenance.uniform import hash_u

DAYS = 7
SALT = "anchors"


def of_day(items: pd.DataFrame, day: date) -> pd.DataFrame:
    """Return the items whose weekday it is, told by a permanent hash of their id."""
    weekdays = items["item_id"].map(lambda item: int(hash_u(str(item), SALT) * DAYS))
    return items[weekdays == day.weekday()].reset_index(drop=True)
