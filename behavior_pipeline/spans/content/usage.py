"""Reads token counts of any API or product, and decides which of them are counted inside of which.

Caches are counted inside of the input (OpenAI, OpenTelemetry's convention) or beside it (Anthropic, Bedrock,
buckets of Langfuse), reasoning inside of the output or beside it (Gemini, xAI); writers of traces pass on
either. What is read here includes both, as models are billed, and a total is the check that it does. No model
call reads zero tokens, so 0 of input is missing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

from behavior_pipeline.dumps.attributes import as_count, parsed
from behavior_pipeline.spans.content.count_names import (
    CLUES,
    COUNTS,
    OF_INPUT,
    OF_OUTPUT,
    WHOLES,
    count_named,
    snake,
)

ALL_PARTS = frozenset({*OF_INPUT, *OF_OUTPUT, *CLUES})
# Seldom written, and never decided at a glance.
OTHER_CLUES = frozenset(
    {"cache_written_1h_tokens", "audio_input_tokens", "audio_output_tokens", *CLUES} - {"total_tokens"}
)
SIDES = {"input_tokens": OF_INPUT, "output_tokens": OF_OUTPUT}
Counts = dict[str, int | None]
MOST_NAMES, LONGEST_NAME = 64, 100  # of a usage record: names may be data, and some are remembered
CONTRADICTED = -1  # instead of the tokens written to a cache, where their parts are more than these
MOST = 2**62  # of what is added up, so that it fits into a column

PROVIDERS = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "ai.model.provider")
MAKERS = {"anthropic": "anthropic", "claude": "anthropic", "gemini": "google", "google": "google"}
BESIDE = ("cache_read_input", "cache_creation_input", "cache_write_input")  # Anthropic's API and Bedrock's


class Habits(NamedTuple):
    """How a writer counts where no total tells, and whose model it is where that is known."""

    caches_beside: bool = False
    thoughts_beside: bool = False
    maker: str = ""


class _Side(NamedTuple):
    """What one side may be as a whole: the likeliest, None where nothing decides, and all that may be."""

    likeliest: int | None
    possible: tuple[int, ...]


def token_counts(value: Any) -> Counts:
    """Return COUNTS of a usage record, cached tokens included in the input and reasoning in the output."""
    usage = parsed(value)
    if not isinstance(usage, dict):
        return dict.fromkeys(COUNTS)
    raw: dict[str, int] = {}
    names: list[str] = []
    for name, count in _cells(usage):
        role = count_named(name) if len(name) <= LONGEST_NAME else None
        if role is not None:
            names.append(name)
        # Of two names of a whole the older one is it; a part of zero tokens may be known under another name.
        older = role in WHOLES and not name.startswith(("input", "output"))
        if role is not None and ((older and count) or not raw.get(role)):
            raw[role] = count
    bare = as_count(usage.get("input")) is not None
    buckets = (
        _other_buckets(usage, "input") if bare else 0,
        _other_buckets(usage, "output") if as_count(usage.get("output")) is not None else 0,
    )
    return decided(raw, _habits(tuple(names[:MOST_NAMES]), buckets=bare), buckets=buckets)


def settle(
    meanings: dict[str, Any], attributes: Mapping[str, Any], *, caches_beside: bool = False
) -> dict[str, Any]:
    """Return meanings of attributes with their counts decided, and without CLUES.

    OpenTelemetry's convention says that all counts are inside; that holds until one proves that they are not.
    """
    if ALL_PARTS.isdisjoint(meanings):
        if meanings.get("input_tokens") == 0:
            del meanings["input_tokens"]
            meanings.pop("output_tokens", None)
        return meanings
    if not caches_beside and _all_inside(meanings):
        meanings.pop("total_tokens", None)
        return meanings
    counts = decided(meanings, Habits(caches_beside=caches_beside, maker=_maker(meanings, attributes)))
    for name in (*COUNTS, *CLUES):
        meanings.pop(name, None)
    meanings.update((name, count) for name, count in counts.items() if count is not None)
    return meanings


def _all_inside(meanings: Mapping[str, Any]) -> bool:
    """Return whether counts are as the convention says, and nothing speaks against it: most calls."""
    count = meanings.get
    asked, answered = count("input_tokens"), count("output_tokens")
    if not asked or answered is None or not OTHER_CLUES.isdisjoint(meanings):
        return False
    return (
        (count("cached_tokens") or 0) + (count("cache_written_tokens") or 0) <= asked
        and (count("reasoning_tokens") or 0) <= answered
        and count("total_tokens") in (None, asked + answered)
    )


def _maker(meanings: Mapping[str, Any], attributes: Mapping[str, Any]) -> str:
    named = (
        *(attributes.get(name) for name in PROVIDERS),
        meanings.get("model") or meanings.get("requested_model"),
    )
    words = " ".join(name for name in named if isinstance(name, str)).lower()
    return next((maker for word, maker in MAKERS.items() if word in words), "")


def decided(raw: Mapping[str, Any], habits: Habits, *, buckets: tuple[int, int] = (0, 0)) -> Counts:
    """Return COUNTS from counts as they are written; `buckets` of either side are what others hold beside.

    Where a total fits no reading, what it puts in doubt is missing: it is known that a count is wrong.
    """
    written, long = _written(raw)
    asked = _asked(raw, written, habits, buckets=buckets[0])
    answered = _answered(raw, habits, buckets=buckets[1])
    whole_in, whole_out = _checked(asked, answered, raw, habits)
    if whole_in == 0:
        whole_in = whole_out = None
    if max(whole_in or 0, whole_out or 0) > MOST:
        whole_in = whole_out = None
    counts: Counts = {
        "input_tokens": whole_in,
        "output_tokens": whole_out,
        "cached_tokens": raw.get("cached_tokens"),
        "cache_written_tokens": None if written == CONTRADICTED else written,
        "cache_written_1h_tokens": long,
        "audio_input_tokens": raw.get("audio_input_tokens"),
        "reasoning_tokens": raw.get("reasoning_tokens"),
        "audio_output_tokens": raw.get("audio_output_tokens"),
    }
    for side, parts in SIDES.items():
        whole = counts[side]
        for name in parts:
            part = counts[name]
            doubted = whole is None and raw.get(side) is not None
            if doubted or (whole is not None and part is not None and part > whole):
                counts[name] = None
    return counts


def _written(raw: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return tokens written to the cache, and those of them that stay an hour."""
    written, short, long = (raw.get(f"cache_written_{name}") for name in ("tokens", "5m_tokens", "1h_tokens"))
    split = (short or 0) + (long or 0)
    if not written and split:
        return split, long
    return (CONTRADICTED, None) if written is not None and split > written else (written, long)


