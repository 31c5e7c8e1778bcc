"""The worlds of benchmarks/calibration.py are what they say, and a missed promise is seen."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import calibration_corrected as corrected
import calibration_sections as sections
import calibration_worlds as worlds

from behavior_pipeline.aggregation.corrected_levels import Evidence, Traffic, level_of_verdicts
from behavior_pipeline.statistics.agreement import mcc
from behavior_pipeline.statistics.common_rates import Weeks, common_rates


@pytest.mark.parametrize("errors", ["unbiased", "even", "lenient"])
@pytest.mark.parametrize("prevalence", sections.PREVALENCES)
@pytest.mark.parametrize("agreement", [0.5, 0.6, 0.75])
def test_judge_has_the_agreement_of_its_name(
    errors: worlds.Errors, prevalence: float, agreement: float
) -> None:
    of = worlds.judge(agreement, prevalence, errors)
    assert mcc(of.cells).value == pytest.approx(agreement, abs=1e-6)
    assert of.cells[0].sum() == pytest.approx(prevalence)
    if errors == "unbiased":
        assert of.pass_share == pytest.approx(prevalence)


@pytest.mark.parametrize("prevalence", sections.PREVALENCES)
def test_judge_of_the_corrected_level_is_off_by_five_points(prevalence: float) -> None:
    of = worlds.with_pass_share(sections.WEAK, prevalence, prevalence + sections.OFF_BY[prevalence])
    assert abs(of.pass_share - prevalence) == pytest.approx(0.05)
    assert ((of.cells >= 0) & (of.cells <= 1)).all()


def test_labels_are_of_both_verdicts_as_the_queue_draws_them_or_as_told() -> None:
    of, random = worlds.judge(0.5, 0.97), np.random.default_rng(1)
    assert worlds.labels(of, 240, random, part=0.5).sum(axis=0).tolist() == [120, 120]
    table = worlds.labels(of, 240, random)
    assert table.sum(axis=0).tolist() == [192, 48]
    counts = worlds.items(table)["stratum"].value_counts().to_dict()
    assert counts == {"judge_pass": 192, "judge_fail": 48, "random": 0}


def test_anchors_are_alike_between_scorings_of_one_build_and_less_between_builds() -> None:
    anchors = worlds.Anchors(4000, np.random.default_rng(2))
    of = worlds.judge(0.75, 0.9)
    first, again, other = (
        anchors.scored(of, week, build)["judge_score"] for week, build in ((0, "a"), (1, "a"), (2, "b"))
    )
    assert np.mean(first != again) < np.mean(first != other) < 0.2
    right = np.mean(first[anchors.human == 0] == 0)
    assert right == pytest.approx(of.specificity, abs=0.03)


@pytest.mark.parametrize("prevalence", [0.5, 0.97])
def test_graded_world_has_the_rank_correlation_of_its_name(prevalence: float) -> None:
    shares = worlds.graded(0.75, prevalence)
    assert worlds.population_rho(shares) == pytest.approx(0.75, abs=0.001)
    assert shares.sum(axis=1)[2:].sum() == pytest.approx(prevalence, abs=0.001)


@pytest.mark.parametrize(
    ("value", "error", "promise", "verdict"),
    [
        (0.04, 0.01, sections.Promise(high=0.05), "ok"),
        (0.06, 0.01, sections.Promise(high=0.05), "near"),
        (0.09, 0.01, sections.Promise(high=0.05), "missed"),
        (0.60, 0.01, sections.Promise(low=0.75, known=True), "short"),
        (0.60, 0.01, None, ""),
    ],
)
def test_verdict(value: float, error: float, promise: sections.Promise | None, verdict: str) -> None:
    assert sections.Figure(value, error, promise).verdict == verdict


def test_share_of_few_worlds_has_an_error() -> None:
    assert sections.figure([0.0] * 10).error > 0.05


def test_levels_of_the_benchmark_are_those_of_the_product() -> None:
    """The benchmark decides over all worlds at once, the product over one series."""
    history, endless = corrected.CHANGES[0], 1e12
    shares, tables = corrected.drawn(history, (0.95, 0.80), 80, 12, np.random.default_rng(3))
    fit = common_rates(Weeks.of(shares, history.judged, tables))
    together = corrected.decided(fit, corrected.this_week(shares, tables))
    weeks = pd.date_range("2026-03-02", periods=4, freq="7D")
    methods = set()
    for world in range(12):
        labelled = [
            worlds.items(table).assign(week=week, weight=1.0)
            for week, table in zip(weeks, tables[world], strict=True)
        ]
        known = Evidence(
            {"week": weeks[-1], "mean": shares[world, -1], "n_eff": history.judged},
            pd.concat(labelled),
            pd.DataFrame({"weight": [endless]}),
            {week: Traffic(share, history.judged) for week, share in zip(weeks, shares[world], strict=True)},
        )
        level = level_of_verdicts(known)
        methods.add(level.method)
        shown = (level.estimate.value, level.estimate.low, level.estimate.high)
        assert shown == pytest.approx([part[world] for part in together], abs=1e-4)
    assert methods == {"common_rates", "post_stratified"}
