"""What an answer costs, and at most may cost, by the price table of pipeline.toml."""

import math
from collections.abc import Mapping

from behavior_pipeline.settings.model import Price

PER_TOKEN = 1e-6
BYTES_PER_TOKEN = 2.0


def price_of(prices: Mapping[str, Price], model: str) -> Price | None:
    """Return the price of the longest key the model's name starts with, None if there is none."""
    fitting = [name for name in prices if model.startswith(name)]
    return prices[max(fitting, key=len)] if fitting else None


def cost_usd(price: Price, prompt_tokens: int, *, output_tokens: int, cached_tokens: int = 0) -> float:
    """Return the cost of one answer; cached tokens are part of the prompt tokens."""
    cached = min(cached_tokens, prompt_tokens)
    cached_price = price.input if price.cached is None else price.cached
    usd = (prompt_tokens - cached) * price.input + cached * cached_price + output_tokens * price.output
    return usd * PER_TOKEN


def reserve_usd(price: Price, text: str, *, max_output_tokens: int) -> float:
    """Return what an answer costs at most: a token for every two bytes of the prompt, and all the output.

    Tokenizers of today need about four bytes a token in English and two to three in other scripts.
    """
    tokens = math.ceil(len(text.encode("utf-8", "replace")) / BYTES_PER_TOKEN)
    highest_input = max(price.input, price.cached or 0.0)
    return (tokens * highest_input + max_output_tokens * price.output) * PER_TOKEN
