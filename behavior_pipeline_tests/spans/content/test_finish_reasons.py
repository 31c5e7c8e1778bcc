"""Finish reasons of all providers are words of one vocabulary."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.spans.content.finish_reasons import FINISH_REASONS, finish_reason


@pytest.mark.parametrize(
    ("given_word", "wanted"),
    [("stop", "stop"), ("end_turn", "stop"), ("STOP", "stop"), ("FinishReason.MAX_TOKENS", "length"),
     ("tool-calls", "tool_calls"), ("tool_call", "tool_calls"), ("content-filter", "content_filter"),
     ("refusal", "content_filter"), ("SAFETY", "content_filter"), ("max_output_tokens", "length"),
     ("pause_turn", "pause_turn"), ("unknown", None), ("null", None), ("", None), (None, None), (7, None)],
)  # fmt: skip
def test_words(given_word: object, wanted: str | None) -> None:
    assert finish_reason(given_word) == wanted


@given(st.sampled_from(sorted(FINISH_REASONS)))
def test_words_of_the_vocabulary_are_fixed(word: str) -> None:
    known = finish_reason(word)
    assert finish_reason(known) == known