def _asked(raw: Mapping[str, Any], written: int | None, habits: Habits, *, buckets: int) -> _Side:
    """Return what the input may be as a whole."""
    given, plain = raw.get("input_tokens"), raw.get("uncached_tokens")
    cached, stored = raw.get("cached_tokens") or 0, written or 0
    if written == CONTRADICTED or (given is None and plain is None):
        return _Side(None, ())
    inner = cached + stored
    if given is None:
        whole = (plain or 0) + inner
        return _Side(whole, (whole,))
    given += raw.get("tool_input_tokens") or 0
    inside = (given,) if inner <= given else ()
    mixed = (given + stored,) if cached and stored and cached <= given else ()
    possible = tuple(dict.fromkeys((given + inner + buckets, *inside, *mixed, given + inner)))
    if plain is not None and (plain + inner in possible or "cached_tokens" in raw):
        # The part without the caches says how much the whole is, or that one of the counts is wrong.
        possible = tuple(whole for whole in possible if whole == plain + inner)
        return _Side(possible[0] if possible else None, possible)
    if habits.caches_beside or len(possible) == 1:
        return _Side(possible[0], possible)
    if inside:
        return _Side(given, possible)
    return _Side(
        possible[0] if habits.maker == "anthropic" or not mixed or mixed == possible[:1] else None, possible
    )


def _answered(raw: Mapping[str, Any], habits: Habits, *, buckets: int) -> _Side:
    """Return what the output may be as a whole."""
    given, thoughts = raw.get("output_tokens"), raw.get("reasoning_tokens") or 0
    if given is None:
        return _Side(None, ())
    inside = (given,) if thoughts <= given else ()
    beside = given + max(thoughts, buckets)
    possible = tuple(dict.fromkeys((beside, *inside, given + thoughts)))
    return _Side(given if inside and not habits.thoughts_beside and not buckets else beside, possible)


