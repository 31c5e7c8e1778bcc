import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.judging.openai.prices import cost_usd, price_of, reserve_usd
from behavior_pipeline.settings.model import Price


def test_longest_prefix_counts() -> None:
    prices = {name: Price(input=n, output=n) for n, name in enumerate(["gpt", "gpt-x", "gpt-x-mini"])}
    assert price_of(prices, "gpt-x-2026-03") == prices["gpt-x"]
    assert price_of(prices, "llama") is None


def test_cached_tokens_are_part_of_the_prompt() -> None:
    price = Price(input=2, output=8, cached=0.5)
    assert cost_usd(price, 1000, output_tokens=100, cached_tokens=600) == pytest.approx(
        (400 * 2 + 600 * 0.5 + 100 * 8) / 1e6
    )
    assert cost_usd(Price(input=2, output=8), 1000, output_tokens=0, cached_tokens=600) == pytest.approx(
        0.002
    )


@given(
    words=st.lists(st.sampled_from(["order", "Größe", "返品", "refund"]), max_size=50),
    limit=st.integers(1, 999),
)
def test_reservation_is_above_a_token_for_every_two_bytes(words: list[str], limit: int) -> None:
    text, price = " ".join(words), Price(input=2, output=8, cached=0.5)
    tokens = len(text.encode()) // 2
    assert reserve_usd(price, text, max_output_tokens=limit) >= cost_usd(price, tokens, output_tokens=limit)
