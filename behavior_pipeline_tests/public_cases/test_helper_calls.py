"""Calls of titles, guardrails and evaluators stand beside the answer, and never for it."""

import pytest

from behavior_pipeline.settings.model import Price
from behavior_pipeline_tests.public_cases.cases import PRICES, case, trace_in


def test_title_after_the_answer_is_not_the_answer() -> None:
    row = trace_in(case("p02"))
    assert (row["input_text"], row["output_text"]) == ("Can I return a used kettle?", "Yes, within 30 days.")
    assert row["model"] == "gpt-4o-2024-08-06"
    assert (row["n_model_calls"], row["input_tokens"], row["output_tokens"]) == (2, 80, 13)


def test_title_is_paid_for() -> None:
    dated = {"gpt-4o-2024-08-06": Price(input=2.5, output=10), **PRICES}
    cost = trace_in(case("p02"), prices=dated)["cost_usd"]
    assert cost == pytest.approx((30 * 2.5 + 9 * 10 + 50 * 0.15 + 4 * 0.6) / 1e6)


def test_run_of_an_evaluator_is_no_traffic() -> None:
    assert trace_in(case("p03"))["role"] == "evaluation"
