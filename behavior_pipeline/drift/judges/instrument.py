"""Whether a judge moved: the same anchors, week for week, beside what it or the one before said of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd
from scipy import stats

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.provenance.tuples import series_id
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.estimate import Vector
from behavior_pipeline.words import ALL, PASS, Family, FindingKind

NAME = "instrument"
PINNED = 8
CLEAR = 3.0  # standard errors
YOUNG = 2  # weeks in which a version is compared with the one before
WINDOWS = (1, 2, 4)
EFFECT = ("effect", "effect_se")
FEWEST = 20  # items with a score at both times
Version = tuple[str, str]  # judge and rubric


@dataclass(frozen=True)
class Anchors:
    """Scores of the anchors of a dimension, items x weeks (NaN: not scored), and each week's version."""

    scores: Vector
    human: Vector
    weeks: tuple[pd.Timestamp, ...]
    versions: tuple[Version, ...]

    def column(self, week: pd.Timestamp, version: Version | None) -> int | None:
        """Return the place of a week's scores, by that version where several scored; None without any."""
        places = [number for number, one in enumerate(self.weeks) if one == week]
        return max(places, key=lambda place: self.versions[place] == version, default=None)


class Shift(NamedTuple):
    """By how much a level moved with the judge, its error, the test of it, and what was compared."""

    value: float
    error: float
    z: float
    items: int
    before: float
    after: float
    weeks: tuple[pd.Timestamp, ...]
    same_version: bool
    tests: int = 1


def judged_again(anchors: Anchors, now: int, *, level: float | None) -> Shift | None:
    """Return the shift of a column against the first ones of the same version, or against the version before.

    The latter for a version's first YOUNG weeks, all of them together: what the first alone does not show is
    not lost. Of two shifts it is the one that says more, and tests are counted; a version that clearly moves
    by itself is told of that, since it explains scores. `level` is that of
    production: what is said of items that people pass and fail is weighted to it. None where nothing was
    scored before.
    """
    version = anchors.versions[now]
    places = [one for one in range(now) if anchors.versions[one] == version]
    others = [one for one in range(now) if anchors.versions[one] != version]
    shifts = [_most_moved(anchors, [*places, now], level=level)] if places else []
    if others and len(places) < YOUNG:
        last = [one for one in others if anchors.versions[one] == anchors.versions[others[-1]]]
        shifts.append(shift_of(anchors, last[-PINNED:], [*places, now], level=level))
    known = [shift for shift in shifts if shift is not None]
    silent = [shift for shift in known if shift.same_version and abs(shift.z) > CLEAR]
    return _larger(silent or known)


def _larger(shifts: Sequence[Shift]) -> Shift | None:
    """Return the shift that says most, with all of the tests that it was chosen from."""
    if not shifts:
        return None
    return max(shifts, key=lambda shift: abs(shift.z))._replace(tests=sum(shift.tests for shift in shifts))


def _most_moved(anchors: Anchors, places: list[int], *, level: float | None) -> Shift | None:
    """Return the shift of the last week, or of the last few together, that says more; tests are counted.

    A judge that answers partly by chance is known better from several weeks.
    """
    shifts = [
        shift
        for window in WINDOWS
        if window < len(places)
        and (shift := shift_of(anchors, places[:-window][:PINNED], places[-window:], level=level)) is not None
    ]
    return _larger(shifts)


def spliced(
    anchors: Anchors, before: Version, after: Version, *, until: pd.Timestamp, level: float | None
) -> Shift | None:
    """Return the shift between two versions, of all weeks of both up to one; None without anchors of both."""
    known = [number for number, week in enumerate(anchors.weeks) if week <= until]
    sides = [[one for one in known if anchors.versions[one] == version] for version in (before, after)]
    return shift_of(anchors, sides[0][-PINNED:], sides[1][:PINNED], level=level) if all(sides) else None


