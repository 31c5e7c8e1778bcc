"""The corrected level of a week in weeks that fall, recover and stay, and under judges that change.

Before: labels of four weeks pooled by verdict (of grades: a pooled difference of people and judge). After:
what the judge does in common to the weeks, a level for each. A judge is written as sensitivity/specificity.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from calibration_gates import SPEC
from calibration_sections import Figure, Line, Promise, figure
from calibration_worlds import GRADES, SAME_BUILD
from scipy import optimize, stats

from behavior_pipeline.aggregation.corrected_levels import FEWEST_ALONE, REJECTED
from behavior_pipeline.calibration.anchors.judge import moved
from behavior_pipeline.calibration.anchors.paired import paired
from behavior_pipeline.statistics.common_line import combined, line_through
from behavior_pipeline.statistics.common_rates import CommonRates, Weeks, common_rates
from behavior_pipeline.statistics.common_rates import same_rates as test_of_same_rates
from behavior_pipeline.statistics.corrected import Few, Many, Ppi, post_stratified, ppi_mean, unit_interval
from behavior_pipeline.statistics.estimate import Estimate

JUDGED = 1000  # effective size of a week's judged traffic
SIZES = (80, 240)
ANCHORS = 320
NEAR = 0.02  # by so much chi-squared may be off where counts are small
Judge = tuple[float, float]
Array = np.ndarray


@dataclass(frozen=True)
class History:
    """Four weeks: their levels, what the judge's rates become and when, and labels per week by share of n."""

    name: str
    levels: tuple[float, ...]
    becomes: tuple[float, float] = (0.0, 0.0)  # added to sensitivity and specificity
    from_week: int = 4
    labels: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    judged: int = JUDGED

    def judges(self, judge: Judge) -> Array:
        """Return sensitivity and specificity by week."""
        moved = (np.arange(len(self.levels)) >= self.from_week)[:, None] * np.array(self.becomes)
        return np.clip(np.array(judge) + moved, 0.02, 0.995)


HISTORIES = (
    History("steady .94", (0.94,) * 4),
    History("falls now .94 to .84", (0.94, 0.94, 0.94, 0.84)),
    History("fell last week .94 to .84", (0.94, 0.94, 0.84, 0.84)),
    History("falls now .94 to .91", (0.94, 0.94, 0.94, 0.91)),
    History("falls now .94 to .64", (0.94, 0.94, 0.94, 0.64)),
    History("declines .94 .92 .90 .88", (0.94, 0.92, 0.90, 0.88)),
    History("recovers now .84 to .94", (0.84, 0.84, 0.84, 0.94)),
    History("rare failures .97", (0.97,) * 4),
    History("falls now .97 to .92", (0.97, 0.97, 0.97, 0.92)),
    History("falls now to .84, 1/8 of the labels", (0.94, 0.94, 0.94, 0.84), labels=(1, 1, 1, 0.125)),
)
CHANGES = (
    History("sensitivity -.05 now", (0.94,) * 4, (-0.05, 0), 3),
    History("sensitivity -.10 now", (0.94,) * 4, (-0.10, 0), 3),
    History("sensitivity -.10 last week", (0.94,) * 4, (-0.10, 0), 2),
    History("specificity -.15 now", (0.94,) * 4, (0, -0.15), 3),
    History("specificity -.30 now", (0.94,) * 4, (0, -0.30), 3),
    History("specificity -.30 last week", (0.94,) * 4, (0, -0.30), 2),
    History("specificity -.30 now, falls to .84", (0.94, 0.94, 0.94, 0.84), (0, -0.30), 3),
)
# As a week of the queue is made first: its labels come in the week after.
LATER = (
    History("steady .94", (0.94,) * 4, labels=(1, 1, 1, 0)),
    History("falls now .94 to .84", (0.94, 0.94, 0.94, 0.84), labels=(1, 1, 1, 0)),
    History("sensitivity -.10 now", (0.94,) * 4, (-0.10, 0), 3, labels=(1, 1, 1, 0)),
    History("specificity -.30 now", (0.94,) * 4, (0, -0.30), 3, labels=(1, 1, 1, 0)),
)
KINDS = (("judge steady", HISTORIES), ("judge changes", CHANGES), ("labels come later", LATER))
JUDGES: tuple[Judge, ...] = ((0.95, 0.80), (0.90, 0.60), (0.99, 0.50))


