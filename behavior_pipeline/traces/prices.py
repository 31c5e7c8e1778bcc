"""What a model's tokens cost: as pipeline.toml declares it, else as the package genai-prices has it.

The package's data ships with it and nothing is fetched. Its answers hold only for the model that was asked
for, by the rule of `model_names`, and only where it prices nothing that is not counted here (images, pages,
requests, seconds).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from behavior_pipeline.dumps.attributes import as_object
from behavior_pipeline.settings.model import Price, Tier
from behavior_pipeline.settings.model_names import LONGEST, REGION, VENDOR, bare_name, key_of, spelled

if TYPE_CHECKING:
    from genai_prices.types import MatchLogic, ModelInfo, ModelPrice, Provider

PACKAGE, DECLARED = "genai-prices", "declared"
PROVIDERS = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "ai.model.provider")
# Our name of a price -> the package's.
RATES = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cached": "cache_read_mtok",
    "cache_written": "cache_write_mtok",
    "cache_written_1h": "cache_write_1h_mtok",
    "reasoning": "output_reasoning_mtok",
    "audio_input": "input_audio_mtok",
    "audio_output": "output_audio_mtok",
}
# Priced by the call or by what is cached; tokens without these are counted right.
BESIDE = frozenset({"web_searches_kcount", "storage_searches_kcount", "cache_audio_read_mtok"})
CLOSED = frozenset({"openai", "anthropic", "google", "x-ai"})
DOTTED = re.compile(f"(?:{REGION.pattern}|{VENDOR.pattern})")  # how Bedrock names models
SPEECH = frozenset({"audio", "realtime", "live", "sonic", "voice", "speech", "tts", "transcribe"})


class Priced(NamedTuple):
    """What the tokens of a model cost, and who says so."""

    rates: Price
    source: str


def model_of(call: Mapping[str, Any]) -> str | None:
    """Return the model of a call: that answered, else that was asked for."""
    model: str | None = call["model"] or call["requested_model"]
    return model


def price_of(model: str | None, prices: Mapping[str, Price]) -> Price | None:
    """Return the declared price of a model."""
    key = key_of(model, prices)
    return None if key is None else prices[key]


def priced(call: Mapping[str, Any], prices: Mapping[str, Price], *, listed: bool) -> Priced | None:
    """Return the price of a call's model on its day; `listed`: what is not declared may be the package's."""
    model = model_of(call)
    if (price := price_of(model, prices)) is not None:
        return Priced(price, DECLARED)
    if not listed or not model or len(model) > LONGEST:
        return None
    entry = _entry(model, _provider(call))
    unheard = call["audio_input_tokens"] is call["audio_output_tokens"] is None
    if entry is None or (unheard and _speaks(model)):
        return None  # of a model of speech nobody knows which tokens were audio
    listing, known = entry.get_prices(datetime.fromtimestamp(call["start_ns"] / 1e9, tz=UTC)), _translated()
    if id(listing) not in known:
        known[id(listing)] = _as_price(listing)
    price = known[id(listing)]
    return None if price is None else Priced(price, f"{PACKAGE}@{_version()}")


def _speaks(model: str) -> bool:
    return not SPEECH.isdisjoint(bare_name(model).split("-"))


def _provider(call: Mapping[str, Any]) -> str | None:
    attributes = as_object(call["attributes"])
    named = (attributes.get(name) for name in PROVIDERS)
    return next((name for name in named if isinstance(name, str) and name), None)


@lru_cache(maxsize=4096)
def _entry(model: str, recorded: str | None) -> "ModelInfo | None":
    """Return the package's entry of a model, of its provider where that is known, else of its maker."""
    from genai_prices.data_snapshot import find_provider_by_id, get_snapshot  # noqa: PLC0415 - a third of a second

    snapshot = get_snapshot()
    path = model.strip().lower().split("/")[:-1]
    dotted = DOTTED.match(model.strip().lower().rpartition("/")[2])
    named = [*path, *(["bedrock"] if dotted else []), *([recorded] if recorded else [])]
    known = (find_provider_by_id(snapshot.providers, name) for name in named)
    provider = next((one for one in known if one is not None), None)
    # Many servers speak OpenAI's protocol, and instrumentations call all of them by its name.
    alone = provider is not None and provider.id != "openai"
    for name in spelled(model):
        candidates = [] if provider is None else [provider]
        for one in candidates if alone else [*candidates, *_makers(name, closed=bool(named))]:
            entry = one.find_model(name, all_providers=snapshot.providers)
            if entry is not None and bare_name(model) in _names(entry):
                return entry
    return None


def _makers(name: str, *, closed: bool) -> "list[Provider]":
    """Return who makes a model; `closed`: only makers whose models nobody else serves at another price."""
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - see above

    makers = [one for one in get_snapshot().providers if one.model_match and one.model_match.is_match(name)]
    return [one for one in makers if one.id in CLOSED or not closed]


def _names(entry: "ModelInfo") -> set[str]:
    """Return the bare names that the package itself gives an entry."""
    return {bare_name(name) for name in (entry.id, *_literals(entry.match))}


def _literals(match: "MatchLogic") -> list[str]:
    """Return the names that a rule of the package spells out; what only contains or begins so is not one."""
    inner = getattr(match, "or_", None) or getattr(match, "and_", None) or ()
    stated = (getattr(match, clause, None) for clause in ("equals", "starts_with", "contains", "ends_with"))
    return [*(name for name in stated if name), *(name for one in inner for name in _literals(one))]


@cache
def _translated() -> dict[int, Price | None]:
    """Return the prices of the package that were translated before, by identity: its data stays as it is."""
    return {}


def _as_price(listed: "ModelPrice") -> Price | None:
    """Return a price of the package as one of ours, or None where it prices what is not counted here."""
    parts = {name: value for name, value in vars(listed).items() if value is not None}
    if not {"input_mtok", "output_mtok"} <= parts.keys() <= {*RATES.values(), *BESIDE}:
        return None
    rates = {ours: parts[theirs] for ours, theirs in RATES.items() if theirs in parts}
    starts = {tier.start for rate in rates.values() for tier in getattr(rate, "tiers", ())}
    tiers = tuple(
        Tier(above=start, **{ours: _rate(rate, start + 1) for ours, rate in rates.items()})
        for start in sorted(starts)
    )
    return Price(**{ours: _rate(rate, 0) for ours, rate in rates.items()}, tiers=tiers)


def _rate(rate: Any, tokens: int) -> float:
    """Return the price that holds for calls of some tokens of input."""
    price = getattr(rate, "base", rate)
    for tier in getattr(rate, "tiers", ()):
        if tokens > tier.start:
            price = tier.price
    return float(price)


@cache
def _version() -> str:
    import genai_prices  # noqa: PLC0415 - see above

    return genai_prices.__version__
