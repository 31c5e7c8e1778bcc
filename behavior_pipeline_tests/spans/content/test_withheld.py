"""What a writer cut or hid is never taken for what was said."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.spans.content.messages import messages, texts
from behavior_pipeline.spans.content.withheld import TRUNCATED, closed, cut_json, is_placeholder

HIDING = [
    "__REDACTED__", "[Scrubbed due to 'auth']", "<redacted>", "***", "[REDACTED]", "REDACTED", "[Filtered]",
    "***REDACTED***", "{{redacted}}",
    "[content removed]", "<masked>", "[REDACTED BY POLICY]", "  [REDACTED] ",
    "(omitted)", '"__REDACTED__"', "[Redacted: PII]", "REDACTED_BY_POLICY", "\u2588\u2588\u2588\u2588",
]  # fmt: skip
SAYING = [
    "The [REDACTED] man said no.",
    "Redacted documents are kept for a year.", "hidden", "[email]", "[person:a1]",
    "**Removed** the file.", "_removed_ it",
    "I removed [x].", "[1] Terms", "", "*", "<b>hidden</b> costs apply here",
]  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("text", HIDING)
def test_placeholder_is_known(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", SAYING)
def test_text_that_speaks_of_hiding_stays(text: str) -> None:
    assert not is_placeholder(text)


@given(st.dictionaries(st.text(max_size=6), VALUES, min_size=1, max_size=4), st.data())
def test_every_beginning_of_an_object_closes(value: dict[str, Any], data: st.DataObject) -> None:
    whole = orjson.dumps(value).decode()
    cut = whole[: data.draw(st.integers(2, len(whole) - 1))]
    left = closed(cut)
    assert isinstance(left, dict)
    assert set(left) <= set(value)


@given(st.text(min_size=1), st.data())
def test_what_is_left_of_a_text_is_its_beginning(text: str, data: st.DataObject) -> None:
    whole = json.dumps({"text": text})
    left = closed(whole[: data.draw(st.integers(9, len(whole) - 2))])
    assert text.startswith(left.get("text", ""))


@given(VALUES)
def test_whole_json_is_not_cut(value: Any) -> None:
    assert cut_json(json.dumps(value)) is None


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    cut_json(text)
    cut_json('[{"' + text)


@pytest.mark.parametrize("text", ['["x"] is a list', '{"a": 1} and more', "plain", '{"a"] broken'])
def test_text_that_is_broken_otherwise_is_no_cut_json(text: str) -> None:
    assert cut_json(text) is None


def test_messages_that_were_cut_keep_their_text_and_a_mark() -> None:
    whole = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Where is my parcel?"}]}])
    (turn,) = messages(whole[:-9], role="user") or []
    assert (texts(turn, "text"), turn["parts"][-1]) == ("Where is my par", TRUNCATED)


def test_messages_cut_before_any_text_are_none_with_a_mark() -> None:
    assert messages('[{"role": "user", "par', role="user") == [{"role": "user", "parts": [TRUNCATED]}]


def test_answer_that_is_broken_json_of_its_own_stays_a_text() -> None:
    (turn,) = messages('{"verdict": "yes"', role="assistant") or []
    assert texts(turn, "text") == '{"verdict": "yes"'