@dataclass
class Outcomes:
    """Errors in points and covered intervals of several rules over worlds; a missing level is left out."""

    errors: dict[str, list[float]] = field(default_factory=dict)
    covered: dict[str, list[bool]] = field(default_factory=dict)

    def add(self, rule: str, level: Array, low: Array, high: Array, truth: Array | float) -> None:
        """Add worlds."""
        known = ~np.isnan(level)
        if not known.any():
            return
        self.errors.setdefault(rule, []).extend((100 * (level - truth))[known])
        inside = (low <= np.add(truth, 1e-9)) & (np.subtract(truth, 1e-9) <= high)
        self.covered.setdefault(rule, []).extend(inside[known])

    def figures(self, promise: bool) -> Iterator[tuple[str, Figure]]:
        """Return bias, error and coverage of each rule; promises are of the rule `after`."""
        for rule, errors in self.errors.items():
            kept = promise and rule == "after"
            yield f"bias, points: {rule}", figure(errors, Promise(-0.5, 0.5) if kept else None)
        for rule, errors in self.errors.items():
            yield f"error, points: {rule}", root_mean_square(errors)
        for rule, covered in self.covered.items():
            kept = promise and rule == "after"
            yield f"covers: {rule}", figure(list(covered), Promise(low=0.92) if kept else None)


def root_mean_square(errors: list[float]) -> Figure:
    """Return a root mean square with its Monte Carlo error."""
    squares = np.square(errors)
    value = float(np.sqrt(squares.mean()))
    return Figure(value, float(squares.std() / np.sqrt(len(squares)) / (2 * value)) if value else 0.0)


def levels(worlds: int, random: np.random.Generator) -> Iterator[Line]:
    """Bias, error and coverage of verdicts' levels by history and judge; how often weeks are kept apart."""
    for n in SIZES:
        for kind, histories in KINDS:
            for history in histories:
                figures: dict[str, dict[str, Figure]] = {}
                for judge in JUDGES:
                    name = f"judge {judge[0]:.2f}/{judge[1]:.2f}"
                    steady = kind == "judge steady"
                    for what, value in _of_cell(
                        history, judge, n, worlds=worlds, random=random, promise=steady
                    ):
                        figures.setdefault(what, {})[name] = value
                for what, by_judge in figures.items():
                    yield Line(f"{kind}: {history.name}", what, f"{n} a week", by_judge)


def _of_cell(
    history: History, judge: Judge, n: int, *, worlds: int, random: np.random.Generator, promise: bool
) -> Iterator[tuple[str, Figure]]:
    shares, tables = drawn(history, judge, n, worlds, random)
    truth, outcomes = history.levels[-1], Outcomes()
    outcomes.add("before (pooled by verdict)", *pooled(shares, tables), truth)
    alone = this_week(shares, tables)
    outcomes.add("this week's labels alone", *alone, truth)
    fit = common_rates(Weeks.of(shares, history.judged, tables))
    outcomes.add("after", *decided(fit, alone), truth)
    if not history.labels[-1]:
        steady = ~moved_on_anchors(history, judge, worlds, random)
        with_anchors = (np.where(steady, part, np.nan) for part in decided(fit, alone))
        outcomes.add("after, by anchors too", *with_anchors, truth)
        yield "kept apart by anchors", figure(list(~steady))
    yield from outcomes.figures(promise)
    yield "weeks kept apart", figure(list(fit.p_value < REJECTED))


def drawn(
    history: History, judge: Judge, n: int, worlds: int, random: np.random.Generator
) -> tuple[Array, Array]:
    """Return pass shares [worlds, weeks] and label tables [worlds, weeks, 2, 2], half of them judge-fail."""
    level, (sensitivity, specificity) = np.array(history.levels), history.judges(judge).T
    passed = level * sensitivity + (1 - level) * (1 - specificity)
    of_passed, of_failed = level * sensitivity / passed, level * (1 - sensitivity) / (1 - passed)
    weeks = (worlds, len(level))
    half = np.maximum(np.array(history.labels) * n / 2, 1).astype(int)
    good = [random.binomial(half, rate, weeks) for rate in (of_passed, of_failed)]
    tables = np.stack([np.stack(good, -1), np.stack([half - count for count in good], -1)], -2)
    return random.binomial(history.judged, passed, weeks) / history.judged, tables


