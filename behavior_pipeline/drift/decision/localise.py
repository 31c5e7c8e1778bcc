"""One alarm for one cause: of the alarms on a dimension, the smallest slice that explains the others."""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import numpy as np
import orjson
import pandas as pd

from behavior_pipeline.drift.decision.overlap import WHOLE, Overlap, overlap_of
from behavior_pipeline.drift.decision.within import narrowed, newcomer
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.drift import DECISION_KEY
from behavior_pipeline.values import Record, number_or_none
from behavior_pipeline.words import Family, FindingKind

# Kinds of findings on the levels of slices: what moved in one may be seen in others that share traffic.
LEVELS = (FindingKind.SCORE, FindingKind.SLICE, FindingKind.LATENCY, FindingKind.COST, FindingKind.MISSING)
FAMILIES = (Family.AGGREGATE, Family.SLICE, Family.SLOW)
SAME = ["dimension", "judge", "rubric", "unit"]
ONE_PARAMETER = 2.0  # in twice the log-likelihood
UNEXPLAINED = 2.0  # standard errors by which more moved than another slice explains


# Alarms on whom a cost falls to: they say more of a slice's cost, and are no cause beside one.
PAYERS = ("feature", "model", "user_key")
TAILS = ("p95", "p99")
TRAFFIC = "traffic_share"


class Alarm(NamedTuple):
    """An alarmed finding: its row, slice, effect and error, the rest's effect, whether slow, and p-value."""

    row: int
    cell: tuple[str, str]
    effect: float
    error: float
    rest: float | None
    slow: bool
    p_value: float
    tail: bool = False


