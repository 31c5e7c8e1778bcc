"""Labels missing for a gate: the number that opens it at an unchanged agreement, or why none does."""

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.calibration.agreement.measurement import measure
from behavior_pipeline.calibration.items.strata import Shares
from behavior_pipeline.dimensions.spec import Gate
from behavior_pipeline.labelling.allocation import allocation
from behavior_pipeline.labelling.labels_needed import labels_missing, pool_in_force
from behavior_pipeline.statistics.correlation import probability_rho_above
from behavior_pipeline.statistics.posterior import mcc_posterior, strata_mcc_posterior
from behavior_pipeline.tables.labelling import JUDGE_FAIL, JUDGE_PASS
from behavior_pipeline_tests.calibration import frames
from behavior_pipeline_tests.calibration.frames import AGREES, labelled, look, monday, spec
from behavior_pipeline_tests.statistics.strata import strata_by_verdict

MCC = Gate()
SPEARMAN = Gate(metric="spearman", minimum=0.7)
GOOD = (57, 11, 3, 49)  # golden mcc_stratified_90: MCC of production .69 at a pass share of .9, P .81


def by_verdict(cells: tuple[int, int, int, int]) -> pd.DataFrame:
    return frames.by_verdict(labelled(0, cells))


def part(cells: tuple[int, int, int, int], share: float) -> tuple[int, int, int, int]:
    return tuple(round(cell * share) for cell in cells)  # type: ignore[return-value]


def test_open_gate_misses_nothing() -> None:
    assert labels_missing(MCC, by_verdict(GOOD), Shares(0.9)).labels == 0


@pytest.mark.parametrize("share", [0.85, 0.9])
def test_number_is_the_smallest_ten_that_opens_the_gate_by_verdict(share: float) -> None:
    cells = part(GOOD, 1 / 3)
    missing = labels_missing(MCC, by_verdict(cells), Shares(share))
    tp, fn, fp, tn = cells

    def probability(more: int) -> float:
        passed, failed = tp + fp, fn + tn
        parts = allocation(MCC, {JUDGE_PASS: share, JUDGE_FAIL: 1 - share})
        of_passed, of_failed = more * parts[JUDGE_PASS] / passed, more * parts[JUDGE_FAIL] / failed
        table = [[tp * (1 + of_passed), fn * (1 + of_failed)], [fp * (1 + of_passed), tn * (1 + of_failed)]]
        return strata_mcc_posterior(strata_by_verdict(table, share)).above(0.6)

    assert probability(0) == measure(MCC, by_verdict(cells), Shares(share)).probability_above < 0.8
    assert missing.labels is not None and missing.labels % 10 == 0
    assert probability(missing.labels) >= 0.8 > probability(missing.labels - 10)


def test_so_many_labels_of_the_same_kind_do_open_it() -> None:
    """Told of a third of the items, the number is about what the other two thirds bring."""
    few, share = part(GOOD, 1 / 3), 0.9
    missing = labels_missing(MCC, by_verdict(few), Shares(share))
    assert missing.labels is not None
    more = part((57, 11, 3, 49), 1 / 3 + missing.labels / 120 + 0.03)
    assert (measure(MCC, by_verdict(more), Shares(share)).probability_above or 0) >= 0.79


def test_without_a_pass_share_labels_come_as_the_items_came() -> None:
    cells = (30, 4, 3, 10)
    missing = labels_missing(MCC, labelled(0, cells), None)
    shares = np.array([[30, 4], [3, 10]]) / 47
    assert missing.labels is not None
    at, before = (47 * shares + more * shares for more in (missing.labels, missing.labels - 10))
    assert mcc_posterior(at).above(0.6) >= 0.8 > mcc_posterior(before).above(0.6)


def graded(n: int, noise: float) -> pd.DataFrame:
    random = np.random.default_rng(5)
    human = random.integers(0, 5, n) / 4
    judge = np.clip(np.round((human + random.normal(0, noise, n)) * 4) / 4, 0, 1)
    base = labelled(0, (n, 0, 0, 0))
    return base.assign(human_score=human, judge_score=judge)


def test_rank_correlation_follows_its_standard_error() -> None:
    items = graded(60, 0.4)
    rho = measure(SPEARMAN, items, None).point
    missing = labels_missing(SPEARMAN, items, Shares(0.9))
    assert rho is not None and 0.7 < rho < 0.8
    assert missing.labels
    assert probability_rho_above(rho, 60 + missing.labels, 0.7) >= 0.8
    assert probability_rho_above(rho, 60 + missing.labels - 10, 0.7) < 0.8


@pytest.mark.parametrize(
    ("gate", "items", "share", "reason"),
    [
        (Gate(rule="exempt", why="declared"), labelled(0, AGREES), None, "exempt"),
        (MCC, labelled(0, AGREES).head(0), 0.9, "no_labels"),
        (MCC, labelled(0, (40, 0, 0, 0)), 0.9, "human_one_class"),
        (MCC, labelled(0, (30, 0, 10, 0)), 0.9, "judge_one_class"),
        (MCC, labelled(0, (28, 16, 12, 24)), 0.9, "gate_shut"),
        (MCC, by_verdict((28, 16, 12, 24)), 0.9, "gate_shut"),
        (MCC, labelled(0, (801, 199, 199, 801)), None, "agreement_unproven"),  # MCC .602
        (SPEARMAN, graded(60, 0.6), None, "gate_shut"),
    ],
)
def test_where_labels_do_not_help_there_is_a_reason_and_no_number(
    gate: Gate, items: pd.DataFrame, share: float | None, reason: str
) -> None:
    missing = labels_missing(gate, items, None if share is None else Shares(share))
    assert missing.labels is None
    assert missing.reason == reason


def test_point_rule_waits_for_forty_items_only() -> None:
    assert labels_missing(Gate(rule="point"), labelled(0, (12, 1, 1, 10)), None).labels == 16
    assert labels_missing(Gate(rule="point"), labelled(0, AGREES), None).labels == 0


def test_pool_in_force_is_what_the_agreement_of_the_week_is_computed_from() -> None:
    weeks = [labelled(n, AGREES) for n in range(6)]
    other = [labelled(5, AGREES, judge="v1@b"), labelled(5, AGREES, role="diagnostic", fresh=False)]
    row = look(spec(), 5, *weeks, *other).set_index("judge").loc["v1@a"]
    items = pool_in_force(spec(), pd.concat([*weeks, *other]), week=monday(5), judge="v1@a")
    assert len(items) == row["n"] == 4 * 80
    assert measure(spec().gate, items, None).probability_above == row["probability_above_gate"]
    assert pool_in_force(spec(), weeks[0], week=monday(5), judge="v1@a").empty