def moved_on_anchors(history: History, judge: Judge, worlds: int, random: np.random.Generator) -> Array:
    """Return whether anchors say in the last week that the judge moved since the first."""
    human = np.repeat([1.0, 0.0], [ANCHORS - ANCHORS // 2, ANCHORS // 2])
    rates = history.judges(judge)
    moves = []
    for _ in range(worlds):
        item = random.normal(size=ANCHORS)
        parts = np.sqrt([SAME_BUILD, 1 - SAME_BUILD])
        latent = [parts @ [item, random.normal(size=ANCHORS)] for _ in range(2)]
        before, after = (
            np.where(one < stats.norm.ppf(np.where(human > 0, *of)), human, 1 - human)
            for one, of in zip(latent, (rates[0], rates[-1]), strict=True)
        )
        changes = paired(SPEC, pd.DataFrame({"before": before, "after": after, "other": human}))
        moves.append(moved(SPEC, changes))
    return np.array(moves)


def pooled(shares: Array, tables: Array) -> tuple[Array, Array, Array]:
    """Return level, low and high as they were before: labels of all weeks by verdict, shares of the last."""
    return _post_stratified(shares[:, -1], tables.sum(axis=1))


def this_week(shares: Array, tables: Array) -> tuple[Array, Array, Array]:
    """Return level, low and high by the labels of the last week; NaN where they are too few."""
    if tables[0, -1].sum() < FEWEST_ALONE:
        return (np.full(len(shares), np.nan),) * 3
    return _post_stratified(shares[:, -1], tables[:, -1])


def decided(fit: CommonRates, alone: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
    """Return level, low and high by the product's rule."""
    apart = (fit.p_value < REJECTED) | (fit.sensitivity + fit.specificity <= 1)
    common = (fit.level, fit.low, fit.high)
    low, middle, high = (np.where(apart, *pair) for pair in zip(alone, common, strict=True))
    return low, middle, high


def _post_stratified(shares: Array, tables: Array) -> tuple[Array, Array, Array]:
    estimates = [
        post_stratified(float(share), table, pass_share_n=JUDGED)
        for share, table in zip(shares, tables, strict=True)
    ]
    rows = [(one.value, one.low, one.high) for one in estimates]
    level, low, high = np.array(rows, dtype=float).T
    return level, low, high


def same_rates(worlds: int, random: np.random.Generator) -> Iterator[Line]:
    """How often the test of the same rates rejects where they are the same, down to few labels."""
    for n in (20, 40, 80, 240):
        for history in HISTORIES:
            figures: dict[str, dict[str, Figure]] = {}
            for judge in JUDGES:
                shares, tables = drawn(history, judge, n, 4 * worlds, random)
                p_value = test_of_same_rates(Weeks.of(shares, history.judged, tables))
                for level in (0.05, 0.10):
                    what = f"rejected at {level:.2f}"
                    value = figure(list(p_value < level), Promise(high=level + NEAR))
                    figures.setdefault(what, {})[f"judge {judge[0]:.2f}/{judge[1]:.2f}"] = value
            for what, by_judge in figures.items():
                yield Line(f"same rates: {history.name}", what, f"{n} a week", by_judge)


Grader = Callable[[Array, np.random.Generator], Array]


def strict(human: Array, random: np.random.Generator) -> Array:
    """Return grades of a judge that takes off up to two steps."""
    return np.clip(human - random.choice([0, 0.25, 0.5], len(human), p=[0.65, 0.3, 0.05]), 0, 1)


def shrunk(human: Array, random: np.random.Generator) -> Array:
    """Return grades of a judge that uses half of the scale."""
    return np.round((0.35 + 0.5 * human + random.normal(0, 0.15, len(human))) * 4) / 4


def weak(human: Array, random: np.random.Generator) -> Array:
    """Return grades of a judge that hardly follows people."""
    return np.clip(np.round((0.6 + 0.25 * human + random.normal(0, 0.25, len(human))) * 4) / 4, 0, 1)


GRADERS: dict[str, Grader] = {"strict judge": strict, "half the scale": shrunk, "weak judge": weak}
GRADED = (
    History("steady .70", (0.70,) * 4),
    History("falls now .75 to .65", (0.75, 0.75, 0.75, 0.65)),
    History("falls now .90 to .80", (0.90, 0.90, 0.90, 0.80)),
    History("recovers now .65 to .75", (0.65, 0.65, 0.65, 0.75)),
)
TRACES = 400


def grades(worlds: int, random: np.random.Generator) -> Iterator[Line]:
    """Bias, error and coverage of graded levels by history and judge; the truth is that of the 400 traces."""
    for n in (40, 80):
        for history in GRADED:
            figures: dict[str, dict[str, Figure]] = {}
            for name, grader in GRADERS.items():
                outcomes = Outcomes()
                for _ in range(worlds):
                    _graded_world(history, grader, n, outcomes, random)
                for what, value in outcomes.figures(promise=True):
                    figures.setdefault(what, {})[name] = value
            for what, by_judge in figures.items():
                yield Line(f"grades: {history.name}", what, f"{n} a week", by_judge)


@dataclass(frozen=True)
class _Week:
    human: Array
    judge: Array
    labelled: Array  # places

    @property
    def weight(self) -> Array:
        """Return the labels' weights, as the verdicts are in the week."""
        passed, of_all = self.judge[self.labelled] >= 0.5, self.judge >= 0.5
        drawn_of = np.where(passed, passed.sum(), (~passed).sum())
        return np.where(passed, of_all.mean(), 1 - of_all.mean()) / drawn_of * len(passed)


def _graded_world(
    history: History, grader: Grader, n: int, outcomes: Outcomes, random: np.random.Generator
) -> None:
    weeks = [_graded_week(level, grader, n, random) for level in history.levels]
    last, truth = weeks[-1], float(weeks[-1].human.mean())
    everything = [np.concatenate([getattr(week, name)[week.labelled] for week in weeks]) for name in SIDES]
    _add(outcomes, "before (pooled by verdict)", _ppi(last, *everything).estimate, truth)
    alone = _ppi(last, last.human[last.labelled], last.judge[last.labelled])
    _add(outcomes, "this week's labels alone", alone.estimate, truth)
    before = [np.concatenate([getattr(week, name)[week.labelled] for week in weeks[:-1]]) for name in SIDES]
    line = line_through(*before, np.concatenate([week.weight for week in weeks[:-1]]))
    mixed = alone.estimate
    if line is not None:
        error = float(last.judge.std() / np.sqrt(len(last.judge)))
        by_line = line.level(float(last.judge.mean()), error)
        both, p_value = combined(alone, by_line, slope=line.slope, error=error)
        mixed = both if p_value >= REJECTED else mixed
    _add(outcomes, "after", mixed, truth)


SIDES = ("human", "judge")


def _graded_week(level: float, grader: Grader, n: int, random: np.random.Generator) -> _Week:
    human = random.choice(GRADES, TRACES, p=_tilted(level))
    judge = grader(human, random)
    passed = judge >= 0.5
    fails = min(n // 2, int((~passed).sum()))
    picked = [
        random.choice(np.flatnonzero(places), count, replace=False)
        for places, count in ((passed, min(n - fails, int(passed.sum()))), (~passed, fails))
    ]
    return _Week(human, judge, np.concatenate(picked))


def _tilted(level: float) -> Array:
    """Return shares of five grades with this mean."""
    base = np.array([0.05, 0.1, 0.2, 0.3, 0.35])

    def shares(tilt: float) -> Array:
        tilted = base * np.exp(tilt * GRADES)
        return tilted / tilted.sum()

    return shares(float(optimize.brentq(lambda tilt: shares(tilt) @ GRADES - level, -30, 30)))


def _ppi(week: _Week, human: Array, judge: Array) -> Ppi:
    few, many = [], []
    for passes in (True, False):
        of_all, of_few = (week.judge >= 0.5) == passes, (judge >= 0.5) == passes
        if of_all.any():
            scores = week.judge[of_all]
            many.append(Many(float(of_all.mean()), float(scores.mean()), float(scores.var()), TRACES))
            few.append(Few(human[of_few], judge[of_few]))
    return ppi_mean(few, many, traffic=TRACES)


def _add(outcomes: Outcomes, rule: str, estimate: Estimate, truth: float) -> None:
    ends = unit_interval(estimate)
    if estimate.value is not None and ends is not None:
        outcomes.add(rule, *(np.array([value]) for value in (estimate.value, *ends)), truth)


SECTIONS = {"levels": levels, "same_rates": same_rates, "grades": grades}
