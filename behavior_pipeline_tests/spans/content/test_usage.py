from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.spans.content.usage import completed, counted_alike, settle, token_counts

COUNT = st.integers(1, 10**6)
SOME = st.integers(0, 2000)


def of(usage: Any) -> tuple[int | None, ...]:
    counts = token_counts(usage)
    return tuple(
        counts[name] for name in ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens")
    )


@pytest.mark.parametrize(
    ("usage", "wanted"),
    [
        # OpenAI's chat and responses APIs: cached tokens are part of the input
        (
            {
                "prompt_tokens": 100,
                "completion_tokens": 10,
                "total_tokens": 110,
                "prompt_tokens_details": {"cached_tokens": 80},
                "completion_tokens_details": {"reasoning_tokens": 4},
            },
            (100, 10, 80, 4),
        ),
        (
            {"input_tokens": 100, "output_tokens": 10, "input_tokens_details": {"cached_tokens": 80}},
            (100, 10, 80, None),
        ),
        # Anthropic's API: beside it
        (
            {
                "input_tokens": 20,
                "output_tokens": 10,
                "cache_read_input_tokens": 80,
                "cache_creation_input_tokens": 5,
            },
            (105, 10, 80, None),
        ),
        # MLflow adds Anthropic's caches to the input, as its total shows
        (
            {"input_tokens": 105, "output_tokens": 10, "total_tokens": 115, "cache_read_input_tokens": 80},
            (105, 10, 80, None),
        ),
        # Langfuse's buckets exclude each other
        (
            {
                "input": 20,
                "input_cached_tokens": 80,
                "output": 6,
                "output_reasoning_tokens": 4,
                "total": 110,
            },
            (100, 10, 80, 4),
        ),
        ({"input": 20, "input_cache_read": 80, "output": 6}, (100, 6, 80, None)),
        # unless the total says that they do not
        ({"input": 100, "input_cached_tokens": 80, "output": 10, "total": 110}, (100, 10, 80, None)),
        # LangChain
        (
            {
                "input_tokens": 100,
                "output_tokens": 10,
                "total_tokens": 110,
                "input_token_details": {"cache_read": 7},
            },
            (100, 10, 7, None),
        ),
        # Gemini
        ({"promptTokenCount": 9, "candidatesTokenCount": 3, "totalTokenCount": 12}, (9, 3, None, None)),
        ('{"prompt_tokens": "7", "completion_tokens": 2.0}', (7, 2, None, None)),
    ],
)
def test_every_api_counts_the_same(usage: Any, wanted: tuple[int | None, ...]) -> None:
    assert of(usage) == wanted


@pytest.mark.parametrize(
    "usage",
    [
        {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0},
        {"input": 0, "output": 0, "total": 0},
        {"prompt_tokens": 0, "completion_tokens": 12},
        {},
        None,
        "",
        "none",
        [],
        5,
        {"input_tokens": None},
        {"input_tokens": -3, "output_tokens": "x"},
    ],
)
def test_no_tokens_of_input_are_missing_tokens_and_never_zero(usage: Any) -> None:
    assert of(usage) == (None, None, None, None)


def test_an_answer_without_tokens_has_zero_of_output() -> None:
    assert of({"prompt_tokens": 5, "completion_tokens": 0, "total_tokens": 5}) == (5, 0, None, None)


@given(plain=COUNT, cached=COUNT, output=COUNT, total=st.booleans())
def test_buckets_and_wholes_agree(plain: int, cached: int, output: int, total: bool) -> None:
    whole = {
        "prompt_tokens": plain + cached,
        "completion_tokens": output,
        "prompt_tokens_details": {"cached_tokens": cached},
    }
    buckets = {"input": plain, "input_cached_tokens": cached, "output": output}
    buckets |= {"total": plain + cached + output} if total else {}
    assert of(whole) == of(buckets)


def whole(usage: Any) -> dict[str, int]:
    return {name: count for name, count in token_counts(usage).items() if count is not None}


def flat(**attributes: Any) -> dict[str, Any]:
    return settle(dict(attributes), {})


