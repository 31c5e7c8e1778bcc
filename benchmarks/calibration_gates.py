"""The sections `looks`, `checks` and `weights` of benchmarks/calibration.py: what a gate goes by.

`before` of `looks` is half of the labels from what the judge failed and one threshold for all looks. `before`
of `checks` is the agreement of check and judge together, of labels half of which failed. In `weights` judge
B is measured on labels that judge A's verdict drew; `before` gives A's strata the share that B passes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

import calibration_worlds as worlds_of
import numpy as np
import pandas as pd
from calibration_sections import POSTERIOR, Figure, Line, Promise, Values, figure
from calibration_worlds import JUDGED, judge, share_seen

from behavior_pipeline.calibration.agreement.measurement import Measurement, measure
from behavior_pipeline.calibration.gate.decide import OPENS_AT, Before, Look, decide
from behavior_pipeline.calibration.items.pool import POOLED_WEEKS
from behavior_pipeline.calibration.items.strata import Shares
from behavior_pipeline.calibration.judges.compare import compare
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.labelling.allocation import allocation
from behavior_pipeline.tables.labelling import CHECK_FAIL, JUDGE_FAIL, JUDGE_PASS
from behavior_pipeline.words import SPEAKING

RARE = (0.9, 0.94, 0.97)  # shares of good traces at which looks matter
YEAR, QUARTER = 52, 12
WEAK, NEARLY, GOOD = 0.5, 0.55, 0.75
LOOKS = ((WEAK, YEAR), (NEARLY, QUARTER), (GOOD, POOLED_WEEKS))
CHECKED = 0.5  # of what fails is failed by the check
GOOD_OF_CHECKED = 0.02  # what people pass of what the check fails


def looks(worlds: int, random: np.random.Generator) -> Iterator[Line]:
    """How often a gate opens by a look, after a quarter and after a year of looks."""
    for n, of_worlds in ((240, worlds), (80, max(worlds // 4, 10))):
        lines: dict[str, dict[float, Figure]] = defaultdict(dict)
        for prevalence in RARE:
            outcomes: Values = defaultdict(list)
            for _ in range(of_worlds):
                for truth, count in LOOKS:
                    _look_world(truth, prevalence, n=n, count=count, outcomes=outcomes, random=random)
            for what, values in outcomes.items():
                lines[what][prevalence] = figure(values, _look_promise(what, prevalence, n))
        for what, figures in sorted(lines.items()):
            yield Line("looks", what, f"{n} a week", figures)


def _look_promise(what: str, prevalence: float, n: int) -> Promise | None:
    if n != 240 or prevalence != 0.97 or "before" in what:
        return None
    promises = {
        "true .50: open within 12 looks": Promise(high=0.10),
        "true .50: open within 52 looks": Promise(high=0.15),
        "true .75: open at the first look": Promise(low=0.78),
    }
    return promises.get(what)


def _look_world(
    truth: float, prevalence: float, *, n: int, count: int, outcomes: Values, random: np.random.Generator
) -> None:
    of = judge(truth, prevalence)
    for rule, part in (("", None), (", before", 0.5)):
        tables, opened = [], []
        for number in range(count):
            tables.append(worlds_of.labels(of, n, random, part=part))
            pool = worlds_of.items(worlds_of.pooled(tables[-POOLED_WEEKS:]))
            measured = measure(POSTERIOR, pool, share_seen(of, random))
            shut = Before(looks=number if part is None else 0)
            opened.append(decide(POSTERIOR, shut, Look(n, measured)).state in SPEAKING)
        for span in (span for span in (1, POOLED_WEEKS, QUARTER, YEAR) if span <= count):
            what = "at the first look" if span == 1 else f"within {span} looks"
            outcomes[f"true {_two(truth)}: open {what}{rule}"].append(any(opened[:span]))


def checks(worlds: int, random: np.random.Generator) -> Iterator[Line]:
    """A good check beside a judge: how often the gate opens at a look, by both agreements."""
    for truth in (0.28, GOOD):
        lines: dict[str, dict[float, Figure]] = defaultdict(dict)
        for prevalence in (0.8, 0.9, 0.94):
            outcomes: Values = defaultdict(list)
            for _ in range(worlds):
                _checked_world(truth, prevalence, outcomes, random)
            for what, values in outcomes.items():
                lines[what][prevalence] = figure(values, _check_promise(what, truth, prevalence))
        for what, figures in sorted(lines.items()):
            yield Line(f"checks, judge at {_two(truth)}", what, "240", figures)


def _check_promise(what: str, truth: float, prevalence: float) -> Promise | None:
    if what == "gate opens":
        return Promise(high=0.02) if truth < WEAK else None
    return Promise(0.93, 0.97, known=prevalence > 0.9) if what.startswith("covers") else None


def _checked_world(truth: float, prevalence: float, outcomes: Values, random: np.random.Generator) -> None:
    """One look at 240 labels; the judge has this agreement on what no check fails."""
    failed = CHECKED * (1 - prevalence)
    of = judge(truth, (prevalence - failed * GOOD_OF_CHECKED) / (1 - failed))
    passed = (1 - failed) * of.pass_share
    shares = {JUDGE_PASS: passed, JUDGE_FAIL: 1 - failed - passed, CHECK_FAIL: failed}
    good = {JUDGE_PASS: of.good_of_passed, JUDGE_FAIL: 1 - of.bad_of_failed, CHECK_FAIL: GOOD_OF_CHECKED}
    seen = random.multinomial(JUDGED, list(shares.values())) / JUDGED
    known = Shares(float(seen[0]), failed_by_check=float(seen[2]))
    parts = allocation(POSTERIOR, shares)
    now = measure(POSTERIOR, _checked_items(parts, good, random), known)
    fails = {name: 0.5 * shares[name] / (1 - shares[JUDGE_PASS]) for name in (JUDGE_FAIL, CHECK_FAIL)}
    before = measure(POSTERIOR, _checked_items({JUDGE_PASS: 0.5} | fails, good, random), Shares(known.passed))
    outcomes["gate opens"].append((now.smaller(POSTERIOR).probability_above or 0.0) >= OPENS_AT)
    outcomes["gate opens, before"].append((before.probability_above or 0.0) >= OPENS_AT)
    whole = _composite(shares, good)
    outcomes["agreement of both, truth"].append(whole)
    for what, measured, true in (("both", now, whole), ("judged part", now.judged, truth)):
        if measured is not None and measured.low is not None and measured.high is not None:
            outcomes[f"covers: {what}"].append(measured.low <= true <= measured.high)


def _composite(shares: Mapping[str, float], good: Mapping[str, float]) -> float:
    prevalence = sum(shares[name] * good[name] for name in shares)
    passed = shares[JUDGE_PASS]
    covariance = passed * (good[JUDGE_PASS] - prevalence)
    return float(covariance / np.sqrt(passed * (1 - passed) * prevalence * (1 - prevalence)))


def _checked_items(
    parts: Mapping[str, float], good: Mapping[str, float], random: np.random.Generator
) -> pd.DataFrame:
    stratum = np.repeat(list(parts), [round(240 * part) for part in parts.values()])
    rates = np.array([min(max(good[name], 0.0), 1.0) for name in stratum])
    return pd.DataFrame(
        {
            "human_score": (random.random(len(stratum)) < rates).astype(float),
            "judge_score": (stratum == JUDGE_PASS).astype(float),
            "stratum": stratum,
            "evaluator": np.where(stratum == CHECK_FAIL, "check:c", "judge:j"),
        }
    )


def weights(worlds: int, random: np.random.Generator) -> Iterator[Line]:
    """A judge that is measured on another judge's labels: bias and coverage of its agreement, and of both."""
    for n in (80, 240):
        lines: dict[str, dict[float, Figure]] = defaultdict(dict)
        for prevalence in (0.5, 0.8, 0.9, 0.94, 0.97):
            outcomes: Values = defaultdict(list)
            for _ in range(worlds):
                _weighted_world(prevalence, n, outcomes, random)
            for what, values in outcomes.items():
                lines[what][prevalence] = figure(values, _weight_promise(what, n, prevalence))
        for what, figures in sorted(lines.items()):
            yield Line("weights, two equal judges at .75", what, str(n), figures)


