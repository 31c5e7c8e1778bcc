"""Reads token counts of any API or product; no model call reads zero tokens, so 0 of input is missing."""

from typing import Any

from behavior_pipeline.dumps.attributes import as_count, parsed

INPUT = (
    "prompt_tokens", "input_tokens", "input", "promptTokens", "inputTokens", "prompt_token_count",
    "promptTokenCount",
)  # fmt: skip
OUTPUT = (
    "completion_tokens", "output_tokens", "output", "completionTokens", "outputTokens",
    "candidates_token_count", "candidatesTokenCount",
)  # fmt: skip
TOTAL = ("total_tokens", "total", "totalTokens", "total_token_count", "totalTokenCount")
CACHED = (
    "cached_tokens", "input_cached_tokens", "cache_read_input_tokens", "input_cache_read", "cache_read",
    "cacheReadInputTokens", "cachedInputTokens", "cached_content_token_count", "cachedContentTokenCount",
)  # fmt: skip
REASONING = (
    "reasoning_tokens", "output_reasoning_tokens", "output_reasoning", "reasoning", "reasoningTokens",
    "thoughts_token_count", "thoughtsTokenCount",
)  # fmt: skip
DETAILS = (
    "prompt_tokens_details", "input_tokens_details", "input_token_details", "prompt_token_details",
    "completion_tokens_details", "output_tokens_details", "output_token_details", "completion_token_details",
)  # fmt: skip
ANTHROPIC_CACHES = ("cache_read_input_tokens", "cache_creation_input_tokens")
COUNTS = ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens")


def token_counts(value: Any) -> dict[str, int | None]:
    """Return the tokens of a usage record, cached ones included in the input and reasoning in the output.

    Products write 0 where a stream told no usage: with no tokens of input, nothing of the record counts.
    """
    usage = parsed(value)
    counts: dict[str, int | None] = dict.fromkeys(COUNTS)
    if not isinstance(usage, dict):
        return counts
    asked, answered, total = (_first(usage, names) for names in (INPUT, OUTPUT, TOTAL))
    if asked is not None and (total is None or total != asked + (answered or 0)):
        # The parts do not add up to the total, or no total says that they do.
        asked += _beside_input(usage)
        answered = None if answered is None else answered + _bucket(usage, "output")
    if asked == 0:
        return counts
    inner = [usage, *(usage[name] for name in DETAILS if isinstance(usage.get(name), dict))]
    return {
        "input_tokens": asked,
        "output_tokens": answered,
        "cached_tokens": next((n for record in inner if (n := _first(record, CACHED)) is not None), None),
        "reasoning_tokens": next(
            (n for record in inner if (n := _first(record, REASONING)) is not None), None
        ),
    }


def _first(usage: dict[str, Any], names: tuple[str, ...]) -> int | None:
    return next((count for name in names if (count := as_count(usage.get(name))) is not None), None)


def _beside_input(usage: dict[str, Any]) -> int:
    """Return the tokens counted beside the input: Anthropic's caches, and Langfuse's other buckets."""
    if "input_tokens" in usage and "prompt_tokens" not in usage:
        return sum(as_count(usage.get(name)) or 0 for name in ANTHROPIC_CACHES)
    return _bucket(usage, "input")


def _bucket(usage: dict[str, Any], name: str) -> int:
    """Return what Langfuse counts beside `input` or `output` in buckets of their own."""
    if as_count(usage.get(name)) is None:
        return 0
    return sum(as_count(count) or 0 for key, count in usage.items() if str(key).startswith(f"{name}_"))
