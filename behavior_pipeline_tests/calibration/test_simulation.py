"""What the rules do in simulated worlds: how often a steady judge flaps or is said to have dropped."""

from itertools import pairwise

import numpy as np

from behavior_pipeline.calibration.agreement.drop import drop_of
from behavior_pipeline.calibration.agreement.measurement import Measurement
from behavior_pipeline.calibration.gate.decide import Before, Decision, Look, decide
from behavior_pipeline.dimensions.spec import Gate
from behavior_pipeline.statistics.agreement import mcc
from behavior_pipeline.statistics.posterior import mcc_posterior
from behavior_pipeline.words import GateState
from behavior_pipeline_tests.calibration.frames import labelled, monday, scores

STEADY = np.array([[0.405, 0.095], [0.10, 0.40]])  # MCC .61


def drawn(generator: np.random.Generator, n: int) -> np.ndarray:
    return generator.multinomial(n, STEADY.ravel()).reshape(2, 2)


def measured(table: np.ndarray) -> Measurement:
    return Measurement(
        "mcc", int(table.sum()), mcc(table).value, probability_above=mcc_posterior(table).above(0.6)
    )


def changes(gate: Gate, looks: list[Measurement]) -> int:
    """Return how often the gate changed between open and shut after its first decision."""
    decision = Decision(GateState.UNMEASURED, decide(gate, Before(), Look(0, looks[0])).reason)
    states = []
    for measurement in looks:
        decision = decide(gate, Before(decision.state, decision.low_looks), Look(measurement.n, measurement))
        states.append(decision.state is GateState.OPEN)
    return sum(first != second for first, second in pairwise(states))


def test_point_rule_flaps_at_the_border_and_the_posterior_rule_does_not() -> None:
    generator = np.random.default_rng(21)
    assert abs((mcc(STEADY).value or 0) - 0.61) < 0.001
    weeks = 150
    tables = [drawn(generator, 80) for _ in range(weeks)]
    pools = [sum(tables[max(0, week - 3) : week + 1]) for week in range(weeks)]
    flaps = changes(Gate(rule="point"), [measured(table) for table in tables])
    steady = changes(Gate(rule="posterior"), [measured(np.asarray(pool)) for pool in pools])
    assert 0.35 < flaps / weeks < 0.62, "in the long run 49 % of weeks"
    assert steady / weeks < 0.08


def test_drop_rule_is_quiet_in_steady_weeks_and_speaks_after_a_drop() -> None:
    generator = np.random.default_rng(22)
    rare = 0.01  # of weeks; four dimensions share the budget, so that less alarms
    worse = np.array([[0.36, 0.14], [0.16, 0.34]])  # MCC .40

    def announces(cells: np.ndarray) -> bool:
        before = labelled(0, tuple(drawn(generator, 320).ravel()))
        now = labelled(2, tuple(generator.multinomial(160, cells.ravel())))
        rows = scores(before, now)
        drop = drop_of(Gate(), rows, week=monday(2), judge="v1@a", pass_shares={})
        return drop.likely and (drop.p_value or 0.0) <= rare

    worlds = 100
    steady, dropped = (np.mean([announces(cells) for _ in range(worlds)]) for cells in (STEADY, worse))
    assert steady <= 0.04, "1 % is promised; 4 % of 100 worlds is three errors more"
    assert dropped > 0.6