def _checked(
    asked: _Side, answered: _Side, raw: Mapping[str, Any], habits: Habits
) -> tuple[int | None, int | None]:
    """Return the wholes of both sides that fit the total, None where it leaves them in doubt."""
    total, one, other = raw.get("total_tokens"), asked.likeliest, answered.likeliest
    if not total:
        return one, other
    if not asked.possible or not answered.possible:
        return _at_most(one, total), _at_most(other, total)
    fitting = [pair for pair in product(asked.possible, answered.possible) if sum(pair) == total]
    if (one, other) in fitting:
        return one, other
    if fitting:
        likely = [pair for pair in fitting if pair[0] == one or pair[1] == other] or fitting
        return _only(pair[0] for pair in likely), _only(pair[1] for pair in likely)
    given_in, given_out = raw.get("input_tokens", 0), raw.get("output_tokens", 0)
    if total == given_in + given_out:  # it confirms both as they are written, and denies what stands beside
        return one if one == given_in else None, other if other == given_out else None
    # Gemini's total counts thoughts that were not written down; of others either side may be wrong.
    unwritten = habits.maker == "google" and total > max(asked.possible) + max(answered.possible)
    return one if unwritten else None, None


def _at_most(whole: int | None, total: int) -> int | None:
    return whole if whole is not None and whole <= total else None


def _only(wholes: Iterable[int]) -> int | None:
    different = set(wholes)
    return different.pop() if len(different) == 1 else None


def _cells(usage: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield the counts of a record by name, and those of its details with the name of these before them."""
    for key, value in usage.items():
        inner = parsed(value) if isinstance(value, str) and value[:1] in "{[" else value
        if isinstance(inner, dict):
            below = inner.items()
        elif isinstance(inner, list):
            below = {str(one.get("modality")): one.get("tokenCount", one.get("token_count"))
                     for one in inner if isinstance(one, dict) and "modality" in one}.items()  # fmt: skip
        else:
            below = {}.items()
            if (count := as_count(value)) is not None:
                yield str(key), count
        if key == "billed_units" and "tokens" in usage:  # Cohere's, which leave out what its API adds
            continue
        outer = "" if key in ("tokens", "billed_units") else f"{key}_"
        for name, cell in below:
            if (count := as_count(cell)) is not None:
                yield f"{outer}{name.lower() if name.isupper() else name}", count


@lru_cache(maxsize=1024)
def _habits(names: tuple[str, ...], *, buckets: bool) -> Habits:
    """Return how an API counts that is known by the names of its record; most records share theirs."""
    words = {snake(name) for name in names}
    older = any(word.startswith("prompt") for word in words)
    raw = not older and any(word.startswith(BESIDE) for word in words)
    thoughts = any(word.startswith(("candidates", "thoughts")) for word in words)
    return Habits(
        caches_beside=raw or buckets,
        thoughts_beside=thoughts,
        maker="anthropic" if raw else "google" if thoughts else "",
    )


def _other_buckets(usage: Mapping[str, Any], side: str) -> int:
    """Return what Langfuse counts beside `input` or `output` in buckets that are no caches."""
    counts = {
        str(key): as_count(value) or 0 for key, value in usage.items() if str(key).startswith(f"{side}_")
    }
    caches = ("cached_tokens", "cache_written_tokens", "cache_written_5m_tokens", "cache_written_1h_tokens")
    return sum(
        count for name, count in counts.items() if count_named(name) not in (*caches, f"{side}_tokens")
    )


def completed(meanings: Mapping[str, Any], repeated: Mapping[str, Any]) -> dict[str, Any]:
    """Return meanings with what they lack of counts that another record of the same call gives.

    Parts of a side are taken only with their whole, or where both give the same one: two writers may count
    unlike. The other's input replaces one beside which it counts the caches.
    """
    meant = dict(meanings)
    if _adds_caches(meant, repeated):
        meant["input_tokens"] = None
    for whole, parts in SIDES.items():
        known, other = meant.get(whole), repeated.get(whole)
        if known is None and other is not None:
            meant.update({name: repeated.get(name) for name in (whole, *parts)})
        elif known == other:
            meant.update({name: repeated.get(name) for name in parts if meant.get(name) is None})
    return meant


def counted_alike(meanings: Mapping[str, Any], repeated: Mapping[str, Any]) -> bool:
    """Return whether two records of a call give the same wholes, as far as both give them."""
    return all(meanings.get(whole) in (None, repeated.get(whole)) for whole in SIDES)


def _adds_caches(meanings: Mapping[str, Any], repeated: Mapping[str, Any]) -> bool:
    caches = [repeated.get("cached_tokens") or 0, repeated.get("cache_written_tokens") or 0]
    alone, whole = meanings.get("input_tokens"), repeated.get("input_tokens")
    counted = meanings.get("cached_tokens") is None and any(caches)
    return counted and alone is not None and whole is not None and alone == whole - sum(caches)


def counts_of(records: Sequence[Any]) -> Counts:
    """Return the counts of the first usage record that holds any."""
    every = (token_counts(record) for record in records)
    return next((counts for counts in every if any(counts.values())), dict.fromkeys(COUNTS))
