"""The gate in words: what it rests on, what its labels cannot show, and that the chances told are true."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.calibration.agreement.measurement import measure
from behavior_pipeline.calibration.gate.decide import Before, Look, decide
from behavior_pipeline.calibration.gate.sentence import (
    FIRST_LOOK,
    LATER_LOOK,
    gate_limits,
    gate_text,
    noise_of_drop,
    open_chance,
)
from behavior_pipeline.calibration.items.strata import Shares
from behavior_pipeline.dimensions.spec import Gate
from behavior_pipeline.labelling.allocation import allocation
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.agreement import mcc
from behavior_pipeline.tables.labelling import JUDGE_FAIL, JUDGE_PASS
from behavior_pipeline.words import GateState
from behavior_pipeline_tests.calibration.frames import AGREES, labelled, look, run, spec

POSTERIOR = Gate(rule="posterior", minimum=0.6)


def row(**other: Any) -> dict[str, Any]:
    base = {
        "gate_state": "open", "reason": "agreement_reached", "metric": "mcc", "n": 80, "weeks_pooled": 1,
        "point": 0.61, "low": 0.44, "high": 0.78, "minimum": 0.6, "probability_above_gate": 0.55,
        "prevalence": 0.5, "human_ceiling": 0.81,
    }  # fmt: skip
    return base | other


def test_both_sentences() -> None:
    assert gate_text(row()) == (
        "The gate is open (the agreement is above the gate): Matthews correlation with people .61"
        " (.44 to .78), P(at least .60) .55, from 80 labels of 1 week; people agree with each other at .81."
        " With 80 labels a fall by .05 between two such pools is noise in 34 % of cases, and a judge at .75"
        " has a chance of 84 % to open the gate at a look."
    )


def test_the_judged_part_is_told_where_a_check_failed_some_items() -> None:
    part = {
        "judged_n": 84, "judged_point": 0.28, "judged_low": 0.1, "judged_high": 0.44,
        "judged_probability_above_gate": 0.0, "judged_reason": None,
    }  # fmt: skip
    assert (
        "What no check failed: .28 (.10 to .44), P(at least .60) .00, from 84 labels; the gate goes by the"
        " smaller." in gate_text(row(**part))
    )
    alike = part | {"judged_point": None, "judged_reason": "human_one_class"}
    assert "What no check failed: not known (the human labels are all alike" in gate_text(row(**alike))
    assert "no check" not in gate_text(row(**dict.fromkeys(part)))


def test_gate_without_labels_says_only_that() -> None:
    (gate,) = look(spec(), 0).to_dict("records")
    assert gate_text(gate) == "The gate is unmeasured (no labelled items of this judge and rubric)."


def test_gate_that_stays_gives_no_reason_for_it() -> None:
    rows = run(spec(), [labelled(0, AGREES)], [labelled(1, AGREES)])
    text = gate_text(rows.to_dict("records")[-1])
    assert text.startswith("The gate is open: Matthews correlation with people .80 (")
    assert "from 160 labels of 2 weeks" in text


def test_labels_all_alike_have_no_limits_to_tell() -> None:
    gate = row(point=None, low=None, high=None, probability_above_gate=None, reason="human_one_class")
    assert gate_limits(gate) == ""
    assert "label more of the rarer class" in gate_text(gate)


@pytest.mark.parametrize("state", list(GateState))
@pytest.mark.parametrize("reason", [Reason.UNCHANGED, Reason.GATE_SHUT, Reason.EXEMPT])
def test_every_state_has_words(state: GateState, reason: Reason) -> None:
    text = gate_text(row(gate_state=str(state), reason=str(reason)))
    assert text.startswith("The gate is ")
    assert "nan" not in text


def test_noise_at_80_labels_is_what_was_published() -> None:
    """At n = 80, a drop of .05 is noise in 30 to 42 % of weeks; by simulation as by the formula."""
    steady = np.array([[0.405, 0.095], [0.10, 0.40]])  # MCC .61
    tables = np.random.default_rng(41).multinomial(80, steady.ravel(), size=(3000, 2)).reshape(-1, 2, 2, 2)
    points = np.array([[mcc(table).value or 0.0 for table in pair] for pair in tables])
    seen = np.mean(points[:, 1] - points[:, 0] < -0.05)
    (measured,) = look(spec("posterior"), 0, labelled(0, (32, 8, 8, 32))).to_dict("records")
    noise = noise_of_drop(measured)
    assert noise is not None
    assert 0.30 < noise < 0.42
    assert noise == pytest.approx(seen, abs=0.03)


class TestChanceToOpen:
    @pytest.mark.parametrize(("n", "prevalence"), [(80, 0.9), (240, 0.97), (160, 0.5)])
    def test_pinned_chance_is_what_the_gate_does(self, n: int, prevalence: float) -> None:
        """A judge at .75 that passes as many as are good: both predictive values follow from that."""
        good, bad = prevalence + 0.75 * (1 - prevalence), 1 - prevalence + 0.75 * prevalence
        generator = np.random.default_rng(42)
        opened = []
        for _ in range(150):
            parts = allocation(POSTERIOR, {JUDGE_PASS: prevalence, JUDGE_FAIL: 1 - prevalence})
            of_passed = round(n * parts[JUDGE_PASS])
            of_failed = n - of_passed
            verdicts = np.repeat([1.0, 0.0], [of_passed, of_failed])
            passed, failed = generator.binomial(of_passed, good), generator.binomial(of_failed, bad)
            human = np.concatenate([np.arange(of_passed) < passed, np.arange(of_failed) >= failed]).astype(
                float
            )
            stratum = np.where(verdicts > 0, "judge_pass", "judge_fail")
            items = pd.DataFrame({"human_score": human, "judge_score": verdicts, "stratum": stratum})
            share = generator.binomial(5000, prevalence) / 5000
            opened.append(
                decide(POSTERIOR, Before(), Look(n, measure(POSTERIOR, items, Shares(share)))).state
                is GateState.OPEN
            )
        chance = open_chance(row(n=n, prevalence=prevalence))
        assert chance == pytest.approx(np.mean(opened), abs=0.12)  # 3 errors

    def test_more_labels_never_lower_it(self) -> None:
        for pinned in (FIRST_LOOK, LATER_LOOK):
            chances = np.array(list(pinned.values()))
            assert (np.diff(chances, axis=0) >= 0).all()
            assert (np.diff(chances, axis=1) <= 0).all()
        assert (np.array(list(LATER_LOOK.values())) <= np.array(list(FIRST_LOOK.values()))).all()
        first, later = (open_chance(row(n=240, prevalence=0.97, looks=looks)) for looks in (1, 2))
        assert (first, later) == (0.80, 0.48)
        by_labels = [open_chance(row(n=n, prevalence=0.93)) for n in (40, 55, 80, 200, 1000, 5000)]
        assert by_labels == sorted(by_labels, key=float)

    def test_naming_the_classes_the_other_way_round_changes_nothing(self) -> None:
        assert open_chance(row(prevalence=0.1)) == open_chance(row(prevalence=0.9))

    def test_graded_scale_follows_the_formula(self) -> None:
        graded = row(metric="spearman", minimum=0.7, prevalence=None)
        few, many = open_chance(graded), open_chance(graded | {"n": 400})
        assert few is not None and many is not None
        assert 0.9 < few < many

    @pytest.mark.parametrize(
        "other", [{"minimum": 0.5}, {"n": 39}, {"minimum": None}, {"metric": "spearman", "n": 3}]
    )
    def test_what_is_not_known_is_not_told(self, other: dict[str, Any]) -> None:
        assert open_chance(row(**other)) is None