@pytest.mark.parametrize(
    ("usage", "wanted"),
    [
        pytest.param(
            {
                "prompt_tokens": 1500, "completion_tokens": 400, "total_tokens": 1900,
                "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 100},
                "completion_tokens_details": {"reasoning_tokens": 256, "audio_tokens": 30,
                                              "accepted_prediction_tokens": 5},
            },
            {"input_tokens": 1500, "output_tokens": 400, "cached_tokens": 1024, "audio_input_tokens": 100,
             "reasoning_tokens": 256, "audio_output_tokens": 30},
            id="OpenAI chat with audio",
        ),
        pytest.param(
            {
                "input_tokens": 1500, "output_tokens": 400, "total_tokens": 1900,
                "input_tokens_details": {"cached_tokens": 1024, "cache_write_tokens": 300},
                "output_tokens_details": {"reasoning_tokens": 256},
            },
            {"input_tokens": 1500, "output_tokens": 400, "cached_tokens": 1024, "cache_written_tokens": 300,
             "reasoning_tokens": 256},
            id="OpenAI responses",
        ),
        pytest.param(
            {
                "input_tokens": 19, "output_tokens": 30, "cache_read_input_tokens": 39000,
                "cache_creation_input_tokens": 1733,
                "cache_creation": {"ephemeral_5m_input_tokens": 733, "ephemeral_1h_input_tokens": 1000},
                "service_tier": "standard", "server_tool_use": {"web_search_requests": 1},
            },
            {"input_tokens": 40752, "output_tokens": 30, "cached_tokens": 39000, "cache_written_tokens": 1733,
             "cache_written_1h_tokens": 1000},
            id="Anthropic",
        ),
        pytest.param(
            {"promptTokenCount": 100, "candidatesTokenCount": 20, "thoughtsTokenCount": 300,
             "cachedContentTokenCount": 60, "toolUsePromptTokenCount": 7, "totalTokenCount": 427,
             "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 70},
                                     {"modality": "AUDIO", "tokenCount": 30}]},
            {"input_tokens": 107, "output_tokens": 320, "cached_tokens": 60, "reasoning_tokens": 300,
             "audio_input_tokens": 30},
            id="Gemini",
        ),
        pytest.param(
            {"promptTokenCount": 100, "candidatesTokenCount": 20, "thoughtsTokenCount": 3},
            {"input_tokens": 100, "output_tokens": 23, "reasoning_tokens": 3},
            id="Gemini without a total",
        ),
        pytest.param(
            {"prompt_token_count": 100, "candidates_token_count": 20, "total_token_count": 420},
            {"input_tokens": 100},
            id="Gemini, thoughts not written down",
        ),
        pytest.param(
            {"inputTokens": 20, "outputTokens": 10, "totalTokens": 115, "cacheReadInputTokens": 80,
             "cacheWriteInputTokens": 5},
            {"input_tokens": 105, "output_tokens": 10, "cached_tokens": 80, "cache_written_tokens": 5},
            id="Bedrock Converse",
        ),
        pytest.param(
            {"inputTokens": {"total": 1500, "noCache": 476, "cacheRead": 1000, "cacheWrite": 24},
             "outputTokens": {"total": 400, "text": 144, "reasoning": 256}},
            {"input_tokens": 1500, "output_tokens": 400, "cached_tokens": 1000, "cache_written_tokens": 24,
             "reasoning_tokens": 256},
            id="Vercel, a provider's usage",
        ),
        pytest.param(
            {"input_tokens": 350, "output_tokens": 240, "total_tokens": 590,
             "input_token_details": {"audio": 10, "cache_creation": 200, "cache_read": 100},
             "output_token_details": {"audio": 10, "reasoning": 200}},
            {"input_tokens": 350, "output_tokens": 240, "cached_tokens": 100, "cache_written_tokens": 200,
             "audio_input_tokens": 10, "reasoning_tokens": 200, "audio_output_tokens": 10},
            id="LangChain",
        ),
        pytest.param(
            {"input_tokens": 350, "output_tokens": 24, "total_tokens": 374,
             "input_token_details": {"cache_creation": 0, "cache_read": 100, "ephemeral_1h_input_tokens": 50,
                                     "ephemeral_5m_input_tokens": 150}},
            {"input_tokens": 350, "output_tokens": 24, "cached_tokens": 100, "cache_written_tokens": 200,
             "cache_written_1h_tokens": 50},
            id="LangChain, Anthropic's two caches",
        ),
        pytest.param(
            {"billed_units": {"input_tokens": 5, "output_tokens": 4},
             "tokens": {"input_tokens": 71, "output_tokens": 6}, "cached_tokens": 64},
            {"input_tokens": 71, "output_tokens": 6, "cached_tokens": 64},
            id="Cohere",
        ),
        pytest.param(
            {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13},
            {"input_tokens": 10, "output_tokens": 3},
            id="Mistral",
        ),
        pytest.param(
            {"prompt_tokens": 100, "completion_tokens": 3, "total_tokens": 103, "prompt_cache_hit_tokens": 64,
             "prompt_cache_miss_tokens": 36},
            {"input_tokens": 100, "output_tokens": 3, "cached_tokens": 64},
            id="DeepSeek",
        ),
        pytest.param(
            {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 150,
             "completion_tokens_details": {"reasoning_tokens": 30}},
            {"input_tokens": 100, "output_tokens": 50, "reasoning_tokens": 30},
            id="xAI: reasoning beside",
        ),
        pytest.param(
            {"input": 20, "input_cache_read": 80, "input_cache_creation": 5, "output": 6,
             "output_reasoning": 4, "total": 115},
            {"input_tokens": 105, "output_tokens": 10, "cached_tokens": 80, "cache_written_tokens": 5,
             "reasoning_tokens": 4},
            id="Langfuse's buckets",
        ),
        pytest.param(
            {"prompt_tokens": 105, "completion_tokens": 10, "total_tokens": 115,
             "cache_read_input_tokens": 80, "cache_creation_input_tokens": 5,
             "prompt_tokens_details": {"cached_tokens": 80}},
            {"input_tokens": 105, "output_tokens": 10, "cached_tokens": 80, "cache_written_tokens": 5},
            id="LiteLLM",
        ),
        pytest.param({"prompt_eval_count": 26, "eval_count": 9}, {"input_tokens": 26, "output_tokens": 9},
                     id="Ollama"),
    ],
)  # fmt: skip
def test_usage_of_each_api_is_read_whole(usage: dict[str, Any], wanted: dict[str, int]) -> None:
    assert whole(usage) == wanted


