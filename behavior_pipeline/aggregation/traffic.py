"""How much traffic each slice value had in a week, and how much of it was in a dimension's frame.

Values stand by themselves by their size in the week, watched or not: what is watched changes with the
quarter, and a share that moved must not be one that was renamed.
"""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from behavior_pipeline.sampling.frames import ELIGIBLE
from behavior_pipeline.tables.cells import WEEKLY_TRAFFIC
from behavior_pipeline.words import ABSENT, ALL, INPUT, OTHER

SMALLEST_SHARE = 0.01
COUNTS = ["traces", "weight", "eligible_traces", "eligible_weight"]
CELL = ["dimension", "slice_key", "slice_value"]


def weekly_traffic(frames: pd.DataFrame, *, week: date, live: Sequence[str]) -> pd.DataFrame:
    """Return WEEKLY_TRAFFIC rows of a week's sampling_frames, of `all` and of the keys that are `live`.

    Values with less than a hundredth of the traffic are `other` together; a value without a row had less.
    """
    rows = frames[frames["slice_key"].isin([ALL, *live]) & (frames["slice_key"] != INPUT)]
    inside = (rows["reason"] == ELIGIBLE).astype(int)
    rows = rows.assign(
        eligible_traces=rows["traces"] * inside, eligible_weight=rows["weight"] * inside,
        slice_value=rows["slice_value"].mask(
            (rows["slice_key"] != ALL) & rows["slice_value"].isin([ABSENT, OTHER]), OTHER
        ),
    )  # fmt: skip
    values = rows.groupby(CELL, as_index=False, sort=True)[COUNTS].sum()
    whole = values[values["slice_key"] == ALL].set_index("dimension")
    values = values[values["slice_key"] != ALL]
    share = values["weight"] / values["dimension"].map(whole["weight"]).astype(float)
    named = values["slice_value"].where(share >= SMALLEST_SHARE, OTHER)
    values = values.assign(slice_value=named).groupby(CELL, as_index=False, sort=True)[COUNTS].sum()
    parts = [whole.reset_index(), values, *(_absent(whole, values, key) for key in live)]
    made = pd.concat([part for part in parts if len(part)] or [WEEKLY_TRAFFIC.empty()], ignore_index=True)
    made = made.assign(week=pd.Timestamp(week))[list(WEEKLY_TRAFFIC.columns)]
    return WEEKLY_TRAFFIC.validate(made.sort_values(CELL, ignore_index=True))


def _absent(whole: pd.DataFrame, values: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return what the values of a key leave of all: traces that do not carry it."""
    carrying = values[values["slice_key"] == key].groupby("dimension")[COUNTS].sum()
    left = (whole[COUNTS] - carrying.reindex(whole.index).fillna(0)).clip(lower=0)
    left = left[left["traces"] > 0].reset_index()
    return left.assign(slice_key=key, slice_value=ABSENT)
