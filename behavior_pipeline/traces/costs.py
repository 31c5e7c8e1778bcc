"""What model calls cost, from tokens and prices; unknown is NULL with a reason, never 0."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Price, Rates
from behavior_pipeline.spans.dialect import dialects
from behavior_pipeline.traces.prices import model_of, priced
from behavior_pipeline.words import UPPER

TOKENS_PER_PRICE = 1_000_000


class Cost(NamedTuple):
    """What calls cost, or why that is unknown; `bound`: they cost this at most; `source`: who priced them."""

    usd: float | None = None
    missing: Reason | None = None
    bound: str | None = None
    source: str | None = None


def cost_of(calls: Sequence[Mapping[str, Any]], prices: Mapping[str, Price], *, listed: bool) -> Cost:
    """Return the cost of successful model calls; `listed` prices stand behind those that are declared."""
    if not calls:
        return Cost(missing=Reason.NO_MODEL_CALL)
    every = [_of_call(call, prices, listed=listed) for call in calls]
    if (missing := next((one.missing for one in every if one.missing), None)) is not None:
        return Cost(missing=missing)
    return Cost(
        usd=sum(one.usd or 0.0 for one in every),
        bound=next((one.bound for one in every if one.bound), None),
        source=", ".join(sorted({str(one.source) for one in every})),
    )


def _of_call(call: Mapping[str, Any], prices: Mapping[str, Price], *, listed: bool) -> Cost:
    asked, answered = call["input_tokens"], call["output_tokens"]
    caches = (call["cached_tokens"] or 0) + (call["cache_written_tokens"] or 0)
    if asked is None or answered is None or caches > asked:
        return Cost(missing=Reason.NO_TOKENS)
    if not model_of(call):
        return Cost(missing=Reason.NO_MODEL)
    if (price := priced(call, prices, listed=listed)) is None:
        return Cost(missing=Reason.NO_PRICE)
    usd = _usd(call, price.rates.at(asked))
    if usd is None:
        return Cost(missing=Reason.NO_PART_PRICE)
    return Cost(usd, None, UPPER if _is_upper_bound(call, price.rates) else None, price.source)


def _usd(call: Mapping[str, Any], rates: Rates) -> float | None:
    """Return the cost of a call, None where a part of it costs otherwise than the rest and has no price."""
    cached, long = call["cached_tokens"] or 0, call["cache_written_1h_tokens"] or 0
    written = (call["cache_written_tokens"] or 0) - long
    heard, spoken = call["audio_input_tokens"] or 0, call["audio_output_tokens"] or 0
    thoughts = 0 if rates.reasoning is None else call["reasoning_tokens"] or 0
    plain = call["input_tokens"] - cached - written - long - heard
    parts = (
        (plain, rates.input),
        (cached, rates.input if rates.cached is None else rates.cached),
        (written, rates.cache_written),
        (long, rates.cache_written_1h),
        (heard, rates.audio_input),
        (call["output_tokens"] - spoken - thoughts, rates.output),
        (spoken, rates.audio_output),
        (thoughts, rates.reasoning),
    )
    # Fewer than none: audio among the cached tokens, or among the reasoning, at a price that nobody declares.
    if any(tokens < 0 or (tokens and rate is None) for tokens, rate in parts):
        return None
    return sum(tokens * (rate or 0.0) for tokens, rate in parts) / TOKENS_PER_PRICE


def _is_upper_bound(call: Mapping[str, Any], price: Price) -> bool:
    """Return whether cached tokens may be cheaper than they are priced here."""
    if call["cached_tokens"] is None:
        dialect = dialects().get(call["dialect"])
        return price.cached is not None and dialect is not None and "cached_tokens" in dialect.lost
    return call["cached_tokens"] > 0 and (price.cached is None or bool(call["audio_input_tokens"]))
