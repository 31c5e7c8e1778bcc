"""What model calls cost, from tokens and the price table; unknown is NULL with a reason, never 0."""

from collections.abc import Mapping, Sequence
from typing import Any

from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Price

TOKENS_PER_PRICE = 1_000_000


def price_of(model: str | None, prices: Mapping[str, Price]) -> Price | None:
    """Return the price of a model: that of the longest key with which its name starts."""
    fitting = [key for key in prices if model and model.startswith(key)]
    return prices[max(fitting, key=len)] if fitting else None


def cost_usd(calls: Sequence[Mapping[str, Any]], prices: Mapping[str, Price]) -> float | Reason:
    """Return the cost of successful model calls in USD, or why it is unknown.

    Input tokens include the cached ones; those cost `cached` where the table says so, else as input.
    """
    total = 0.0
    for call in calls:
        price = price_of(call["model"] or call["requested_model"], prices)
        if call["input_tokens"] is None or call["output_tokens"] is None:
            return Reason.NO_TOKENS
        if price is None:
            return Reason.NO_PRICE
        cached = min(call["cached_tokens"] or 0, call["input_tokens"])
        cached_price = price.input if price.cached is None else price.cached
        total += (call["input_tokens"] - cached) * price.input + cached * cached_price
        total += call["output_tokens"] * price.output
    return total / TOKENS_PER_PRICE if calls else Reason.NO_TOKENS
