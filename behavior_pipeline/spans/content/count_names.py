"""Which count a name of a usage record or attribute means, whatever its spelling."""

import re
from functools import lru_cache

WHOLES = ("input_tokens", "output_tokens")
OF_INPUT = ("cached_tokens", "cache_written_tokens", "cache_written_1h_tokens", "audio_input_tokens")
OF_OUTPUT = ("reasoning_tokens", "audio_output_tokens")
COUNTS = (*WHOLES, *OF_INPUT, *OF_OUTPUT)
# What helps to decide what is inside of what, and is no column.
CLUES = ("total_tokens", "uncached_tokens", "cache_written_5m_tokens", "tool_input_tokens")

WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
FILLING = frozenset({"token", "tokens", "count", "counts", "detail", "details", "usage"})
ASKED = frozenset({"input", "prompt"})
ANSWERED = frozenset({"output", "completion", "candidates", "generation", "generated"})
READ = frozenset({"cache", "cached", "read", "hit", "content"})
WRITTEN = frozenset({"cache", "creation", "write", "written", "ephemeral", "5m", "1h"})
UNCACHED = (frozenset({"cache", "miss"}), frozenset({"no", "cache"}), frozenset({"uncached"}))
THOUGHT = frozenset({"reasoning", "thoughts", "thinking"})


@lru_cache(maxsize=4096)
def count_named(name: str) -> str | None:
    """Return which of COUNTS or CLUES a name means (`cacheReadInputTokens`, `input_cached`), or None.

    Every word of the name has to be known: `cache_hit_ratio` and `input_cost` are no counts.
    """
    words = frozenset(snake(name).split("_")) - FILLING
    kind, asked, answered = words - ASKED - ANSWERED, bool(words & ASKED), bool(words & ANSWERED)
    if not words or (asked and answered):
        return None
    if not kind or kind in ({"total"}, {"eval"}):
        if words == {"total"}:
            return "total_tokens"
        return "input_tokens" if asked else "output_tokens"
    return _part(kind, asked=asked, answered=answered)


def snake(name: str) -> str:
    """Return a name in lower case with `_` between its words."""
    return "_".join(WORD.findall(name)).lower()


def _part(kind: frozenset[str], *, asked: bool, answered: bool) -> str | None:
    """Return which part of a side the words of a name mean that are left beside the side's."""
    read = (
        kind <= READ
        and bool(kind & {"cache", "cached"})
        and (asked or bool(kind & {"cached", "read", "hit"}))
    )
    written = kind <= WRITTEN and bool(kind & {"creation", "write", "written", "ephemeral"})
    time_to_live = next((f"{word}_" for word in ("5m", "1h") if word in kind), "")
    meant = {
        "uncached_tokens": kind in UNCACHED and not answered,
        "reasoning_tokens": kind <= THOUGHT and not asked,
        "audio_input_tokens": kind == {"audio"} and asked,
        "audio_output_tokens": kind == {"audio"} and answered,
        "tool_input_tokens": kind == {"tool", "use"} and asked,
        "cached_tokens": read and not answered,
        f"cache_written_{time_to_live}tokens": written and not answered,
    }
    return next((name for name, fits in meant.items() if fits), None)
