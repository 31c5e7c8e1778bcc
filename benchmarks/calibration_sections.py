"""The simulations of benchmarks/calibration.py, each on the product's own functions."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import calibration_worlds as worlds_of
import numpy as np
import pandas as pd
from calibration_worlds import GRADES, JUDGED, Anchors, Errors, Judge, judge, monday, share_seen

from behavior_pipeline.calibration.agreement.drop import (
    BASELINE_WEEKS,
    CURRENT_WEEKS,
    DROP,
    LIKELY_ON_ANCHORS,
    Change,
    drop_of,
)
from behavior_pipeline.calibration.agreement.measurement import Measurement, measure
from behavior_pipeline.calibration.gate.decide import OPENS_AT, OPENS_LATER, Before, Look, decide
from behavior_pipeline.calibration.items.pool import POOLED_WEEKS
from behavior_pipeline.calibration.items.strata import Shares
from behavior_pipeline.dimensions.spec import Gate
from behavior_pipeline.statistics import correlation
from behavior_pipeline.statistics.agreement import spearman
from behavior_pipeline.statistics.corrected import (
    Few,
    Many,
    Rate,
    lang_reiczigel,
    post_stratified,
    ppi_mean,
    rogan_gladen,
)
from behavior_pipeline.words import SPEAKING, GateState

PREVALENCES = (0.5, 0.8, 0.9, 0.94, 0.97)
SIZES = (80, 240, 400)
POWER_SIZES = (40, 80, 160, 240, 320, 480, 960)
LOOKS = 12
WEAK, GOOD = 0.5, 0.75
FELL = 0.15
FALSE_ALARMS = 0.02  # of weeks, where one dimension is looked at alone; `drift_alerts` shows what is told
POSTERIOR, POINT = Gate(rule="posterior", minimum=0.6), Gate(rule="point", minimum=0.6)
GRADED = Gate(rule="posterior", metric="spearman", minimum=0.7)
OFF_BY = {0.5: 0.05, 0.8: 0.05, 0.9: 0.05, 0.94: -0.05, 0.97: -0.05}  # +5 points of .97 do not exist


@dataclass(frozen=True)
class Promise:
    """A range in which a figure is promised to be; `known` names a promise that is known not to hold here."""

    low: float = -np.inf
    high: float = np.inf
    known: bool = False


@dataclass(frozen=True)
class Figure:
    """What was measured, its Monte Carlo error, and what was promised."""

    value: float
    error: float
    promise: Promise | None = None

    @property
    def verdict(self) -> str:
        """`ok`, `near` (outside by less than two errors), `missed`, `short` (known), or nothing promised."""
        if self.promise is None:
            return ""
        outside = max(self.promise.low - self.value, self.value - self.promise.high, 0.0)
        if outside == 0:
            return "ok"
        if self.promise.known:
            return "short"
        return "near" if outside <= 2 * self.error else "missed"


@dataclass(frozen=True)
class Line:
    """A row of the table: a figure by prevalence, or by another named column."""

    section: str
    what: str
    labels: str
    figures: Mapping[float, Figure] | Mapping[str, Figure] = field(default_factory=dict)


Promised = Callable[[float], Promise | None]
Values = dict[str, list[float]]


def no_promise(_: float) -> Promise | None:
    """Nothing is promised of this line."""
    return None


def figure(values: list[float], promise: Promise | None = None) -> Figure:
    """Return a mean over worlds with its error; shares of few worlds never have an error of 0."""
    seen = np.asarray(values, dtype=float)
    n, mean = len(seen), float(seen.mean())
    smoothed = (seen.sum() + 1) / (n + 2)
    spread = float(seen.std()) if ((seen != 0) & (seen != 1)).any() else np.sqrt(smoothed * (1 - smoothed))
    return Figure(mean, spread / np.sqrt(n), promise)


def gate(worlds: int, random: np.random.Generator) -> Iterator[Line]:
    """How often a weak judge's gate opens and a good judge's is open, by labels a week."""
    yield from _gate("unbiased", SIZES, worlds=worlds, random=random)
    for errors in ("even", "lenient"):
        yield from _gate(errors, (240,), worlds=max(worlds // 3, 10), random=random)


def _gate(
    errors: Errors, sizes: tuple[int, ...], *, worlds: int, random: np.random.Generator
) -> Iterator[Line]:
    for n in sizes:
        lines: dict[str, dict[float, Figure]] = defaultdict(dict)
        kept = errors == "unbiased" and n == 240
        for prevalence in PREVALENCES:
            outcomes: Values = defaultdict(list)
            for _ in range(worlds):
                _weak_world(judge(WEAK, prevalence, errors), n, outcomes, random)
                _good_world(judge(GOOD, prevalence, errors), n, outcomes, random)
            for what, values in outcomes.items():
                promise = (
                    _gate_promise(what, prevalence) if kept or (errors == "unbiased" and n == 400) else None
                )
                lines[what][prevalence] = figure(values, promise)
        for what, figures in lines.items():
            yield Line(f"gate, {errors} judge", what, f"{n} a week", figures)


def _gate_promise(what: str, prevalence: float) -> Promise | None:
    if "point rule" in what:
        return None
    if what.startswith("opens wrongly"):
        per_look, over_looks = (0.05, 0.10) if prevalence <= 0.94 else (0.07, 0.14)
        return Promise(high=over_looks if "12" in what else per_look)
    if prevalence <= 0.9:
        return Promise(low=0.9)
    return Promise(low=0.7) if prevalence == 0.97 else None


def _weak_world(of: Judge, n: int, outcomes: Values, random: np.random.Generator) -> None:
    tables, states = [], {"posterior": Before(), "point rule": Before()}
    opened = {name: [] for name in states}
    alone = []
    for _ in range(LOOKS):
        tables.append(worlds_of.labels(of, n, random))
        share = share_seen(of, random)
        looks = {
            "posterior": Look(n, measure(POSTERIOR, _pool(tables), share)),
            "point rule": Look(n, measure(POINT, worlds_of.items(tables[-1]), share)),
        }
        blocked = Before(GateState.BLOCKED, looks=len(tables) - 1)
        alone.append(decide(POSTERIOR, blocked, looks["posterior"]).state in SPEAKING)
        for name, look in looks.items():
            decision = decide(POINT if "point" in name else POSTERIOR, states[name], look)
            states[name] = Before(decision.state, decision.low_looks, looks=len(tables))
            opened[name].append(decision.state in SPEAKING)
    outcomes["opens wrongly, first look"].append(alone[0])
    outcomes["opens wrongly, a look at 4 weeks"].append(float(np.mean(alone[POOLED_WEEKS - 1 :])))
    outcomes["opens wrongly in 12 looks"].append(any(opened["posterior"]))
    outcomes["point rule: opens wrongly, a look"].append(float(np.mean(opened["point rule"])))
    outcomes["point rule: opens wrongly in 12 looks"].append(any(opened["point rule"]))


def _good_world(of: Judge, n: int, outcomes: Values, random: np.random.Generator) -> None:
    tables, before, states = [], Before(), []
    for _ in range(POOLED_WEEKS):
        tables.append(worlds_of.labels(of, n, random))
        decision = decide(
            POSTERIOR, before, Look(n, measure(POSTERIOR, _pool(tables), share_seen(of, random)))
        )
        before = Before(decision.state, decision.low_looks, looks=len(tables))
        states.append(decision.state in SPEAKING)
    point = measure(POINT, worlds_of.items(tables[-1]), share_seen(of, random))
    outcomes["open at .75, first look"].append(states[0])
    outcomes["open at .75, after 4 weeks"].append(states[-1])
    outcomes["point rule: open at .75"].append(decide(POINT, Before(), Look(n, point)).state in SPEAKING)


def _pool(tables: list[np.ndarray]) -> pd.DataFrame:
    return worlds_of.items(worlds_of.pooled(tables[-POOLED_WEEKS:]))


def coverage(worlds: int, random: np.random.Generator) -> Iterator[Line]:
    """How often intervals of an agreement hold the truth."""
    for n in (80, 240):
        lines: dict[str, dict[float, Figure]] = defaultdict(dict)
        for prevalence in PREVALENCES:
            outcomes: Values = defaultdict(list)
            for _ in range(4 * worlds):
                for truth in (WEAK, GOOD):
                    _mcc_interval(judge(truth, prevalence), n, outcomes, random)
            for _ in range(worlds):
                _rho_intervals(0.75, prevalence, n=n, outcomes=outcomes, random=random)
            for what, values in outcomes.items():
                lines[what][prevalence] = figure(values, _held(what, n, prevalence))
        for what, figures in sorted(lines.items()):
            yield Line("coverage, 95 %", what, str(n), figures)


def _held(what: str, n: int, prevalence: float) -> Promise | None:
    """Return two points about 95 %; with 80 labels and rare failures the few counts that occur skip them."""
    return None if what.startswith("missing") else Promise(0.93, 0.97, known=n == 80 and prevalence >= 0.9)


def _mcc_interval(of: Judge, n: int, outcomes: Values, random: np.random.Generator) -> None:
    by_verdict = worlds_of.items(worlds_of.labels(of, n, random))
    plain = worlds_of.items(worlds_of.plain_labels(of, n, random), by_verdict=False)
    for what, items in (
        (f"MCC {of.mcc:.2f}, by the queue", by_verdict),
        (f"MCC {of.mcc:.2f}, at random", plain),
    ):
        shown = measure(POSTERIOR, items, share_seen(of, random))
        outcomes[f"missing: {what}"].append(shown.low is None)
        if shown.low is not None and shown.high is not None:
            outcomes[what].append(shown.low <= of.mcc <= shown.high)


def _rho_intervals(
    rho: float, prevalence: float, *, n: int, outcomes: Values, random: np.random.Generator
) -> None:
    items = worlds_of.graded_items(worlds_of.graded(rho, prevalence), n, random)
    human, verdicts = items["human_score"], items["judge_score"]
    bca, point = correlation.spearman_bca(human, verdicts), spearman(human, verdicts).value
    outcomes["missing: Spearman .75, BCa"].append(bca is None)
    if bca is not None:
        outcomes["Spearman .75, BCa"].append(bca[0] <= rho <= bca[1])
    if point is not None:
        low, high = correlation.bonett_wright(point, n)
        outcomes["Spearman .75, Bonett-Wright"].append(low <= rho <= high)


def drops(worlds: int, random: np.random.Generator) -> Iterator[Line]:
    """Alarms of the drop rule on a steady judge, and how soon it finds a drop of .15."""
    for errors, n, anchors in (
        ("unbiased", 240, (240, 320)),
        ("even", 240, (320,)),
        ("unbiased", 80, (320,)),
    ):
        main = errors == "unbiased" and n == 240
        lines: dict[str, dict[float, Figure]] = defaultdict(dict)
        for prevalence in PREVALENCES:
            outcomes: Values = defaultdict(list)
            for _ in range(worlds if main else max(worlds // 3, 10)):
                _drop_world(prevalence, errors, n=n, anchors=anchors, outcomes=outcomes, random=random)
            for what, values in outcomes.items():
                lines[what][prevalence] = figure(values, _drop_promise(what, prevalence) if main else None)
        for what, figures in lines.items():
            yield Line(f"drop, {errors} judge", what, f"{n} a week", figures)


def _drop_promise(what: str, prevalence: float) -> Promise | None:
    if what.startswith("steady"):
        return Promise(high=0.02)
    if what.startswith("drop"):
        if "anchors" not in what:  # no rule with 2 % of false alarms finds more where failures are rare
            return Promise(low=0.75, known=prevalence > 0.8)
        return Promise(low=0.9) if "320" in what else None
    return None


def _drop_world(
    prevalence: float,
    errors: Errors,
    *,
    n: int,
    anchors: tuple[int, ...],
    outcomes: Values,
    random: np.random.Generator,
) -> None:
    steady, fallen = judge(GOOD, prevalence, errors), judge(GOOD - FELL, prevalence, errors)
    first = BASELINE_WEEKS + CURRENT_WEEKS  # weeks before the fall
    of_week = [steady] * first + [fallen] * CURRENT_WEEKS
    tables = [worlds_of.labels(of, n, random) for of in of_week]
    shares = {monday(week): share_seen(of, random) for week, of in enumerate(of_week)}
    rows = [worlds_of.fresh(table, week) for week, table in enumerate(tables)]
    changes = _changes(rows, shares)
    alarms, moved = _alarms(changes), [(change.change or 0) < -DROP for change in changes]
    outcomes["steady: alarms a week, labels alone"].append(alarms[0])
    outcomes["drop of .15 found, labels alone"].append(any(alarms[1:]))
    for size in anchors:
        fixed = Anchors(size, random)
        scored = [fixed.scored(of, week, str(of is fallen)) for week, of in enumerate(of_week)]
        with_anchors = _alarms(_changes([pd.concat(pair) for pair in zip(rows, scored, strict=True)], shares))
        outcomes[f"steady: alarms a week, {size} anchors"].append(with_anchors[0])
        outcomes[f"drop of .15 found, {size} anchors"].append(any(with_anchors[1:]))
    likely = [(change.probability or 0) >= LIKELY_ON_ANCHORS for change in changes]
    outcomes["P(drop) ≥ .9 alone: alarms, steady"].append(likely[0])
    outcomes["P(drop) ≥ .9 alone: finds .15"].append(any(likely[1:]))
    outcomes["naive rule, same pools: alarms, steady"].append(moved[0])
    outcomes["naive rule, same pools: finds .15"].append(any(moved[1:]))
    weeks = [measure(POINT, worlds_of.items(tables[at]), shares[monday(at)]).point for at in (0, 1)]
    outcomes["naive rule, single weeks: alarms, steady"].append(weeks[1] - weeks[0] < -DROP)


def _changes(weeks: list[pd.DataFrame], shares: dict[date, Shares]) -> list[Change]:
    """Return what the rule says in the last steady week and in the two after the fall."""
    return [
        drop_of(
            POSTERIOR, pd.concat(weeks[: week + 1]), week=monday(week), judge="v1@a",
            pass_shares={"v1@a": shares},
        )
        for week in range(len(weeks) - CURRENT_WEEKS - 1, len(weeks))
    ]  # fmt: skip


def _alarms(changes: list[Change]) -> list[bool]:
    return [change.likely and (change.p_value or 0.0) <= FALSE_ALARMS for change in changes]


def corrected(worlds: int, random: np.random.Generator) -> Iterator[Line]:
    """Bias (in points) and coverage of what share is truly good, where the judge is off by 5 points."""
    for n in (80, 240):
        lines: dict[str, dict[float, Figure]] = defaultdict(dict)
        for prevalence in PREVALENCES:
            outcomes: Values = defaultdict(list)
            for _ in range(40 * worlds):
                _corrected_world(prevalence, n, outcomes, random)
            for what, values in outcomes.items():
                lines[what][prevalence] = figure(values, _corrected_promise(what, n, prevalence))
        for what, figures in sorted(lines.items()):
            yield Line("corrected level", what, str(n), figures)


def _corrected_promise(what: str, n: int, prevalence: float) -> Promise | None:
    if "raw" in what or what == "bias, points: Rogan-Gladen":  # a ratio of noisy rates; a cross-check only
        return None
    if what.startswith("bias"):
        return Promise(-0.3, 0.3)
    return _held(what, n, prevalence)


def _corrected_world(prevalence: float, n: int, outcomes: Values, random: np.random.Generator) -> None:
    of = worlds_of.with_pass_share(WEAK, prevalence, prevalence + OFF_BY[prevalence])
    share, table = share_seen(of, random), worlds_of.labels(of, n, random)
    outcomes["bias, points: raw judge"].append(100 * (share - prevalence))
    _add(outcomes, "post-stratified", post_stratified(share, table, pass_share_n=JUDGED), prevalence)
    plain = worlds_of.plain_labels(of, n, random)
    (tp, fn), (fp, tn) = plain
    if tp + fn and fp + tn:
        sensitivity, specificity = Rate(tp, tp + fn), Rate(tn, fp + tn)
        interval = lang_reiczigel(Rate(share * JUDGED, JUDGED), sensitivity, specificity)
        point = rogan_gladen(
            share, sensitivity=sensitivity.share, specificity=specificity.share, clipped=False
        )
        if point.value is not None and interval.low is not None and interval.high is not None:
            outcomes["bias, points: Rogan-Gladen"].append(100 * (point.value - prevalence))
            outcomes["covers: Lang-Reiczigel"].append(interval.low <= prevalence <= interval.high)
    _graded_mean(prevalence, n, outcomes, random)


def _graded_mean(prevalence: float, n: int, outcomes: Values, random: np.random.Generator) -> None:
    shares = worlds_of.graded(0.75, prevalence)
    truth = float(shares.sum(axis=1) @ GRADES)
    few = worlds_of.graded_items(shares, n, random)
    judged = GRADES[random.choice(5, size=JUDGED, p=shares.sum(axis=0))] - 0.05  # a judge that is off by 5
    ours = Few(few["human_score"].to_numpy(), few["judge_score"].to_numpy() - 0.05)
    outcomes["bias, points: raw graded judge"].append(100 * (float(judged.mean()) - truth))
    _add(outcomes, "PPI++, graded", ppi_mean([ours], [Many.of(judged)]).estimate, truth)


def _add(outcomes: Values, name: str, estimate: object, truth: float) -> None:
    value, low, high = (getattr(estimate, part) for part in ("value", "low", "high"))
    if value is not None and low is not None:
        outcomes[f"bias, points: {name}"].append(100 * (value - truth))
        outcomes[f"covers: {name}"].append(low <= truth <= high)


def open_chances(worlds: int, random: np.random.Generator) -> dict[float, dict[int, tuple[float, ...]]]:
    """Return how often a look opens the gate on a judge at .75: by threshold, labels, then prevalence."""
    chances: dict[float, dict[int, tuple[float, ...]]] = {OPENS_AT: {}, OPENS_LATER: {}}
    for n in POWER_SIZES:
        looks = [
            [_one_look(judge(GOOD, prevalence), n, random).probability_above or 0.0 for _ in range(worlds)]
            for prevalence in PREVALENCES
        ]
        for threshold, by_labels in chances.items():
            opened = [np.mean(np.asarray(probabilities) >= threshold) for probabilities in looks]
            by_labels[n] = tuple(round(float(share), 2) for share in opened)
    return chances


def _one_look(of: Judge, n: int, random: np.random.Generator) -> Measurement:
    return measure(POSTERIOR, worlds_of.items(worlds_of.labels(of, n, random)), share_seen(of, random))


SECTIONS = {"gate": gate, "coverage": coverage, "drop": drops, "corrected": corrected}
