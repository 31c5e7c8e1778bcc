import pytest

from behavior_pipeline.spans.content.count_names import CLUES, COUNTS, count_named
from behavior_pipeline.spans.conventions.meanings import COUNTED
from behavior_pipeline.spans.dialect import dialects

SPELLINGS = {
    "input_tokens": "prompt_tokens inputTokens promptTokenCount input prompt_eval_count",
    "output_tokens": "completion_tokens outputTokens candidates_token_count output generation_token_count",
    "total_tokens": "total totalTokens total_token_count",
    "cached_tokens": "cached_tokens input_cached_tokens cache_read_input_tokens cache_read.input_tokens"
    " cache_read_tokens cacheReadInputTokenCount cachedInputTokens cachedContentTokenCount"
    " prompt_tokens_details.cached_tokens inputTokenDetails.cacheReadTokens prompt_cache_hit_tokens"
    " details.cache_read_tokens input_tokens.cached prompt_details.cache_input",
    "cache_written_tokens": "cache_creation_input_tokens cache_creation.input_tokens cache_write_tokens"
    " cacheWriteInputTokens input_cache_creation inputTokenDetails.cacheWriteTokens"
    " prompt_details.cache_write",
    "cache_written_1h_tokens": "ephemeral_1h_input_tokens input_cache_creation_1h",
    "cache_written_5m_tokens": "cache_creation.ephemeral_5m_input_tokens input_cache_creation_5m",
    "reasoning_tokens": "reasoning_tokens reasoning.output_tokens outputTokenDetails.reasoningTokens"
    " thoughtsTokenCount output_reasoning completion_details.reasoning output_tokens_details.thinking_tokens",
    "audio_input_tokens": "prompt_details.audio input_audio_tokens prompt_tokens_details.audio_tokens",
    "audio_output_tokens": "completion_details.audio output_audio",
    "uncached_tokens": "noCacheTokens prompt_cache_miss_tokens",
}


@pytest.mark.parametrize(
    ("meant", "name"), [(meant, name) for meant, names in SPELLINGS.items() for name in names.split()]
)
def test_spelling_does_not_matter(meant: str, name: str) -> None:
    assert count_named(name) == meant


@pytest.mark.parametrize(
    "name",
    ["cache_hit_ratio", "input_cost", "total_cost", "cost_details.input", "audio_tokens", "cache_tokens",
     "cached_audio_tokens", "cache_audio_read_tokens", "server_tool_use", "reasoning_effort", "latency", "",
     "input_output", "web_search_requests", "accepted_prediction_tokens", "output_cached_tokens"],
)  # fmt: skip
def test_name_with_a_word_that_is_not_known_is_no_count(name: str) -> None:
    assert count_named(name) is None


def test_attributes_that_dialects_list_mean_what_their_names_say() -> None:
    for name, dialect in dialects().items():
        for meant in (*COUNTS, *CLUES):
            for key in dialect.sources.get(meant, ()):
                start = next((start for start in COUNTED if key.startswith(start)), None)
                if start and not key.endswith(("details", "tokens")):
                    assert count_named(key.removeprefix(start)) == meant, (name, key)
