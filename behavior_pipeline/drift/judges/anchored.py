"""Anchors of somebody outside: what is found on each judge of a week, and where series are spliced."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.drift.intake import Calendar, needs, refused
from behavior_pipeline.drift.judges.instrument import (
    Anchors,
    Version,
    instrument_finding,
    judged_again,
    spliced,
)
from behavior_pipeline.drift.judges.splice import Link
from behavior_pipeline.words import ALL, NONE

COLUMNS = ("period", "dimension", "item", "score")


@dataclass(frozen=True)
class Judges:
    """Anchors by dimension, and by dimension and Monday the version that scored and the level it gave."""

    anchors: Mapping[str, Anchors]
    versions: Mapping[str, Mapping[pd.Timestamp, Version]]
    levels: Mapping[str, Mapping[pd.Timestamp, float]]

    def findings(self, monday: pd.Timestamp) -> list[Finding]:
        """Return a finding for each judge whose anchors were scored that week and before."""
        made = []
        for dimension, anchors in self.anchors.items():
            at = anchors.column(monday, self.versions[dimension].get(monday))
            shift = None if at is None else judged_again(anchors, at, level=self._level(dimension, monday))
            if at is not None and shift is not None:
                made.append(instrument_finding(shift, monday, dimension, anchors.versions[at]))
        return made

    def links(self, monday: pd.Timestamp) -> list[Link]:
        """Return the changes of version up to a week over which anchors carry, in order, as of that week."""
        links = []
        for dimension, anchors in self.anchors.items():
            known = [(week, one) for week, one in self.versions[dimension].items() if week <= monday]
            for (_, before), (since, after) in itertools.pairwise(known):
                if before != after:
                    level = self._level(dimension, since - pd.Timedelta(weeks=1))
                    shift = spliced(anchors, before, after, until=monday, level=level)
                    if shift is not None:
                        links.append(Link(dimension, before, after, shift.value, shift.error))
        return links

    def _level(self, dimension: str, monday: pd.Timestamp) -> float | None:
        """Return the last level of a dimension before or in a week."""
        known = [level for week, level in self.levels[dimension].items() if week <= monday]
        return known[-1] if known else None


def judges_of(rows: pd.DataFrame, anchors: pd.DataFrame | None, calendar: Calendar) -> Judges:
    """Return the judges of all weeks; InputError for anchors that cannot be used."""
    whole = rows[(rows["slice_key"] == ALL) & rows["mean"].notna()]
    whole = whole.sort_values(["week", "n"] if "n" in whole else ["week"]).drop_duplicates(
        ["dimension", "week"], keep="last"
    )
    versions: dict[str, dict[pd.Timestamp, Version]] = {name: {} for name in rows["dimension"].unique()}
    levels: dict[str, dict[pd.Timestamp, float]] = {name: {} for name in versions}
    for dimension, week, judge, rubric, mean in whole[
        ["dimension", "week", "judge", "rubric", "mean"]
    ].itertuples(index=False, name=None):
        versions[dimension][week] = judge, rubric
        levels[dimension][week] = float(mean)
    if anchors is None or anchors.empty:
        return Judges({}, versions, levels)
    needs(anchors, COLUMNS, "anchors")
    items = _items(anchors, calendar)
    made = {
        str(name): _anchors(group, versions.get(str(name), {}))
        for name, group in items.groupby("dimension", sort=True)
        if str(name) in versions
    }
    return Judges(made, versions, levels)


def _items(anchors: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    weeks = anchors["period"].map(calendar.monday)
    items = anchors.assign(week=weeks, dimension=anchors["dimension"].astype(str))[weeks.notna()]
    if "judge" not in items:
        items = items.assign(judge=NONE)
    items = items.assign(judge=items["judge"].astype(object).where(items["judge"].notna(), NONE).astype(str))
    repeated = int(items.duplicated(["week", "dimension", "judge", "item"]).sum())
    if repeated:
        raise refused(
            f"anchors have {repeated} scores of an item and week that they have already", "give one of each"
        )
    return items


def _anchors(items: pd.DataFrame, versions: Mapping[pd.Timestamp, Version]) -> Anchors:
    """Return a dimension's anchors as arrays; where two judges scored them in a week, each has a column."""
    columns, names = pd.factorize(pd.MultiIndex.from_frame(items[["week", "judge"]]), sort=True)
    rows, known = pd.factorize(items["item"], sort=True)
    scores = np.full((len(known), len(names)), np.nan)
    scores[rows, columns] = pd.to_numeric(items["score"]).to_numpy(dtype=float, na_value=np.nan)
    human = np.full(len(known), np.nan)
    if "human" in items:
        human[rows] = pd.to_numeric(items["human"]).to_numpy(dtype=float, na_value=np.nan)
    announced = tuple((judge, _rubric(versions, week)) for week, judge in names)
    return Anchors(scores, human, tuple(week for week, _ in names), announced)


def _rubric(versions: Mapping[pd.Timestamp, Version], week: pd.Timestamp) -> str:
    return versions[week][1] if week in versions else NONE
