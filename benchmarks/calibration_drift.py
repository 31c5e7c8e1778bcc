"""The sections `drift_alerts`, `better_traffic` and `silent` of benchmarks/calibration.py: alerts on judges.

Worlds of four judged dimensions, each with labels by the queue and a gate by the posterior, are followed for
40 weeks. The drop rule's p-value is the product's own (`p_values_of_fall`), the gate's probability a
quadrature over its two Betas that has leading axes, decisions are those of `decide`, written out for arrays.
`before` is what was in force until then: a drop alone by p <= .02, gates that shut below .20 twice or .05
once. Judges at .65 are a step above a gate at .6, and many of their gates never open.
"""

from collections.abc import Iterator
from typing import NamedTuple

import calibration_worlds as worlds_of
import numpy as np
import pandas as pd
from calibration_sections import Figure, Line, Promise, figure
from calibration_worlds import JUDGED, SAME_BUILD, Judge, judge
from scipy import special, stats

from behavior_pipeline.calibration.agreement.drop import BASELINE_WEEKS, CURRENT_WEEKS, DROP
from behavior_pipeline.calibration.gate.decide import (
    LOW_LOOKS,
    OPENS_AT,
    OPENS_LATER,
    SHUTS_AT,
    SHUTS_AT_ONCE,
)
from behavior_pipeline.calibration.items.pool import POOLED_WEEKS
from behavior_pipeline.drift.detectors.anchors_daily import BETS, RUN_LENGTH, SCORINGS, log_bets_of
from behavior_pipeline.settings.model import Budget
from behavior_pipeline.statistics.steady import TRAFFIC, Counts, mcc_at, p_values_of_fall

WEEKS, FALLS_IN = 40, 12
DIMENSIONS = 4
GATE = 0.6
ANCHORS, FIRST_SILENT = 320, 28
PREVALENCES = (0.8, 0.9, 0.94, 0.97)
NODES = (np.arange(48) + 0.5) / 48
BEFORE = (0.20, 0.05, 0.02)  # of looks twice, of one look, of the p-value of a drop


class Labels(NamedTuple):
    """Counts [worlds, weeks, 4] of good and all labelled passes, good and all labelled fails; pass shares."""

    counts: np.ndarray
    share: np.ndarray

    def pool(self, first: int, last: int) -> "Labels":
        """Return weeks first to last - 1 as one."""
        return Labels(
            self.counts[:, max(first, 0) : last].sum(1), self.share[:, max(first, 0) : last].mean(1)
        )

    @property
    def as_counts(self) -> Counts:
        """Return them as the p-value of a fall reads them."""
        good_passed, passed, good_failed, failed = np.moveaxis(self.counts, -1, 0)
        known = np.full(passed.shape, TRAFFIC)
        return Counts(
            np.stack([self.share * TRAFFIC, good_passed, good_failed], -1),
            np.stack([known, passed, failed], -1),
        )


def drift_alerts(worlds: int, random: np.random.Generator) -> Iterator[Line]:
    """Quiet weeks with any false alert on four judges, and how soon a fall of one of them is told."""
    for n in (80, 240):
        for truth in (0.65, 0.72, 0.80):
            lines: dict[str, dict[float, Figure]] = {}
            for prevalence in PREVALENCES:
                for what, values in _quiet(judge(truth, prevalence), n, worlds, random).items():
                    promise = None if "before" in what or "alone" in what else Promise(high=0.01)
                    lines.setdefault(what, {})[prevalence] = figure(values, promise)
            for what, figures in lines.items():
                yield Line(f"quiet, judges at {truth:.2f}", what, f"{n} a week", figures)
        for fall in (0.1, 0.2, 0.3):
            lines = {}
            for prevalence in PREVALENCES:
                of = judge(0.72, prevalence), judge(0.72 - fall, prevalence)
                for what, values in _fallen(*of, n=n, worlds=worlds, random=random).items():
                    lines.setdefault(what, {})[prevalence] = figure(values)
            for what, figures in lines.items():
                yield Line(f"fall of {fall:.1f} from .72", what, f"{n} a week", figures)


