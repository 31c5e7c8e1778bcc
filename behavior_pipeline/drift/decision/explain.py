"""Why a series alarmed in a week, or why not: its findings, the decisions, and what would have alarmed."""

from collections.abc import Iterable
from difflib import get_close_matches
from math import exp
from typing import NamedTuple

import pandas as pd
from scipy import stats

from behavior_pipeline.dimensions.spec import Drift
from behavior_pipeline.drift.finding import LOGARITHMS, Decision, Finding, findings_of
from behavior_pipeline.drift.series.pinned import TOLERATED
from behavior_pipeline.errors import InputError
from behavior_pipeline.values import plain, records
from behavior_pipeline.words import ALL, CHECKS, Family

NEAR = 3
BOUNDED = frozenset({"mean", CHECKS, "scored_share", "eligible_share", "traffic_share"})  # within 0 and 1
WEEKS_NAMED = 8


class Explanation(NamedTuple):
    """A finding, what was decided on it, and the levels that would have alarmed: at most, and at least.

    They are None where no such level is known, or none on that side.
    """

    finding: Finding
    decision: Decision | None
    at_most: float | None
    at_least: float | None


def explanations(findings: pd.DataFrame, decisions: pd.DataFrame, drift: Drift) -> list[Explanation]:
    """Return the explanation of each finding of a series-week, those that alarm first."""
    decided = {
        (row["detector"], row["kind"], row["series_id"], row["metric"]): Decision(**row)
        for row in records(decisions)
    }
    explained = []
    for finding in findings_of(findings):
        decision = decided.get((finding.detector, finding.kind, finding.series_id, finding.metric))
        explained.append(Explanation(finding, decision, *alarming_levels(finding, decision, drift)))
    return sorted(explained, key=lambda one: (one.decision is None or not one.decision.alarm, _order(one)))


def _order(one: Explanation) -> tuple[str, ...]:
    return one.finding.detector, one.finding.kind, one.finding.metric, one.finding.series_id


def alarming_levels(
    finding: Finding, decision: Decision | None, drift: Drift
) -> tuple[float | None, float | None]:
    """Return the level from which downwards, and that from which upwards, the finding would have alarmed.

    What its own error asks for at the week's threshold, and the effect floor at least; the ends of its band
    where it has no error. It is what this series needed beside all that happened that week, so that a week
    with many alarms asks for less.
    """
    if (
        decision is None
        or decision.threshold is None
        or finding.effect_se is None
        or finding.baseline is None
    ):
        return finding.band_low, finding.band_high
    sides = 2 if finding.worse == 0 else 1
    tail = min(decision.threshold / sides, 0.5)
    deviations = stats.norm.isf(tail) if finding.df is None else stats.t.isf(tail, finding.df)
    floor = drift.floor_of(finding.metric, finding.unit)
    tolerated = TOLERATED * floor if finding.family == Family.SLOW else 0.0
    reach = max(float(deviations) * finding.effect_se + tolerated, floor)
    if finding.unit in LOGARITHMS:
        low, high = finding.baseline * exp(-reach), finding.baseline * exp(reach)
    else:
        low, high = finding.baseline - reach, finding.baseline + reach
    free = finding.metric not in BOUNDED
    return (
        low if finding.worse <= 0 and (free or low >= 0) else None,
        high if finding.worse >= 0 and (free or high <= 1) else None,
    )


def no_such_series(
    known: pd.DataFrame, *, dimension: str, cell: tuple[str, str], week: pd.Timestamp
) -> InputError:
    """Return the error for a series-week without findings, with near names; `known` are rows of others.

    `known` has week, dimension, slice_key and slice_value.
    """
    dimensions = sorted(set(known["dimension"]))
    rows = known[known["dimension"] == dimension]
    if rows.empty:
        return _missing(f"no dimension {plain(dimension)}", near(dimension, dimensions))
    pairs = sorted(set(zip(rows["slice_key"], rows["slice_value"], strict=True)) - {(ALL, ALL)})
    rows = rows[(rows["slice_key"] == cell[0]) & (rows["slice_value"] == cell[1])]
    if rows.empty:
        names = near("=".join(cell), ["=".join(pair) for pair in pairs])
        return _missing(f"no slice {plain('='.join(cell))} of {dimension}", names)
    weeks = [f"{day:%Y-%m-%d}" for day in sorted(set(rows["week"]))]
    return _missing(f"no finding on it in the week of {week:%Y-%m-%d}", weeks[-WEEKS_NAMED:])


def near(name: str, names: Iterable[str]) -> list[str]:
    """Return the names most like one, else the first few."""
    all_names = list(names)
    return get_close_matches(name, all_names, n=NEAR, cutoff=0.4) or all_names[:NEAR]


def _missing(what: str, names: list[str]) -> InputError:
    return InputError(
        happened=f"there is {what}", kept="nothing was changed",
        remedy=f"there are {', '.join(map(plain, names))}" if names else "run the weekly assets first",
    )  # fmt: skip