def localise(findings: pd.DataFrame, decisions: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """Return the decisions with one alarm for one cause; the others name the slice that explains them.

    A slice explains another row where its own change, times the share of that row's traffic that lies in it,
    leaves less than two standard errors. Of those that explain most rows the smallest stays an alarm. Where
    it holds one crossing with another slice that explains it, its `localised_to` names both values, and so
    for a slice value that came with the change, which an alarm on all traffic names alone.
    """
    if not decisions["alarm"].any():
        return decisions
    key = list(DECISION_KEY)
    rows = decisions[key].merge(findings, on=key, how="left")
    alarmed = decisions["alarm"].to_numpy(dtype=bool) & rows["kind"].isin([str(one) for one in LEVELS])
    alarmed &= rows["family"].isin([str(one) for one in FAMILIES]).to_numpy(dtype=bool)
    explained: dict[int, tuple[str, str]] = {}
    crossings: dict[int, dict[str, str]] = {}
    for _, group in rows[alarmed].groupby(SAME, sort=True):
        overlap = overlap_of(evidence, group.iloc[0])
        causes, others = _causes([_alarm(row, group.loc[row].to_dict()) for row in group.index], overlap)
        explained |= others
        for cause in (one for one in causes if one.row not in explained):
            alarm = cast("pd.Series[Any]", rows.loc[cause.row])
            within = newcomer(alarm, evidence)
            if within is None and cause.cell != WHOLE:
                within = narrowed(overlap, alarm, evidence)
            if within is None:
                continue
            crossings[cause.row] = within
            same = {one.row for one in causes if one is not cause and one.cell in within.items()}
            explained |= dict.fromkeys(same - crossings.keys(), cause.cell)
    return _worded(
        decisions, explained | _one_shift(rows[decisions["alarm"].to_numpy(dtype=bool)]), crossings
    )


def _one_shift(alarms: pd.DataFrame) -> dict[int, tuple[str, str]]:
    """Return for alarms on shares of traffic the largest of its key: shares move against each other."""
    explained: dict[int, tuple[str, str]] = {}
    shares = alarms[alarms["metric"] == TRAFFIC]
    for _, group in shares.groupby(["dimension", "slice_key"], sort=True):
        records = sorted(
            zip(group.index, group["effect"], group["slice_value"], strict=True), key=lambda one: -abs(one[1])
        )
        cell = str(group["slice_key"].iloc[0]), str(records[0][2])
        explained |= {int(row): cell for row, _, _ in records[1:]}
    return explained


def _alarm(place: int, row: Record) -> Alarm:
    effect, p_value = (number_or_none(row[name]) or 0.0 for name in ("effect", "p_value"))
    error = number_or_none(row["effect_se"])
    if error is None:  # a rule without an error: half as much of a change is the same change
        error = abs(effect) / (2 * UNEXPLAINED)
    cell = str(row["slice_key"]), str(row["slice_value"])
    slow = row["family"] == str(Family.SLOW)
    tail = row["metric"] in TAILS
    return Alarm(place, cell, effect, error, number_or_none(row["rest_effect"]), slow, p_value, tail)


def _causes(alarms: Sequence[Alarm], overlap: Overlap) -> tuple[list[Alarm], dict[int, tuple[str, str]]]:
    """Return the alarms that stay, and for each other one the slice that explains it."""
    leads: dict[tuple[str, str], Alarm] = {}
    explained: dict[int, tuple[str, str]] = {}
    for alarm in sorted(alarms, key=lambda one: (one.slow, one.p_value, one.row)):
        if alarm.cell in leads:
            explained[alarm.row] = alarm.cell
        else:
            leads[alarm.cell] = alarm
    left, causes = list(leads.values()), []
    payers = [one for one in left if one.cell[0] in PAYERS]
    left = [one for one in left if one not in payers] or payers
    while left:
        reach = {
            one.row: [other for other in left if other is not one and _explains(one, other, overlap)]
            for one in left
        }
        cause = min(left, key=lambda one: (-len(reach[one.row]), overlap.share(one.cell), one.row))
        causes.append(cause)
        explained |= {other.row: cause.cell for other in reach[cause.row]}
        left = [one for one in left if one is not cause and one.row not in explained]
    explained |= {one.row: causes[0].cell for one in payers if one not in causes and one.row not in explained}
    return causes, explained


def _explains(cause: Alarm, other: Alarm, overlap: Overlap) -> bool:
    if other.tail and not cause.tail:  # a tail has no share of a mean: what moved in part of it moved it
        return bool(cause.effect * other.effect > 0 and overlap.of(other.cell, inside=cause.cell) > 0)
    remains = other.effect - cause.effect * overlap.of(other.cell, inside=cause.cell)
    same_way = np.sign(cause.effect) == np.sign(other.effect)
    near = remains * np.sign(other.effect) <= UNEXPLAINED * other.error
    return bool(same_way and near and (other.cell != WHOLE or _alone(cause, other, overlap)))


def _alone(cause: Alarm, whole: Alarm, overlap: Overlap) -> bool:
    """Return whether the rest is clearly nearer to not having moved than to having moved like the slice.

    A large slice explains most of a change of the whole also where all moved alike, and that all moved is
    the simpler reading: the slice has to be better by what a parameter costs (Akaike 1974), and one chosen
    out of many by as much as the best of so many is better by chance (Foster and George 1994). Where the
    rest was not measured it is what the slice leaves of the whole's change.
    """
    share = overlap.share(cause.cell)
    if not 0 < share < 1 or not cause.error > 0:
        return True
    rest = cause.rest
    if rest is None:
        rest = (whole.effect - share * cause.effect) / (1 - share)
    of_rest = cause.error**2 * share / (1 - share)
    steady = rest**2 / of_rest
    alike = (cause.effect - rest) ** 2 / (of_rest + cause.error**2)
    return bool(steady + max(ONE_PARAMETER, 2 * np.log(overlap.slices)) < alike)


def _worded(
    decisions: pd.DataFrame, explained: dict[int, tuple[str, str]], crossings: dict[int, dict[str, str]]
) -> pd.DataFrame:
    changed = decisions.copy()
    alarm, reason, to = (changed[name].to_numpy(dtype=object) for name in ("alarm", "reason", "localised_to"))
    for row, (key, value) in explained.items():
        alarm[row], reason[row] = False, str(Reason.LOCALISED)
        to[row] = orjson.dumps({key: value}).decode()
    for row, crossing in crossings.items():
        to[row] = orjson.dumps(crossing).decode()
    types = decisions.dtypes
    return changed.assign(alarm=alarm, reason=reason, localised_to=to).astype(
        {name: types[name] for name in ("alarm", "reason", "localised_to")}
    )