def better_traffic(worlds: int, random: np.random.Generator) -> Iterator[Line]:
    """A judge with the same rates when traffic goes from .84 to .94 good: how often is that a drop?"""
    for n in (80, 240):
        was = judge(0.72, 0.84)
        now = Judge(0.94, was.sensitivity, was.specificity)
        shape = DIMENSIONS * worlds * 5
        before = _labels(was, n, (shape, BASELINE_WEEKS), random).pool(0, BASELINE_WEEKS)
        after = _labels(now, n, (shape, CURRENT_WEEKS), random).pool(0, CURRENT_WEEKS)
        p_values = p_values_of_fall(before.as_counts, after.as_counts)
        steady = _labels(was, n, (shape, CURRENT_WEEKS), random).pool(0, CURRENT_WEEKS)
        same = p_values_of_fall(before.as_counts, steady.as_counts)
        for level in (0.05, 0.02, 0.0025):
            figures = {
                name: figure(list(p_value <= level), Promise(high=1.3 * level))
                for name, p_value in (("better traffic", p_values), ("same traffic", same))
            }
            yield Line("judge with the same rates", f"p of a drop ≤ {level}", f"{n} a week", figures)
        falls = {"better traffic": after, "same traffic": steady}
        plain = {name: figure(list(_plain(now) - _plain(before) < -DROP)) for name, now in falls.items()}
        yield Line("judge with the same rates", "before: MCC itself fell by > .05", f"{n} a week", plain)


def _quiet(of: Judge, n: int, worlds: int, random: np.random.Generator) -> dict[str, list[float]]:
    labels = _labels(of, n, (DIMENSIONS * worlds, WEEKS), random)
    above, p_values, change = _looks(labels)
    closings, _ = _gates(above, SHUTS_AT, SHUTS_AT_ONCE)
    drops = _decided(p_values, change, level=Budget().calibration)
    before = _gates(above, *BEFORE[:2])[0], (p_values <= BEFORE[2]) & (change < -DROP)
    worlds_with = {
        "any alert": closings | drops, "closings alone": closings, "drops alone": drops,
        "any alert, before": before[0] | before[1],
    }  # fmt: skip
    return {what: list(_any(alarms, (worlds, WEEKS)).mean(axis=1)) for what, alarms in worlds_with.items()}


