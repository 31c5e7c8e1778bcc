"""Every golden case of this package, found by the longest prefix of its name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from behavior_pipeline.statistics import (
    agreement,
    betting,
    change_point,
    contrast,
    corrected,
    correlation,
    differences,
    ewma,
    intervals,
    kitagawa,
    krippendorff,
    moderated,
    multiplicity,
    posterior,
    quantiles,
)
from behavior_pipeline.statistics.estimate import Estimate, hajek_mean, kish
from behavior_pipeline_tests.golden import FILE, golden_cases
from behavior_pipeline_tests.statistics.strata import strata_by_verdict

SHARED = Path(__file__).parents[3] / "shared" / "golden.json"
Given = dict[str, Any]


def binary(given: Given) -> list[list[int]]:
    return [[given["tp"], given["fn"]], [given["fp"], given["tn"]]]


def per_verdict(given: Given) -> list[list[int]]:
    """Rows human, columns judge."""
    return [
        [given[verdict][human] for verdict in ("judge_pass", "judge_fail")]
        for human in ("human_pass", "human_fail")
    ]


def worded(estimate: Estimate) -> Given:
    return {"value": estimate.value, "reason": None if estimate.reason is None else str(estimate.reason)}


def stratified(given: Given) -> Given:
    table, pass_share = per_verdict(given), given["production_judge_pass_share"]
    (tp, fn), (fp, tn) = production = posterior.production_table(table, pass_share)
    return {
        "mcc_production": agreement.mcc(production).value,
        "mcc_unweighted": agreement.mcc(table).value,
        "prevalence": tp + fn,
        "sensitivity": tp / (tp + fn),
        "specificity": tn / (tn + fp),
        "probability_above_gate": posterior.strata_mcc_posterior(
            strata_by_verdict(table, pass_share, prior=given["prior"])
        ).above(given["gate"]),
    }


def hajek(given: Given) -> Given:
    estimate = hajek_mean(given["y"], given["weight"], cluster=given.get("user"))
    plain = float(np.mean(given["y"]))
    # n_eff of the golden file is Kish's; ours of that name is the design's mean (1 - mean) / se^2.
    return {
        "mean": estimate.value,
        "se": estimate.se,
        "clusters": estimate.clusters,
        "n_eff": estimate.n_kish,
        "plain_mean": plain,
    }


def shift(given: Given) -> Given:
    change = change_point.change_point(given["y"], given["weight"])
    unweighted = change_point.change_point(given["y"], np.ones(len(given["y"])))
    assert change
    assert unweighted
    return {**vars(change), "onset_index_unweighted": unweighted.onset_index}


def mix_and_within(given: Given) -> Given:
    split = kitagawa.kitagawa(
        kitagawa.Side(given["baseline_share"], given["baseline_mean"]),
        kitagawa.Side(given["current_share"], given["current_mean"]),
    )
    return {**vars(split), "within_by_slice": list(split.within_by_cell)}


def two_differences(given: Given) -> Given:
    levels = {name: differences.Level.binomial(**level) for name, level in given.items()}
    contrast = differences.difference_in_differences(
        levels["treated_before"],
        levels["treated_after"],
        control_before=levels["control_before"],
        control_after=levels["control_after"],
    )
    return {"estimate": contrast.estimate, "se": contrast.se, "z": contrast.z}


def bca(given: Given) -> Given:
    low, high = correlation.spearman_bca(given["x"], given["y"], confidence=given["confidence"]) or (
        None,
        None,
    )
    return {"point": agreement.spearman(given["x"], given["y"]).value, "low": low, "high": high}


def ends(interval: intervals.Interval) -> Given:
    return dict(zip(("low", "high"), interval, strict=True))


def gladen(given: Given) -> Given:
    share = given["positive"] / given["n"]
    rates = {name: given[name] for name in ("sensitivity", "specificity")}
    return {
        **worded(corrected.rogan_gladen(share, **rates)),
        "unclipped": corrected.rogan_gladen(share, **rates, clipped=False).value,
    }


def reiczigel(given: Given) -> Given:
    rates = (
        corrected.Rate(given["true_positive"], given["human_pass"]),
        corrected.Rate(given["true_negative"], given["human_fail"]),
    )
    passed = corrected.Rate(given["positive"], given["n"])
    estimate = corrected.lang_reiczigel(passed, *rates, confidence=given["confidence"])
    plain = corrected.rogan_gladen(passed.share, sensitivity=rates[0].share, specificity=rates[1].share)
    return {
        "rogan_gladen": plain.value,
        "adjusted_point": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
    }


def prediction_powered(given: Given) -> Given:
    human, judge = (np.array(given[name], dtype=float) for name in ("human", "judge_on_labelled"))
    ppi = corrected.ppi_mean(
        [corrected.Few(human, judge)],
        [corrected.Many.of(given["judge_on_unlabelled"])],
        power=given.get("lambda"),
        confidence=given["confidence"],
    )
    estimate = ppi.estimate
    return {
        "lambda": ppi.power,
        "point": estimate.value,
        "se": estimate.se,
        "low": estimate.low,
        "high": estimate.high,
    }


def by_verdict(given: Given) -> Given:
    """The golden interval is the normal one; ours has another, tested for its coverage beside it."""
    drawn, passed = np.array(given["labelled"]), np.array(given["human_pass"])
    estimate = corrected.post_stratified(
        given["production_share"][0], [passed, drawn - passed], pass_share_n=given["production_n"]
    )
    assert estimate.value is not None
    assert estimate.se is not None
    ends_of = corrected.normal_interval(estimate.value, estimate.se, confidence=given["confidence"])
    return {"point": estimate.value, "se": estimate.se, **ends(ends_of)}


def logit_contrast(given: Given) -> Given:
    inside, rest = (
        contrast.logit_change(
            *(tuple(given[when][part].values()) for when in ("current", "baseline")), midpoint=False
        )
        for part in ("slice", "rest")
    )
    difference = inside.minus(rest)
    se = float(np.sqrt(given["dispersion"] * difference.variance))
    return {"contrast": float(difference.value), "se": se, "z": float(difference.value) / se}


def squeezed(given: Given) -> Given:
    variances = moderated.moderated_variance(given["variance"], given["df"])
    prior_df = "infinity" if np.isinf(variances.prior_df) else variances.prior_df
    return {"d0": prior_df, "s0_squared": variances.prior_variance, "posterior": variances.posterior}


def chart(given: Given) -> Given:
    target = given["target"]
    drawn = ewma.ewma_chart(
        given["x"], share=given["lambda"], target=target, sigma=given["sigma"], limit=given["L"]
    )
    return {
        "ewma": drawn.average,
        "half_width": drawn.half_width,
        "lower": target - drawn.half_width,
        "upper": target + drawn.half_width,
        "first_signal_index": drawn.first_signal(target),
    }


def capital(given: Given) -> Given:
    process = betting.betting_capital(given["x"], mean=given["mean_null"], bet=given["lambda"])
    p_value = betting.p_of_capital(process)
    return {
        "capital": process,
        "running_maximum": process.max(),
        "p_value": p_value,
        "rejected": p_value <= given.get("alpha", 0),
    }


def plugin(given: Given) -> Given:
    choice = {name: given[name] for name in ("alpha", "truncation")}
    bets = betting.plugin_bets(given["x"], mean=given["mean_null"], **choice)
    return {
        "lambda": bets,
        "capital": betting.betting_capital(given["x"], mean=given["mean_null"], bet=bets),
    }


RUN: dict[str, Callable[[Given], Given]] = {
    "mcc_": lambda given: worded(agreement.mcc(binary(given))),
    "mcc_multiclass": lambda given: worded(agreement.mcc(given["confusion"])),
    "mcc_posterior_": lambda given: {
        "probability_above_gate": posterior.mcc_posterior(binary(given), prior=given["prior"]).above(
            given["gate"]
        )
    },
    "mcc_stratified_": stratified,
    "mcc_drop_probability": lambda given: {
        "probability_of_drop": posterior.probability_of_drop(
            posterior.mcc_posterior(binary(given["before"])),
            posterior.mcc_posterior(binary(given["after"])),
            drop=given["drop"],
        )
    },
    "cohen_kappa_": lambda given: worded(
        agreement.cohen_kappa(given["confusion"], weights=given.get("weights"))
    ),
    "spearman_": lambda given: worded(agreement.spearman(given["x"], given["y"])),
    "spearman_bca_interval": bca,
    "spearman_bca_acceleration": lambda given: {
        "acceleration": correlation.jackknife_acceleration(given["x"], given["y"])
    },
    "kendall_tau_b_": lambda given: worded(agreement.kendall_tau_b(given["x"], given["y"])),
    "bonett_wright_interval": lambda given: ends(
        correlation.bonett_wright(given["rho"], given["n"], confidence=given["confidence"])
    ),
    "hajek_": hajek,
    "kish_": lambda given: {"n_eff": kish(given["weight"])},
    "weighted_quantiles": lambda given: {
        "quantiles": quantiles.weighted_quantiles(given["value"], given["q"], weights=given["weight"])
    },
    "change_point_": shift,
    "kitagawa": mix_and_within,
    "difference_in_differences": two_differences,
    "mcnemar_": lambda given: {
        "p_value": intervals.mcnemar_exact(given["pass_to_fail"], given["fail_to_pass"])
    },
    "wilson_": lambda given: ends(
        intervals.wilson(given["passes"] / given["n"], given["n"], confidence=given["confidence"])
    ),
    "rogan_gladen": gladen,
    "lang_reiczigel_interval": reiczigel,
    "ppi_": prediction_powered,
    "post_stratified_estimate": by_verdict,
    "krippendorff_": lambda given: worded(
        krippendorff.krippendorff_alpha(np.array(given["coders"], dtype=float), level=given["level"])
    ),
    "logit_contrast_z": logit_contrast,
    "trigamma_inverse_": lambda given: {"x": moderated.trigamma_inverse(given["y"])},
    "moderated_variance": squeezed,
    "bh_adjusted": lambda given: {"adjusted": multiplicity.benjamini_hochberg(given["p"])},
    "bh_rejected_": lambda given: {
        "rejected": np.flatnonzero(multiplicity.benjamini_hochberg(given["p"]) <= given["q"])
    },
    "ewma_chart": chart,
    "betting_capital_": capital,
    "betting_predictable_plugin": plugin,
    "e_detector_": lambda given: {
        "statistic": betting.shiryaev_roberts(given["x"], mean=given["mean_null"], bet=given["lambda"])
    },
    "e_bh": lambda given: {"rejected": multiplicity.e_benjamini_hochberg(given["e"], q=given["q"])},
    "jeffreys_": lambda given: ends(
        intervals.jeffreys(given["passes"], given["n"], confidence=given["confidence"])
    ),
}


@pytest.mark.parametrize("case", golden_cases(*RUN))
def test_golden_case_is_reproduced(case: Given) -> None:
    prefix = max((name for name in RUN if case["name"].startswith(name)), key=len)
    outputs = RUN[prefix](case["input"])
    for key, expected in case["expected"].items():
        if expected is None or isinstance(expected, str):
            assert outputs[key] == expected, key
        else:
            assert outputs[key] == pytest.approx(expected, rel=0, abs=case["tolerance"]), key


def test_every_golden_case_has_a_runner() -> None:
    names = {case["name"] for case in json.loads(FILE.read_text(encoding="utf-8"))}
    elsewhere = {name for name in names if name.startswith("hash_")}  # tested beside provenance
    assert {name for name in names if name.startswith(tuple(RUN))} | elsewhere == names


def test_copied_cases_equal_the_shared_ones() -> None:
    if not SHARED.is_file():
        pytest.skip("the shared golden file is not beside this checkout")
    shared = {case["name"]: case for case in json.loads(SHARED.read_text(encoding="utf-8"))}
    for case in json.loads(FILE.read_text(encoding="utf-8")):
        assert case == shared[case["name"]], case["name"]
