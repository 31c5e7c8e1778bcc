"""What alerts of a week are made from, and small questions to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from behavior_pipeline.alerts.alert import Alert, alerts_of
from behavior_pipeline.attribution.suspects import Surroundings
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.drift.detector import rank_of
from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.provenance.digests import short_digest
from behavior_pipeline.values import Record, first
from behavior_pipeline.words import ALL, CLOSED_STATES


@dataclass(frozen=True)
class WeekTables(Surroundings):
    """Rows of the tables named; `findings` are the week's, `previous` the alerts open before it."""

    specs: Mapping[str, DimensionSpec]
    findings: Sequence[Finding]
    previous: Sequence[Alert]
    weekly: pd.DataFrame
    daily: pd.DataFrame
    agreement: pd.DataFrame

    @property
    def opens_on(self) -> pd.Timestamp:
        """Return the Monday after the week, on which its alerts are told."""
        return self.monday + timedelta(weeks=1)

    def addressed(self, dimension: str) -> dict[str, Any]:
        """Return the week, the severity, the owner and the route of a dimension's alerts."""
        spec = self.specs[dimension]
        whose = {"severity": spec.drift.severity, "owner": spec.owner, "route": spec.route}
        return {"week": self.monday, **whose}

    def seen_by_others(self, fall: Finding) -> tuple[Finding, ...]:
        """Return the alarms of other detectors on the same series, too, in the order of their rank."""
        others = [
            finding
            for finding in self.findings
            if finding.series_id == fall.series_id and finding.kind == fall.kind
            and finding.detector != fall.detector and finding.alarm
        ]  # fmt: skip
        return tuple(sorted(others, key=rank_of))

    def weekly_row(self, series_id: str) -> Record:
        """Return the series' weekly_scores row of this week, empty when it has none."""
        return first(self.weekly[self.weekly["series_id"] == series_id])

    def agreement_row(self, dimension: str, judge: str, rubric: str) -> Record:
        """Return this week's agreement of a judge and rubric, empty when there is none."""
        rows = self.agreement[self.agreement["week"] == self.monday]
        same = (rows["dimension"] == dimension) & (rows["judge"] == judge) & (rows["rubric"] == rubric)
        return first(rows[same])

    def traffic_share(self, series: Finding) -> float | None:
        """Return the share of the series' slice in the dimension's weight this week."""
        rows = self.daily[(self.daily["week"] == self.monday) & (self.daily["dimension"] == series.dimension)]
        total = rows.loc[rows["slice_key"] == ALL, "weight"].sum()
        inside = (rows["slice_key"] == series.slice_key) & (rows["slice_value"] == series.slice_value)
        return float(min(rows.loc[inside, "weight"].sum() / total, 1.0)) if total > 0 else None


def open_alerts(previous: pd.DataFrame, *, week: date) -> list[Alert]:
    """Return the last row of each alert before the week that has neither recovered nor been resolved."""
    before = previous[previous["week"] < pd.Timestamp(week)]
    last = before.sort_values(["week", "alert_id"]).drop_duplicates("alert_id", keep="last")
    still = last[~last["state"].isin(CLOSED_STATES)]
    return alerts_of(still.sort_values(["opened", "alert_id"]))


def alert_id(kind: str, dimension: str, slice_key: str, slice_value: str, *, opened: pd.Timestamp) -> str:
    """Return the id that stays with an alert: what, where and since which Monday; never which judge."""
    return short_digest([kind, dimension, slice_key, slice_value, opened.date().isoformat()])