def _any(alarms: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    return alarms.reshape(shape[0], DIMENSIONS, shape[1]).any(axis=1)


def _fallen(
    was: Judge, now: Judge, *, n: int, worlds: int, random: np.random.Generator
) -> dict[str, list[float]]:
    """One dimension of four falls; the others' p-values are those of steady judges."""
    steady = _labels(was, n, (DIMENSIONS * worlds, FALLS_IN + 8), random)
    fallen = _labels(now, n, (worlds, 8), random)
    first = np.arange(DIMENSIONS * worlds) % DIMENSIONS == 0
    steady.counts[first, FALLS_IN:], steady.share[first, FALLS_IN:] = fallen
    above, p_values, change = _looks(steady)
    closings, opened = _gates(above, SHUTS_AT, SHUTS_AT_ONCE)
    drops = _decided(p_values, change, level=Budget().calibration)
    before = _gates(above, *BEFORE[:2])[0] | ((p_values <= BEFORE[2]) & (change < -DROP))
    watched = first & opened[:, FALLS_IN - 1]
    outcomes = {}
    for what, alarms in (("alert", closings | drops), ("alert, before", before)):
        weeks = alarms[watched, FALLS_IN:]
        for span in (2, 4, 8):
            outcomes[f"{what} within {span} weeks"] = list(weeks[:, :span].any(axis=1))
    return outcomes


def _labels(of: Judge, n: int, shape: tuple[int, int], random: np.random.Generator) -> Labels:
    passed = round(n * worlds_of.passed_part(of.pass_share))
    good = random.binomial(passed, min(of.good_of_passed, 1.0), shape)
    bad = random.binomial(n - passed, min(of.bad_of_failed, 1.0), shape)
    sizes = np.full(shape, passed), np.full(shape, n - passed)
    counts = np.stack([good, sizes[0], sizes[1] - bad, sizes[1]], axis=-1)
    return Labels(counts.astype(float), random.binomial(JUDGED, of.pass_share, shape) / JUDGED)


def _looks(labels: Labels) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return P(above the gate), p-value and size of a drop of every week; NaN where no pool is before it."""
    shape = labels.share.shape
    above, p_values, change = np.empty(shape), np.full(shape, np.nan), np.full(shape, np.nan)
    for week in range(shape[1]):
        above[:, week] = _above(labels.pool(week + 1 - POOLED_WEEKS, week + 1))
        if week + 1 >= CURRENT_WEEKS + BASELINE_WEEKS:
            start = week + 1 - CURRENT_WEEKS
            before, now = labels.pool(start - BASELINE_WEEKS, start), labels.pool(start, week + 1)
            pair = before.as_counts, now.as_counts
            p_values[:, week] = p_values_of_fall(*pair)
            prevalence = np.mean([_prevalence(side) for side in (before, now)], axis=0)
            change[:, week] = pair[1].agreement(prevalence) - pair[0].agreement(prevalence)
    return above, p_values, change


def _prevalence(labels: Labels) -> np.ndarray:
    good_passed, passed, good_failed, failed = np.moveaxis(labels.counts, -1, 0)
    return np.asarray(labels.share * good_passed / passed + (1 - labels.share) * good_failed / failed)


def _plain(labels: Labels) -> np.ndarray:
    return np.asarray(labels.as_counts.agreement(_prevalence(labels)))


def _above(labels: Labels) -> np.ndarray:
    good_passed, passed, good_failed, failed = np.moveaxis(labels.counts, -1, 0)[..., None]
    of_passed = special.betaincinv(good_passed + 0.5, passed - good_passed + 0.5, NODES)[:, :, None]
    of_failed = special.betaincinv(good_failed + 0.5, failed - good_failed + 0.5, NODES)[:, None, :]
    share = labels.share[:, None, None]
    good = share * of_passed + (1 - share) * of_failed
    agreement = mcc_at(share * of_passed / good, (1 - share) * (1 - of_failed) / (1 - good), good)
    return np.asarray((agreement >= GATE).mean(axis=(1, 2)))


def _gates(above: np.ndarray, low: float, at_once: float) -> tuple[np.ndarray, np.ndarray]:
    """Return in which weeks each gate closed, and after which it is open."""
    is_open, looks = np.zeros(len(above), dtype=bool), np.zeros(len(above), dtype=int)
    closed, opened = np.zeros(above.shape, dtype=bool), np.zeros(above.shape, dtype=bool)
    for week, now in enumerate(above.T):
        looks = np.where(is_open & (now < low), looks + 1, 0)
        closed[:, week] = is_open & ((looks >= LOW_LOOKS) | (now < at_once))
        is_open = (is_open & ~closed[:, week]) | (~is_open & (now >= (OPENS_LATER if week else OPENS_AT)))
        looks = np.where(is_open, looks, 0)
        opened[:, week] = is_open
    return closed, opened


def _decided(p_values: np.ndarray, change: np.ndarray, *, level: float) -> np.ndarray:
    """Return which drops are alarms: Benjamini and Hochberg over four drops and as many open gates.

    The gates' own probabilities are nowhere near (they would be closings) and only count.
    """
    by_world = np.nan_to_num(p_values, nan=1.0).reshape(-1, DIMENSIONS, p_values.shape[1])
    ranked = np.sort(by_world, axis=1)
    places = np.arange(1, DIMENSIONS + 1)[None, :, None]
    threshold = np.where(ranked <= level * places / (2 * DIMENSIONS), ranked, -1.0).max(axis=1)
    return (by_world <= threshold[:, None]).reshape(p_values.shape) & (change < -DROP)


def silent(worlds: int, random: np.random.Generator) -> Iterator[Line]:
    """Four judges on daily sevenths of 320 anchors: quiet days, and days until a silent change is told.

    Two scorings of an item by the same judge correlate at .95, as at a temperature above 0.
    """
    quiet: dict[str, dict[float, Figure]] = {}
    for prevalence in PREVALENCES:
        of = judge(0.72, prevalence)
        alarms = _silent_days(of, of, days=140, worlds=DIMENSIONS * worlds, random=random)
        first = _first(alarms).reshape(worlds, DIMENSIONS).min(axis=1)
        for span in (28, 112):
            promise = Promise(high=span / RUN_LENGTH)
            what = f"quiet: false alarm within {span} days, four judges"
            quiet.setdefault(what, {})[prevalence] = figure(list(first < 28 + span), promise)
    for what, figures in quiet.items():
        yield Line("silent, judges at .72", what, f"{ANCHORS} anchors", figures)
    for fall in (0.1, 0.2, 0.3):
        figures_of: dict[str, dict[float, Figure]] = {}
        for prevalence in PREVALENCES:
            of, then = judge(0.72, prevalence), judge(0.72 - fall, prevalence)
            first = _first(_silent_days(of, then, days=56, worlds=worlds, random=random)) - 28
            seen = first >= 0  # an alarm before the change is none of it
            for span in (3, 7, 14):
                in_time = list((first[seen] < span).astype(float))
                figures_of.setdefault(f"told within {span} days", {})[prevalence] = figure(in_time)
        for what, figures in figures_of.items():
            yield Line(f"silent fall of {fall:.1f} from .72", what, f"{ANCHORS} anchors", figures)


def _silent_days(
    was: Judge, then: Judge, *, days: int, worlds: int, random: np.random.Generator
) -> np.ndarray:
    """Return alarms [worlds, days]; the judge is another one from day 28 on, and no day repeats an alarm."""
    bar = np.log(RUN_LENGTH * DIMENSIONS)
    alarms = np.zeros((worlds, days), dtype=bool)
    human = np.arange(ANCHORS) % 2 == 0
    for world in range(worlds):
        item, levels = random.normal(size=ANCHORS), np.full(BETS, -np.inf)
        scorings: list[list[np.ndarray]] = [[] for _ in range(7)]
        for day in range(days):
            of, places = (was if day < FIRST_SILENT else then), np.arange(day % 7, ANCHORS, 7)
            latent = np.sqrt([SAME_BUILD, 1 - SAME_BUILD]) @ [item[places], random.normal(size=len(places))]
            right = latent < stats.norm.ppf(np.where(human[places], of.sensitivity, of.specificity))
            before = np.array(scorings[day % 7][-SCORINGS:])
            scorings[day % 7].append(right)
            if len(before):
                pairs = _pairs(before, right, human[places])
                levels = np.minimum(
                    np.logaddexp(levels, 0) + log_bets_of(pairs).sum(axis=0), bar + np.log(BETS)
                )
                alarms[world, day] = np.logaddexp.reduce(levels) - np.log(BETS) >= bar
    return alarms


def _pairs(before: np.ndarray, right: np.ndarray, human: np.ndarray) -> pd.DataFrame:
    passed = [np.where(human, one, ~one) for one in (*before, right)]
    return pd.DataFrame(
        {
            "right": right, "passed": passed[-1], "count": len(before), "right_before": before.sum(axis=0),
            "passed_before": np.sum(passed[:-1], axis=0),
        }
    )  # fmt: skip


def _first(alarms: np.ndarray) -> np.ndarray:
    return np.where(alarms.any(axis=1), alarms.argmax(axis=1), alarms.shape[1] + 999)


SECTIONS = {"drift_alerts": drift_alerts, "better_traffic": better_traffic, "silent": silent}