@pytest.mark.parametrize(
    ("usage", "wanted"),
    [
        ({"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 500}, {}),
        # The total confirms the output as it is written, and denies any way of counting the input.
        (
            {"input_tokens": 19, "output_tokens": 30, "total_tokens": 49, "cache_read_input_tokens": 39000},
            {"output_tokens": 30},
        ),
        ({"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120, "reasoning_tokens": 300},
         {"input_tokens": 100}),
        # Hit and miss are the whole.
        ({"prompt_tokens": 100, "completion_tokens": 3, "prompt_cache_hit_tokens": 64,
          "prompt_cache_miss_tokens": 30}, {"output_tokens": 3}),
        # Written tokens beside, cached ones inside or beside: nothing tells which.
        ({"prompt_tokens": 910, "completion_tokens": 3, "cached_tokens": 900, "cache_write_tokens": 1733},
         {"output_tokens": 3}),
        ({"prompt_tokens": 910, "completion_tokens": 3, "total_tokens": 2646, "cached_tokens": 900,
          "cache_write_tokens": 1733},
         {"input_tokens": 2643, "output_tokens": 3, "cached_tokens": 900, "cache_written_tokens": 1733}),
        # Two sides could explain the total.
        ({"prompt_tokens": 100, "completion_tokens": 60, "total_tokens": 210, "cached_tokens": 50,
          "reasoning_tokens": 50}, {}),
    ],
)  # fmt: skip
def test_what_a_total_puts_in_doubt_is_missing(usage: dict[str, Any], wanted: dict[str, int]) -> None:
    assert whole(usage) == wanted


def test_total_of_zero_says_nothing() -> None:
    assert whole({"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 0})["input_tokens"] == 5


def test_attributes_count_caches_inside_until_one_proves_otherwise() -> None:
    inside = {"input_tokens": 130213, "output_tokens": 50, "cached_tokens": 128955,
              "cache_written_tokens": 1253}  # fmt: skip
    assert flat(**inside) == inside
    beside = flat(input_tokens=19, output_tokens=50, cached_tokens=39000)
    assert (beside["input_tokens"], beside["cached_tokens"]) == (39019, 39000)
    doubtful = {"input_tokens": 20, "output_tokens": 5, "cached_tokens": 10, "cache_written_tokens": 39000}
    assert settle(dict(doubtful), {}) == {"output_tokens": 5}
    of_anthropic = settle(dict(doubtful), {"gen_ai.system": "anthropic"})
    assert of_anthropic["input_tokens"] == 39030


def test_another_record_of_a_call_fills_what_is_lacking_and_mixes_nothing() -> None:
    raw = {"input_tokens": 19, "output_tokens": None, "cached_tokens": None}
    wrapper = {"input_tokens": 39019, "output_tokens": 30, "cached_tokens": 39000, "reasoning_tokens": None}
    filled = completed(raw, wrapper)
    assert (filled["input_tokens"], filled["cached_tokens"], filled["output_tokens"]) == (39019, 39000, 30)
    other = {"input_tokens": 25, "cached_tokens": 24, "output_tokens": 30}
    assert completed(raw, other)["cached_tokens"] is None
    assert not counted_alike(raw, other)


NAMES = (
    "prompt_tokens", "input_tokens", "input", "completion_tokens", "output", "total_tokens", "cached_tokens",
    "cache_read_input_tokens", "input_cache_read", "cache_creation_input_tokens", "cache_write_tokens",
    "ephemeral_1h_input_tokens", "ephemeral_5m_input_tokens", "reasoning_tokens", "output_reasoning_tokens",
    "thoughts_token_count", "candidates_token_count", "noCacheTokens", "input_audio_tokens", "output_audio",
    "toolUsePromptTokenCount",
)  # fmt: skip
USAGES = st.dictionaries(st.sampled_from(NAMES), SOME)


PARTS = st.tuples(SOME, SOME, SOME)


def inside(plain: int, answer: int, parts: tuple[int, int, int]) -> dict[str, int]:
    cached, written, thoughts = parts
    return {"prompt_tokens": plain + cached + written, "completion_tokens": answer + thoughts,
            "cached_tokens": cached, "cache_write_tokens": written, "reasoning_tokens": thoughts}  # fmt: skip


class TestLaws:
    """Parts never exceed what they are parts of, and a total only ever confirms or casts doubt."""

    @given(usage=USAGES)
    def test_parts_are_within_their_wholes(self, usage: dict[str, int]) -> None:
        counts = token_counts(usage)
        asked, answered = counts["input_tokens"], counts["output_tokens"]
        caches = (counts["cached_tokens"] or 0) + (counts["cache_written_tokens"] or 0)
        assert asked is None or caches <= asked
        assert answered is None or (counts["reasoning_tokens"] or 0) <= answered
        assert (counts["cache_written_1h_tokens"] or 0) <= (counts["cache_written_tokens"] or 0)

    @given(usage=USAGES)
    def test_total_that_agrees_changes_nothing(self, usage: dict[str, int]) -> None:
        usage.pop("total_tokens", None)
        counts = token_counts(usage)
        if counts["input_tokens"] is not None and counts["output_tokens"] is not None:
            total = counts["input_tokens"] + counts["output_tokens"]
            assert token_counts({**usage, "total_tokens": total}) == counts

    @given(plain=COUNT, answer=COUNT, parts=PARTS, off=st.integers(1, 10**6))
    def test_total_that_contradicts_leaves_no_whole(
        self, plain: int, answer: int, parts: tuple[int, int, int], off: int
    ) -> None:
        usage = inside(plain, answer, parts)
        total = plain + answer + 2 * sum(parts) + off  # above every reading
        counts = token_counts({**usage, "total_tokens": total})
        assert counts["input_tokens"] is counts["output_tokens"] is None

    @given(plain=COUNT, answer=COUNT, parts=PARTS)
    def test_writers_that_count_inside_and_beside_say_the_same(
        self, plain: int, answer: int, parts: tuple[int, int, int]
    ) -> None:
        within = inside(plain, answer, parts)
        within["total_tokens"] = plain + answer + sum(parts)
        beside = {**within, "prompt_tokens": plain, "completion_tokens": answer}
        wholes = within["prompt_tokens"], within["completion_tokens"]
        read = token_counts(within)
        assert (read["input_tokens"], read["output_tokens"]) == wholes
        read = token_counts(beside)
        assert read["input_tokens"] in (None, wholes[0])
        assert read["output_tokens"] in (None, wholes[1])
