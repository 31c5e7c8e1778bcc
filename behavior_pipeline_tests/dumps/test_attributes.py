"""Values are read as counts, texts and canonical JSON, and nothing is refused."""

import json
import math
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from behavior_pipeline.dumps.attributes import (
    as_count,
    as_json,
    as_text,
    json_text,
    nested,
    numbered,
    parsed,
)

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


class TestCanonicalJson:
    """Equal values have equal texts."""

    @pytest.mark.parametrize(
        ("one", "other"),
        [(59.0, 59), (1e16, 10**16), (1.5e17, 15 * 10**16), (9e18, 9 * 10**18), (-0.0, 0), (1e21, 10**21)],
    )
    def test_numbers(self, one: float, other: int) -> None:
        assert json_text({"n": [one]}) == json_text({"n": [other]})

    @given(VALUES)
    @example({"a": [1e16, "v2.0, and", {"x": 1e300}], "b": -5e-324, "c": 2**70})
    def test_text_holds_the_value(self, value: Any) -> None:
        written = json_text(value)
        if value is None:
            assert written is None
            return
        assert written is not None
        assert json_text(orjson.loads(written)) in (written, None)

    @given(VALUES)
    def test_order_of_keys_does_not_matter(self, value: Any) -> None:
        assert as_json(json.dumps(value)) == json_text(parsed(json.dumps(value)))

    @given(st.integers(-(10**30), 10**30))
    def test_a_whole_float_is_its_integer(self, number: int) -> None:
        value = float(number)
        if int(value) == number:
            assert json_text(value) == json_text(number)

    def test_infinities_and_nan_are_null(self) -> None:
        assert json_text([math.inf, math.nan]) == "[null,null]"
        assert as_json('{"score": NaN, "n": 1.0}') == '{"n":1,"score":null}'

    def test_halves_of_surrogate_pairs_are_replaced(self) -> None:
        assert as_json('["\\ud83d"]') == json.dumps(["\ufffd"], ensure_ascii=False)

    def test_what_nests_too_deep_stays_a_text(self) -> None:
        text = "[" * 600 + "]" * 600
        assert parsed(text) == text
        assert as_json(text) == json.dumps(text)


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (5, 5),
        ("5", 5),
        (5.0, 5),
        (5.5, None),
        (-1, None),
        (True, None),
        ("x", None),
        (None, None),
        ([5], None),
        (2**63, None),
        (float("inf"), None),
        (float("nan"), None),
        ("9" * 30, None),
        ("\u0665", None),
    ],
)
def test_counts(value: Any, count: int | None) -> None:
    assert as_count(value) == count


def test_texts() -> None:
    assert as_text("") is None
    assert as_text(["a"]) == '["a"]'
    assert as_text(0) == "0"


class TestFlattenedLists:
    """`prefix.N.name` becomes entries in the order of their numbers."""

    def test_entries(self) -> None:
        attributes = {"p.10.role": "b", "p.2.role": "a", "p.2.calls.0.id": "x", "other": 1, "p.3.role": None}
        assert numbered(attributes, "p.") == [{"role": "a", "calls": [{"id": "x"}]}, {"role": "b"}]

    @given(st.dictionaries(st.text("p.0123a", max_size=12), st.integers() | st.none()))
    def test_any_names(self, attributes: dict[str, Any]) -> None:
        assert all(isinstance(entry, dict) for entry in numbered(attributes, "p."))

    def test_a_number_of_thousands_of_digits_is_a_name(self) -> None:
        assert numbered({"p." + "9" * 5000 + ".role": "a"}, "p.") == []

    def test_dotted_names_in_lists(self) -> None:
        flat = {"message.role": "user", "message.tool_calls": [{"tool_call.function.name": "f"}]}
        wanted = {"message": {"role": "user", "tool_calls": [{"tool_call": {"function": {"name": "f"}}}]}}
        assert nested(flat) == wanted


def test_values_are_not_written_into() -> None:
    attributes: dict[str, Any] = {"a.0": {"role": "user", "more": {}}, "a.0.text": "x", "a.0.more.b": 1}
    assert numbered(attributes, "a.") == [{"role": "user", "more": {"b": 1}, "text": "x"}]
    assert attributes["a.0"] == {"role": "user", "more": {}}
