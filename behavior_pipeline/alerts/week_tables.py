"""What alerts of a week are made from, and small questions to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from behavior_pipeline.attribution.suspects import Surroundings
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.provenance.digests import short_digest
from behavior_pipeline.values import Record, first, records
from behavior_pipeline.words import ALL, CLOSED_STATES


@dataclass(frozen=True)
class Inputs:
    """Rows of the tables named; `previous` is already reduced to open alerts, one row each."""

    week: date
    specs: Mapping[str, DimensionSpec]
    findings: pd.DataFrame
    previous: list[Record]
    weekly: pd.DataFrame
    daily: pd.DataFrame
    agreement: pd.DataFrame
    tuple_shares: pd.DataFrame
    events: pd.DataFrame

    @property
    def monday(self) -> pd.Timestamp:
        """Return the week's first day as frames hold it."""
        return pd.Timestamp(self.week)

    @property
    def opens_on(self) -> pd.Timestamp:
        """Return the Monday after the week, on which its alerts are told."""
        return self.monday + timedelta(weeks=1)

    @property
    def around(self) -> Surroundings:
        """Return what was in use around the week."""
        return Surroundings(self.week, self.tuple_shares, self.events)

    def weekly_row(self, series_id: str) -> Record:
        """Return the series' weekly_scores row of this week, empty when it has none."""
        return first(self.weekly[self.weekly["series_id"] == series_id])

    def agreement_row(self, dimension: str, judge: str, rubric: str) -> Record:
        """Return this week's agreement of a judge and rubric, empty when there is none."""
        rows = self.agreement[self.agreement["week"] == self.monday]
        same = (rows["dimension"] == dimension) & (rows["judge"] == judge) & (rows["rubric"] == rubric)
        return first(rows[same])

    def traffic_share(self, dimension: str, slice_key: str, slice_value: str) -> float | None:
        """Return the slice's share of the dimension's weight this week."""
        rows = self.daily[(self.daily["week"] == self.monday) & (self.daily["dimension"] == dimension)]
        total = rows.loc[rows["slice_key"] == ALL, "weight"].sum()
        own = rows.loc[
            (rows["slice_key"] == slice_key) & (rows["slice_value"] == slice_value), "weight"
        ].sum()
        return float(min(own / total, 1.0)) if total > 0 else None


def open_alerts(previous: pd.DataFrame, *, week: date) -> list[Record]:
    """Return the last row of each alert before the week that has neither recovered nor been resolved."""
    before = previous[previous["week"] < pd.Timestamp(week)]
    last = before.sort_values(["week", "alert_id"]).drop_duplicates("alert_id", keep="last")
    still = last[~last["state"].isin(CLOSED_STATES)]
    return records(still.sort_values(["opened", "alert_id"]))


def alert_id(kind: str, dimension: str, slice_key: str, slice_value: str, *, opened: pd.Timestamp) -> str:
    """Return the id that stays with an alert: what, where and since which Monday; never which judge."""
    return short_digest([kind, dimension, slice_key, slice_value, opened.date().isoformat()])
