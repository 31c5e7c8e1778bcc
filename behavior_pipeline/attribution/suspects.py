"""What was new when a series moved: version components and events, ordered by how much they explain."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec
import pandas as pd

from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.provenance.digests import canonical_json
from behavior_pipeline.words import UNKNOWN

BEFORE_ONSET = timedelta(days=3)
AFTER_ONSET = timedelta(days=1)
MOSTLY = 0.5
FIVE = ("model", "prompt", "judge", "dataset", "rubric")
# Within a series judge and rubric are fixed: whatever they change starts another series.
COMPONENTS = ("model", "prompt", "dataset")
SYSTEM_COMPONENTS = ("model", "prompt")
Versions = dict[str, str]  # tuple_id and the five, by name


class Suspect(msgspec.Struct, frozen=True, kw_only=True):
    """A version component or an event that was new; an item of the JSON column `suspects` of drift_alerts.

    `estimate` is the difference in differences with its error and two-sided p-value, `controls` the traces
    beside it; `mean_before` the level of what it replaced, `explained` share x estimate. Where traces were
    not looked at it is share x (its mean - that of the reference weeks without it). Keys that are missing in
    a lake's older rows are None, others are passed over.
    """

    component: str = UNKNOWN
    after: str = UNKNOWN
    before: str | None = None
    first_day: str | None = None
    mean_before: float | None = None
    mean_after: float | None = None
    share: float | None = None
    explained: float | None = None
    estimate: float | None = None
    se: float | None = None
    p_value: float | None = None
    controls: int | None = None

    def facts(self) -> list[tuple[str, Any]]:
        """Return what is known of it by name, in the order of the names."""
        return sorted(msgspec.structs.asdict(self).items())


def suspects_of(text: str | None) -> tuple[Suspect, ...]:
    """Return the suspects that a row of drift_alerts holds as JSON."""
    return msgspec.json.decode(text, type=tuple[Suspect, ...]) if isinstance(text, str) else ()


def suspects_json(suspects: Sequence[Suspect]) -> str:
    """Return suspects as a row of drift_alerts holds them."""
    return canonical_json(msgspec.to_builtins(suspects)).decode()


@dataclass(frozen=True)
class Surroundings:
    """What was in use around a week: weekly_tuple_shares rows up to it."""

    week: date
    tuple_shares: pd.DataFrame

    @property
    def monday(self) -> pd.Timestamp:
        """Return the week's first day as frames hold it."""
        return pd.Timestamp(self.week)

    @property
    def sunday(self) -> pd.Timestamp:
        """Return the week's last day as frames hold it."""
        return self.monday + timedelta(days=6)


def series_tuples(around: Surroundings, finding: Finding) -> pd.DataFrame:
    """Return the tuple shares of the finding's slice under its judge and rubric, up to this week."""
    rows = around.tuple_shares
    same = rows["week"] <= around.monday
    for name in ("dimension", "slice_key", "slice_value", "judge", "rubric"):
        same &= rows[name] == getattr(finding, name)
    return rows[same]


def tuples_before_and_after(
    around: Surroundings, finding: Finding, named: Sequence[Suspect]
) -> tuple[Versions | None, Versions | None]:
    """Return the most common tuple of the reference weeks, and the new one.

    The new one carries the first suspect; without a suspect it is the week's most common.
    """
    rows = series_tuples(around, finding)
    now = rows[rows["week"] == around.monday]
    if named and named[0].component in COMPONENTS:
        now = now[now[named[0].component] == named[0].after]
    return most_common(rows[rows["week"] < around.monday]), most_common(now)


def most_common(rows: pd.DataFrame) -> Versions | None:
    """Return the tuple with the most scores, None without any."""
    if rows.empty:
        return None
    totals = rows.groupby(["tuple_id", *FIVE], sort=True, as_index=False)["n"].sum()
    top = totals.loc[totals["n"].idxmax()]  # the first of the most common: groups come in the order of ids
    return {name: str(top[name]) for name in ("tuple_id", *FIVE)}


def near_events(events: pd.DataFrame, *, first: pd.Timestamp, last: pd.Timestamp) -> list[Suspect]:
    """Return the events within a window of days as suspects."""
    if events.empty:
        return []
    dated = events.assign(day=events["at"].dt.tz_convert("UTC").dt.tz_localize(None).dt.normalize())
    near = dated[dated["day"].between(first, last)].sort_values(["at", "kind", "name"])
    return [
        Suspect(
            component="event", after=f"{row['kind']} {row['name']}", first_day=row["day"].date().isoformat()
        )
        for row in near.to_dict("records")
    ]