def _weight_promise(what: str, n: int, prevalence: float) -> Promise | None:
    if "before" in what or not what.startswith("covers"):
        return None
    return Promise(0.93, 0.97, known=n == 80 or prevalence > 0.9)


def _weighted_world(prevalence: float, n: int, outcomes: Values, random: np.random.Generator) -> None:
    """Judges A and B err independently; A's verdict draws the labels of a week of 5,000 judged traces."""
    of = judge(GOOD, prevalence)
    human = random.random(JUDGED) < prevalence
    rate = np.where(human, of.sensitivity, of.specificity)
    verdicts = [np.where(random.random(JUDGED) < rate, human, ~human) for _ in range(2)]
    chosen, probability = _queued(verdicts[0], n, random)
    rows = pd.DataFrame(
        {
            "item_id": chosen, "human_score": human[chosen].astype(float), "evaluator": "judge:j",
            "stratum": np.where(verdicts[0][chosen], JUDGE_PASS, JUDGE_FAIL),
            "inclusion_probability": probability,
        }
    )  # fmt: skip
    first, second = (rows.assign(judge_score=verdict[chosen].astype(float)) for verdict in verdicts)
    passed = float(verdicts[1].mean())
    _add(outcomes, "judge B", measure(POSTERIOR, second, Shares(passed)), of.mcc)
    _add(outcomes, "judge B, before", _by_wrong_share(second, passed), of.mcc)
    comparison = compare(SPEC, first, second)
    if comparison.interval is not None and comparison.difference is not None:
        outcomes["bias, points: B less A"].append(100 * comparison.difference)
        outcomes["covers: B less A"].append(comparison.interval[0] <= 0 <= comparison.interval[1])
        outcomes["names a winner of equals"].append(comparison.choice in ("first", "second"))


