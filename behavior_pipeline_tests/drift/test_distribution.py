from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.drift.detectors.distribution import detect
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.cells import WEEKLY_LEVELS
from behavior_pipeline.tables.weekly import WEEKLY_SCORES
from behavior_pipeline_tests.drift import worlds
from behavior_pipeline_tests.drift.cell_worlds import KEY, evidence, judged, monday

WEEKS, N = 11, 500
SHARES = np.array([0.1, 0.2, 0.4, 0.2, 0.1])
SAME_MEAN = np.array([0.2, 0.1, 0.4, 0.1, 0.2])
SCORES = np.array([0, 0.25, 0.5, 0.75, 1])


def found(counts: Any, *, effect: float = 1.0) -> pd.DataFrame:
    """Return findings by slice value of counts by series, week and level; the first series is `all`."""
    counts = np.asarray(counts, dtype=float)
    levels, scores = [], []
    for series, week in np.ndindex(counts.shape[:2]):
        if not counts[series, week].sum():
            continue
        where = worlds.identity(*(() if not series else (KEY, f"c{series}")))
        scores.append(where | {"week": monday(week + 1), "pooled_design_effect": effect})
        levels += [
            where | {"week": monday(week + 1), "score": score, "n": int(n), "weight": 5 * n}
            for score, n in zip(SCORES[: counts.shape[2]], counts[series, week], strict=True)
            if n
        ]
    tables = {
        "weekly_levels": worlds.typed(pd.DataFrame(levels), WEEKLY_LEVELS),
        "weekly_scores": worlds.typed(pd.DataFrame(scores), WEEKLY_SCORES),
    }
    return detect(evidence(counts.shape[1], tables, judged())).findings.set_index("slice_value")


def quiet(rng: np.random.Generator, series: int, *, spread: float | None = None) -> np.ndarray:
    shares = np.tile(SHARES, (series, WEEKS, 1))
    if spread is not None:
        shares = np.array([rng.dirichlet(spread * SHARES, size=WEEKS) for _ in range(series)])
    return np.array([[rng.multinomial(N, share) for share in one] for one in shares])


@pytest.mark.slow
@pytest.mark.parametrize("spread", [None, 300.0])
def test_quiet_weeks_are_as_rare_as_their_p_values_say(spread: float | None) -> None:
    rng = np.random.default_rng(6)
    p = np.concatenate([found(quiet(rng, 12, spread=spread))["p_value"].to_numpy(float) for _ in range(25)])
    assert (p <= 0.01).mean() <= 0.03 and 0.05 <= (p <= 0.1).mean() <= 0.15


def test_another_shape_at_the_same_mean_is_found() -> None:
    rng, hits = np.random.default_rng(2), 0
    for _ in range(20):
        counts = quiet(rng, 3)
        counts[0, -1] = rng.multinomial(N, SAME_MEAN)
        row = found(counts).loc["all"]
        hits += row["p_value"] < 0.015 / 15
    assert hits >= 19
    assert (row["kind"], row["metric"], row["unit"], row["worse"]) == (
        "distribution",
        "wasserstein",
        "score",
        0,
    )
    moved = np.abs(np.cumsum(SAME_MEAN - SHARES))[:-1].sum() / 4
    assert row["effect"] == pytest.approx(moved, abs=0.03) and row["band_high"] < row["effect"]


def test_alike_traces_of_a_user_count_less() -> None:
    counts = quiet(np.random.default_rng(4), 1)
    counts[0, -1] = N * np.add(SHARES, [0.03, 0, 0, 0, -0.03])
    alone, alike = found(counts).loc["all"], found(counts, effect=2.0).loc["all"]
    assert alone["p_value"] < alike["p_value"] and alike["n_eff"] == N / 2


def test_short_history_few_traces_and_one_level_say_so() -> None:
    counts = quiet(np.random.default_rng(4), 2)
    assert set(found(counts[:, -3:])["reason"]) == {Reason.SHORT_HISTORY}
    assert set(found(counts // 10)["reason"]) == {Reason.TOO_SMALL}
    constant = np.zeros((1, WEEKS, 5))
    constant[..., 3] = N
    assert found(constant).loc["all", "p_value"] == 1


def test_a_week_without_data_is_skipped_and_an_alarmed_one_is_in_no_baseline() -> None:
    counts = quiet(np.random.default_rng(4), 2)
    counts[:, 4] = 0
    rows = found(counts)
    assert set(rows["reason"]) == {Reason.COMPARED} and "2026-02-02" not in rows["baseline_periods"].iloc[0]
    counts[:, -1] = 0
    assert found(counts).empty
