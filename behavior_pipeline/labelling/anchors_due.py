"""Which anchors are put up for labelling again: in the first week of each month the next part of the set."""

from datetime import date, timedelta

import pandas as pd

from behavior_pipeline.provenance.uniform import hash_u
from behavior_pipeline.reasons import Reason
from behavior_pipeline.words import ANCHOR, RELABEL

MONTHS = 12
DAYS_A_WEEK = 7
RESTS = timedelta(days=28)  # since an anchor was labelled last


def anchors_due(labels: pd.DataFrame, *, dataset: str, week: date, a_month: int, salt: str) -> pd.DataFrame:
    """Return the anchors of the set in force to be labelled again: item_id, trace_id, role, u, dataset.

    The set is gone through in a fixed random order, `a_month` at a time, and then from the beginning. What
    was labelled in the last four weeks rests.
    """
    own = labels[(labels["dataset_version"] == dataset) & labels["role"].isin([ANCHOR, RELABEL])]
    anchors = own.loc[own["role"] == ANCHOR, "item_id"]
    own = own[own["item_id"].isin(anchors)]
    if own.empty or not a_month or week.day > DAYS_A_WEEK:
        return pd.DataFrame(columns=[*_COLUMNS])
    items = own.groupby("item_id", as_index=False).agg(
        trace_id=("trace_id", "first"), last=("labelled_at", "max")
    )
    items["u"] = [hash_u(str(item_id), salt) for item_id in items["item_id"]]
    items = items.sort_values(["u", "item_id"], ignore_index=True)
    parts = -(-len(items) // a_month)
    turn = (week.year * MONTHS + week.month) % parts
    due = items[(items.index // a_month == turn) & (items["last"] < pd.Timestamp(week - RESTS))]
    return due.assign(role=RELABEL, dataset=dataset, reason=str(Reason.RELABEL))[_COLUMNS]


_COLUMNS = ["item_id", "trace_id", "role", "u", "dataset", "reason"]