def _queued(passed: np.ndarray, n: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the labelled traces and their probability: the rank of the first that is left out."""
    part = worlds_of.passed_part(round(float(passed.mean()), 2))
    chosen, probabilities = [], []
    for verdict, size in ((True, round(n * part)), (False, n - round(n * part))):
        places = np.flatnonzero(passed == verdict)
        u = random.random(len(places))
        order = np.argsort(u)
        taken = order[: min(size, len(places))]
        threshold = u[order[size]] if size < len(places) else 1.0
        chosen.append(places[taken])
        probabilities.append(np.full(len(taken), threshold))
    return np.concatenate(chosen), np.concatenate(probabilities)


def _by_wrong_share(items: pd.DataFrame, passed: float) -> Measurement:
    """Return the agreement with the strata of B's verdict, as if they had drawn the labels."""
    stratum = np.where(items["judge_score"] > 0, JUDGE_PASS, JUDGE_FAIL)
    return measure(POSTERIOR, items.assign(stratum=stratum, inclusion_probability=np.nan), Shares(passed))


def _add(outcomes: Values, name: str, measured: Measurement, truth: float) -> None:
    if measured.point is not None and measured.low is not None and measured.high is not None:
        outcomes[f"bias, points: {name}"].append(100 * (measured.point - truth))
        outcomes[f"covers: {name}"].append(measured.low <= truth <= measured.high)


def _two(value: float) -> str:
    return f"{value:.2f}"[1:]


SPEC = DimensionSpec.model_validate(
    {
        "name": "tone", "description": "Of a simulation.", "owner": "team:benchmark",
        "scale": {"kind": "binary", "labels": {"good": 1.0, "bad": 0.0}},
        "judge": {"version": "v1", "model": "m"},
        "rubric_version": "v1", "rubric": "?", "rubric_digest": "0" * 8,
    }
)  # fmt: skip
Section = Callable[[int, np.random.Generator], Iterator[Line]]
SECTIONS: dict[str, Section] = {"looks": looks, "checks": checks, "weights": weights}
