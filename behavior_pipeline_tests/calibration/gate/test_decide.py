"""The gate's transitions as a table, and the laws that hold whatever the labels say."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.calibration.agreement.measurement import Measurement
from behavior_pipeline.calibration.gate.decide import Before, Look, decide
from behavior_pipeline.dimensions.spec import Gate
from behavior_pipeline.reasons import Reason
from behavior_pipeline.words import GateState

POSTERIOR = Gate(rule="posterior", minimum=0.6)
POINT = Gate(rule="point", minimum=0.6)
EXEMPT = Gate(rule="exempt", why="a declared target")


def seen(probability: float | None, *, point: float | None = 0.6, n: int = 80, fresh: int = 80) -> Look:
    reason = Reason.HUMAN_ONE_CLASS if point is None else None
    return Look(fresh, Measurement("mcc", n, point, reason, probability_above=probability))


def test_before_any_measurement_a_gate_is_as_its_rule_declares() -> None:
    assert [gate.declared_state for gate in (POSTERIOR, POINT, EXEMPT)] == [
        "unmeasured",
        "unmeasured",
        "exempt",
    ]


# state before, low looks before, P(agreement >= gate) -> state after, low looks after, reason
POSTERIOR_TABLE = [
    ("unmeasured", 0, 0.80, "open", 0, "agreement_reached"),
    ("unmeasured", 0, 0.79, "blocked", 0, "agreement_unproven"),
    ("unmeasured", 0, 0.10, "blocked", 0, "gate_shut"),
    ("blocked", 0, 0.79, "blocked", 0, "unchanged"),
    ("blocked", 0, 0.85, "open", 0, "agreement_reached"),
    ("open", 0, 0.50, "open", 0, "unchanged"),
    ("open", 0, 0.02, "open", 0, "unchanged"),
    ("open", 0, 0.019, "open", 1, "unchanged"),
    ("open", 1, 0.03, "open", 0, "unchanged"),
    ("open", 1, 0.019, "suspended", 0, "agreement_lost"),
    ("open", 0, 0.005, "open", 1, "unchanged"),
    ("open", 0, 0.0049, "suspended", 0, "agreement_lost"),
    ("suspended", 0, 0.79, "suspended", 0, "unchanged"),
    ("suspended", 0, 0.80, "open", 0, "agreement_reached"),
    ("open", 1, None, "open", 1, "human_one_class"),
]


@pytest.mark.parametrize("case", POSTERIOR_TABLE)
def test_posterior_rule(case: tuple[str, int, float | None, str, int, str]) -> None:
    state, low_looks, probability, after, low_after, reason = case
    point = None if probability is None else 0.6
    decision = decide(POSTERIOR, Before(GateState(state), low_looks), seen(probability, point=point))
    assert (decision.state, decision.low_looks, decision.reason) == (after, low_after, reason)


# state before, point, items -> state after, reason
POINT_TABLE = [
    ("unmeasured", 0.60, 80, "open", "agreement_reached"),
    ("unmeasured", 0.599, 80, "blocked", "gate_shut"),
    ("unmeasured", 0.70, 39, "unmeasured", "too_few"),
    ("open", 0.599, 40, "suspended", "agreement_lost"),
    ("open", 0.30, 39, "open", "too_few"),
    ("open", 0.60, 40, "open", "unchanged"),
    ("suspended", 0.66, 40, "open", "agreement_reached"),
    ("blocked", 0.59, 80, "blocked", "unchanged"),
    ("open", None, 80, "open", "human_one_class"),
]


@pytest.mark.parametrize(("state", "point", "n", "after", "reason"), POINT_TABLE)
def test_point_rule(state: str, point: float | None, n: int, after: str, reason: str) -> None:
    decision = decide(POINT, Before(GateState(state)), seen(0.5, point=point, n=n, fresh=n))
    assert (decision.state, decision.reason) == (after, reason)


# rule, point, P, items -> state of a new judge whose predecessor was open
SUCCESSORS = [
    (POINT, 0.65, 0.7, 40, "open", "agreement_reached"),
    (POINT, 0.52, 0.1, 40, "suspended", "agreement_lost"),
    (POINT, 0.90, 0.99, 39, "suspended", "response_model_changed"),
    (POINT, None, None, 0, "suspended", "response_model_changed"),
    (POSTERIOR, 0.75, 0.85, 90, "open", "agreement_reached"),
    (POSTERIOR, 0.62, 0.55, 90, "suspended", "response_model_changed"),
    (POSTERIOR, 0.40, 0.01, 90, "suspended", "agreement_lost"),
    (POSTERIOR, None, None, 0, "suspended", "response_model_changed"),
]


@pytest.mark.parametrize("case", SUCCESSORS)
def test_new_response_model_keeps_the_gate_open_only_with_labels(case: tuple[Any, ...]) -> None:
    gate, point, probability, n, after, reason = case
    before = Before(GateState.OPEN, new_judge=True, judge="v1@a")
    decision = decide(gate, before, seen(probability, point=point, n=n, fresh=n))
    assert (decision.state, decision.reason) == (after, reason)


# state of the predecessor, labels this week -> state of the new judge
HEIRS = [
    ("blocked", 0, "unmeasured", "no_labels"),
    ("unmeasured", 0, "unmeasured", "no_labels"),
    ("suspended", 0, "suspended", "response_model_changed"),
    ("suspended", 80, "open", "agreement_reached"),
    ("blocked", 80, "open", "agreement_reached"),
    ("exempt", 0, "unmeasured", "no_labels"),
]


@pytest.mark.parametrize(("state", "fresh", "after", "reason"), HEIRS)
def test_new_response_model_inherits_a_suspension_and_no_blocking(
    state: str, fresh: int, after: str, reason: str
) -> None:
    decision = decide(POSTERIOR, Before(GateState(state), new_judge=True), seen(0.9, fresh=fresh))
    assert (decision.state, decision.reason) == (after, reason)


# state before, P or no labels -> state after
EXEMPTIONS = [
    ("unmeasured", None, "exempt", "exempt"),
    ("exempt", None, "exempt", "exempt"),
    ("exempt", 0.005, "exempt", "exempt"),
    ("exempt", 0.004, "suspended", "agreement_lost"),
    ("unmeasured", 0.004, "blocked", "gate_shut"),
    ("suspended", None, "suspended", "unchanged"),
    ("suspended", 0.19, "suspended", "unchanged"),
    ("suspended", 0.20, "exempt", "exempt"),
]


@pytest.mark.parametrize(("state", "probability", "after", "reason"), EXEMPTIONS)
def test_shut_measurement_outranks_the_exemption(
    state: str, probability: float | None, after: str, reason: str
) -> None:
    look = seen(probability, fresh=0 if probability is None else 80)
    decision = decide(EXEMPT, Before(GateState(state)), look)
    assert (decision.state, decision.reason) == (after, reason)


@pytest.mark.parametrize("gate", [POINT, POSTERIOR])
@pytest.mark.parametrize("state", ["unmeasured", "blocked", "open", "suspended"])
def test_week_without_labels_keeps_the_state(gate: Gate, state: str) -> None:
    decision = decide(gate, Before(GateState(state), low_looks=1), seen(0.01, point=0.1, fresh=0))
    assert (decision.state, decision.low_looks) == (state, 1)


@pytest.mark.parametrize("gate", [POINT, POSTERIOR])
def test_new_dataset_with_few_labels_moves_nothing(gate: Gate) -> None:
    look = Look(39, seen(0.01, point=0.1, n=39).measured, new_dataset=True)
    assert decide(gate, Before(GateState.OPEN), look).state is GateState.OPEN


@pytest.mark.parametrize("gate", [POINT, POSTERIOR])
def test_judge_that_says_one_thing_of_everything_is_shut(gate: Gate) -> None:
    look = Look(80, Measurement("spearman", 80, reason=Reason.JUDGE_ONE_CLASS))
    decision = decide(gate, Before(GateState.OPEN), look)
    assert (decision.state, decision.reason) == (GateState.SUSPENDED, Reason.JUDGE_ONE_CLASS)


STATES = st.sampled_from([GateState.UNMEASURED, GateState.BLOCKED, GateState.OPEN, GateState.SUSPENDED])


LOOKS = st.builds(
    seen, st.none() | st.floats(0, 1), point=st.none() | st.floats(-1, 1), n=st.integers(0, 200),
    fresh=st.integers(0, 200),
)  # fmt: skip


@given(before=st.builds(Before, STATES, st.integers(0, 1), st.booleans()), look=LOOKS, by_point=st.booleans())
def test_only_allowed_transitions_happen(before: Before, look: Look, by_point: bool) -> None:
    decision = decide(POINT if by_point else POSTERIOR, before, look)
    allowed = {
        GateState.UNMEASURED: {GateState.UNMEASURED, GateState.BLOCKED, GateState.OPEN},
        GateState.BLOCKED: {GateState.BLOCKED, GateState.OPEN}
        | ({GateState.UNMEASURED} if before.new_judge else set()),
        GateState.OPEN: {GateState.OPEN, GateState.SUSPENDED},
        GateState.SUSPENDED: {GateState.SUSPENDED, GateState.OPEN},
    }
    assert decision.state in allowed[before.state]
    assert decision.low_looks <= 1


@pytest.mark.parametrize("state", ["blocked", "suspended", "unmeasured"])
def test_after_the_first_look_a_shut_gate_asks_for_more(state: str) -> None:
    before = Before(GateState(state), looks=1)
    assert decide(POSTERIOR, before, seen(0.94)).state is not GateState.OPEN
    assert decide(POSTERIOR, before, seen(0.95)).state is GateState.OPEN


def test_looks_shut_no_gate_that_is_open() -> None:
    assert decide(POSTERIOR, Before(GateState.OPEN, looks=30), seen(0.3)).state is GateState.OPEN
