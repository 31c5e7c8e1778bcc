"""Prices of models that go by several names, and of tokens that cost otherwise than others."""

import json

import pytest

from behavior_pipeline.settings.model import Price
from behavior_pipeline_tests.public_cases.cases import PRICES, case, trace_in


@pytest.mark.parametrize(
    ("name", "usd"),
    [("c11_0", 0.15), ("c11_3", 3.0), ("p05", 0.00083), ("p08", 0.00647), ("p20", 0.02288625)],
)
def test_model_is_priced_under_any_of_its_names(name: str, usd: float) -> None:
    row = trace_in(case(name))
    assert (row["cost_usd"], row["price_source"], row["cost_bound"]) == (pytest.approx(usd), "declared", None)


@pytest.mark.parametrize("listed", [False, True])
def test_longer_name_is_another_product(listed: bool) -> None:
    row = trace_in(case("p06"), listed_prices=listed)
    assert (row["cost_usd"], row["cost_missing"], row["price_source"]) == (None, "no_price", None)
    assert json.loads(row["unmeasurable"])["cost_usd"] == "no_price"


def test_tokens_written_to_a_cache_have_a_price_of_their_own_or_none() -> None:
    row = trace_in(case("p07"))
    assert (row["cost_usd"], row["cost_missing"]) == (None, "no_part_price")
    whole = Price(input=3, cached=0.3, cache_written=3.75, output=15)
    row = trace_in(case("p07"), prices={"claude-sonnet-4": whole})
    wanted = (10 * 3 + 512 * 0.3 + 1733 * 3.75 + 5 * 15) / 1e6
    assert row["cost_usd"] == pytest.approx(wanted)
    listed = trace_in(case("p07"), prices={}, listed_prices=True)
    assert listed["cost_usd"] == pytest.approx(wanted)
    assert listed["price_source"].startswith("genai-prices@")


def test_caches_are_priced_wherever_they_are_counted() -> None:
    prices = PRICES | {"claude-x": Price(input=3, cached=0.3, cache_written=3.75, output=15)}
    inside, beside = (trace_in(case(name), prices=prices) for name in ("c04", "c06"))
    assert inside["cost_usd"] == pytest.approx((5 * 3 + 128955 * 0.3 + 1253 * 3.75 + 50 * 15) / 1e6)
    assert beside["cost_usd"] == pytest.approx((19 * 3 + 39000 * 0.3 + 30 * 15) / 1e6)