def shift_of(anchors: Anchors, before: list[int], after: list[int], *, level: float | None) -> Shift | None:
    """Return the mean paired difference of two sets of weeks; None with fewer than FEWEST items in both.

    It is tested by what the same item's scores differ by within either set and between them, pooled: an
    item whose score never differs adds nothing, a judge that answers by chance its noise. The error of the
    shift is that of items which stand for production, of which others may have moved.
    """
    columns = anchors.scores[:, [*before, *after]]
    first, second = columns[:, : len(before)], columns[:, len(before) :]
    counts = np.isfinite(first).sum(axis=1), np.isfinite(second).sum(axis=1)
    paired = (counts[0] > 0) & (counts[1] > 0)
    if paired.sum() < FEWEST:
        return None
    first, second, columns = first[paired], second[paired], columns[paired]
    was, now = np.nanmean(first, axis=1), np.nanmean(second, axis=1)
    inverse = 1 / counts[0][paired] + 1 / counts[1][paired]
    spread = np.nanvar(columns, axis=1, ddof=1) * inverse
    weight = _weights(was, anchors.human[paired], level)
    value, by_chance = float(weight @ (now - was)), float(np.sqrt(weight**2 @ spread))
    error = max(by_chance, float(np.sqrt(weight**2 @ (now - was - value) ** 2)))
    smallest = float(weight.min()) / 2  # half a flip: counts of few flips are no normal numbers
    z = np.sign(value) * max(abs(value) - smallest, 0.0) / by_chance if by_chance > 0 else 0.0
    return Shift(
        value, error, float(z), int(paired.sum()), float(weight @ was), float(weight @ now),
        tuple(anchors.weeks[one] for one in before),
        same_version=anchors.versions[before[-1]] == anchors.versions[after[-1]],
    )  # fmt: skip


def _weights(was: Vector, human: Vector, level: float | None) -> Vector:
    """Return weights of items, of sum 1, so that people pass as large a share of them as of production."""
    even = np.full(len(was), 1 / len(was))
    passed = human >= PASS
    if level is None or np.isnan(human).any() or not 0 < passed.sum() < len(was):
        return even
    rates = was[passed].mean(), was[~passed].mean()
    if not rates[0] > rates[1]:
        return even
    share = min(max((level - rates[1]) / (rates[0] - rates[1]), 0.0), 1.0)
    return cast(Vector, np.where(passed, share / passed.sum(), (1 - share) / (~passed).sum()))


def instrument_finding(shift: Shift, week: pd.Timestamp, dimension: str, version: Version) -> Finding:
    """Return the finding on a judge: two-sided, since a judge that became milder has moved as well."""
    judge, rubric = version
    where: dict[str, Any] = {"dimension": dimension, "slice_key": ALL, "slice_value": ALL}
    where |= {"judge": judge, "rubric": rubric}
    p_value = float(2 * stats.norm.sf(abs(shift.z))) * shift.tests
    return Finding(
        week=week, detector=NAME, kind=str(FindingKind.CALIBRATION), series_id=series_id(**where), **where,
        family=str(Family.CALIBRATION), metric="level", unit="score", worse=0, moved="judge",
        contrast="own" if shift.same_version else None, baseline=shift.before, current=shift.after,
        effect=shift.value, effect_se=shift.error, statistic=shift.z, p_value=min(1.0, p_value),
        n_eff=float(shift.items), onset=week, reason=str(Reason.COMPARED),
    )  # fmt: skip


def explained_by_judges(
    findings: pd.DataFrame, decisions: pd.DataFrame, specs: Mapping[str, DimensionSpec]
) -> pd.DataFrame:
    """Return the decisions without alarms on scores that are none without what their judge moved by.

    What remains of such a score's change is below the effect floor, or no rarer than quiet weeks have it. A
    judge that moved with its version explains nothing: its series were spliced, or begin anew.
    """
    moved = decisions["alarm"].astype(bool) & (findings["moved"] == "judge").fillna(value=False)
    moved &= (findings["metric"] == "level").fillna(value=False)
    moved &= (findings["contrast"] == "own").fillna(value=False)
    if not moved.any():
        return decisions
    shifts = findings[moved].set_index("dimension")[list(EFFECT)].astype(float)
    shifts = shifts[~shifts.index.duplicated()].reindex(findings["dimension"].to_numpy())
    effect, error = (findings[name].to_numpy(dtype=float, na_value=np.nan) for name in EFFECT)
    shift, shift_error = (shifts[name].to_numpy() for name in EFFECT)
    remains = np.sign(effect) * (effect - shift)
    with np.errstate(invalid="ignore", divide="ignore"):
        p_value = stats.norm.sf(remains / np.sqrt(np.nan_to_num(error) ** 2 + shift_error**2))
    floor = findings["dimension"].map({name: spec.drift.effect_floor for name, spec in specs.items()})
    near = (p_value > decisions["threshold"].to_numpy(dtype=float, na_value=0.0)) | (
        remains < floor.to_numpy()
    )
    same = (np.sign(effect) == np.sign(shift)) & (findings["unit"] == "score").to_numpy(dtype=bool)
    scores = findings["kind"].isin([str(FindingKind.SCORE), str(FindingKind.SLICE)]).to_numpy(dtype=bool)
    explained = decisions["alarm"].to_numpy(dtype=bool) & scores & same & near
    return decisions.assign(
        alarm=decisions["alarm"].mask(explained, False),
        reason=decisions["reason"].mask(explained | moved, str(Reason.JUDGE_MOVED)),
    )
