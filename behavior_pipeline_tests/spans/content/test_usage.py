from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.spans.content.usage import token_counts

COUNT = st.integers(1, 10**6)


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
