from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.drift.detectors.mix import detect
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.aggregation.worlds import spec
from behavior_pipeline_tests.drift.cell_worlds import cells, evidence, judged

WEEKS = 12
LEVELS = np.array([0.97, 0.93, 0.85, 0.6])
SHARES = np.array([0.4, 0.3, 0.2, 0.1])


def found(passed: Any, n: Any) -> dict[str, Any]:
    table = cells(np.asarray(passed, dtype=float), np.asarray(n, dtype=float))
    findings = detect(evidence(len(n), {"weekly_cells": table}, judged())).findings
    assert len(findings) == 1
    return dict(findings.iloc[0])


def counts(
    rng: np.random.Generator, *, swing: float = 0.1, last: Any = None, fall: float = 0.0, size: int = 800
) -> tuple[Any, Any]:
    """Return passed and all traces of weeks whose shares wander; `last` are the last week's shares."""
    weights = SHARES * np.exp(swing * rng.normal(size=(WEEKS, 4)))
    shares = weights / weights.sum(axis=1, keepdims=True)
    if last is not None:
        shares[-1] = last
    n = np.array([rng.multinomial(size, share) for share in shares], dtype=float)
    levels = np.tile(LEVELS, (WEEKS, 1))
    levels[-1] -= fall
    return rng.binomial(n.astype(int), levels).astype(float), n


def world(rng: np.random.Generator, **given: Any) -> dict[str, Any]:
    return found(*counts(rng, **given))


@pytest.mark.slow
@pytest.mark.parametrize("swing", [0.0, 0.3])
def test_quiet_weeks_are_as_rare_as_their_p_values_say(swing: float) -> None:
    rng, names = np.random.default_rng(2), [f"d{number}" for number in range(25)]
    p, alarms = [], []
    for _ in range(20):
        table = pd.concat([cells(*counts(rng, swing=swing), dimension=name) for name in names])
        given = evidence(WEEKS, {"weekly_cells": table}, {name: spec(name) for name in names})
        findings = detect(given).findings
        p += list(findings["p_value"])
        alarms += list((findings["p_value"] <= 0.01) & (findings["reason"] == Reason.COMPARED))
    assert np.mean(np.array(p) <= 0.01) <= 0.02 and 0.05 <= np.mean(np.array(p) <= 0.1) <= 0.14
    assert np.mean(alarms) <= 0.02  # .01 and two errors of 500


def test_harder_traffic_is_found_and_explains_the_fall() -> None:
    rng = np.random.default_rng(5)
    rows = [world(rng, last=[0.25, 0.25, 0.2, 0.3]) for _ in range(40)]
    assert sum(row["p_value"] < 0.002 and row["reason"] == Reason.COMPARED for row in rows) >= 36
    row = rows[0]
    assert row["effect"] == pytest.approx((np.array([0.25, 0.25, 0.2, 0.3]) - SHARES) @ LEVELS, abs=0.02)
    assert abs(row["rest_effect"]) < 0.05
    assert (row["kind"], row["metric"], row["family"]) == ("coverage", "mix", "aggregate")


def test_worse_answers_at_the_same_traffic_are_not_the_mix() -> None:
    rng = np.random.default_rng(6)
    rows = [world(rng, fall=0.1) for _ in range(40)]
    assert all(row["reason"] == Reason.WITHIN_MOVED and row["rest_effect"] < -0.04 for row in rows)


def test_easier_traffic_that_hides_nothing_is_no_alarm() -> None:
    row = world(np.random.default_rng(1), last=[0.6, 0.3, 0.05, 0.05])
    assert row["p_value"] > 0.9 and row["reason"] == Reason.BELOW_EFFECT_FLOOR


def test_a_new_cell_counts_as_usual_until_its_level_is_known() -> None:
    n = np.tile([200.0, 200.0, np.nan], (WEEKS, 1))
    n[-1, 2] = 150
    passed = n * [0.95, 0.9, 0.2]
    row = found(passed, n)
    assert abs(row["effect"]) < 0.005 and row["reason"] == Reason.WITHIN_MOVED


@pytest.mark.parametrize(
    ("weeks", "reason"), [(2, Reason.SHORT_HISTORY), (4, Reason.SHORT_HISTORY), (5, None), (12, None)]
)
def test_short_histories_say_so(weeks: int, reason: Reason | None) -> None:
    n = np.full((weeks, 2), 300.0)
    table = cells(0.9 * n, n)
    findings = detect(evidence(weeks, {"weekly_cells": table}, judged())).findings
    assert list(findings["reason"]) == ([] if weeks == 2 else [reason or Reason.BELOW_EFFECT_FLOOR])


def test_all_pass_constant_scores_and_few_traces_are_told() -> None:
    n = np.full((WEEKS, 3), 100.0)
    assert found(n, n)["effect"] == 0 and found(n, n)["p_value"] == 0.5
    assert found(0.5 * n[:, :1], n[:, :1])["effect"] == 0
    few = np.full((WEEKS, 2), 20.0)
    assert found(0.9 * few, few)["reason"] == Reason.TOO_SMALL


def test_a_week_without_data_is_skipped_and_of_the_week_itself_nothing_is_told() -> None:
    n = np.full((WEEKS, 2), 300.0)
    n[5] = np.nan
    assert found(0.9 * n, n)["reason"] == Reason.BELOW_EFFECT_FLOOR
    n[-1] = np.nan
    table = cells(0.9 * n, n)
    assert detect(evidence(WEEKS, {"weekly_cells": table}, judged())).findings.empty
    assert isinstance(table, pd.DataFrame)
