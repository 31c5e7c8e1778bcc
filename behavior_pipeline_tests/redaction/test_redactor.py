import json
import re

import orjson
from hypothesis import example, given, settings
from hypothesis import strategies as st

from behavior_pipeline.dumps.attributes import json_text
from behavior_pipeline.redaction.folded import PSEUDONYM, folded
from behavior_pipeline.redaction.redactor import Redactor, redactor_of
from behavior_pipeline.settings.model import Privacy
from behavior_pipeline_tests.redaction.texts import FULL_WIDTH, cards, mixed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | mixed(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(mixed(), inner, max_size=3),
    max_leaves=8,
)


def redactor() -> Redactor:
    return Redactor(b"key")


class TestText:
    """Redaction replaces what it finds, once and for all, and nothing else."""

    @settings(deadline=None)
    @given(text=mixed())
    def test_text_without_hits_is_the_same(self, text: str) -> None:
        if not redactor().hits(text):
            assert redactor().text(text) == text

    @settings(max_examples=300, deadline=None)
    @given(text=mixed())
    @example("212-555-1234-4111111111111111")
    @example("I'm 34 years old. My name is Mr. Mr. Smith")
    @example("<PERSON_12345678> phone 12345678")
    def test_redacting_twice_is_redacting_once(self, text: str) -> None:
        once = redactor().text(text)
        assert redactor().text(once) == once

    @settings(deadline=None)
    @given(text=mixed())
    def test_what_was_found_is_gone(self, text: str) -> None:
        values = [text[hit.start : hit.end] for hit in redactor().hits(text)]
        outside = PSEUDONYM.sub("", redactor().text(text))
        assert [value for value in values if stands_in(outside, value)] == []

    @settings(deadline=None)
    @given(text=mixed())
    def test_a_view_has_the_length_of_its_text(self, text: str) -> None:
        assert len(folded(text)) == len(text)

    @settings(deadline=None)
    @given(text=mixed())
    def test_counts_are_those_of_new_pseudonyms(self, text: str) -> None:
        one = redactor()
        before = len(PSEUDONYM.findall(text))
        after = len(PSEUDONYM.findall(one.text(text)))
        assert sum(one.take().values()) == after - before
        assert one.take() == {}


def stands_in(text: str, value: str) -> bool:
    """Return whether a value is left: short ones may well be parts of other words and numbers."""
    if "@" in value or sum(map(str.isdigit, value)) >= 10:
        return value in text
    return len(value) > 4 and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None


class TestPseudonyms:
    """The same person survives: a value has one pseudonym, however it is written."""

    @settings(deadline=None)
    @given(number=cards())
    def test_spacing_does_not_matter(self, number: str) -> None:
        spaced = " ".join(re.findall(".{4}", number))
        assert redactor().text(number) == redactor().text(spaced)

    def test_case_and_width_do_not_matter(self) -> None:
        assert redactor().text("Anna@Example.org") == redactor().text("anna@example.org")
        assert redactor().text("4111111111111111") == redactor().text(FULL_WIDTH)

    def test_another_key_gives_another_pseudonym(self) -> None:
        assert redactor().text("anna@example.org") != Redactor(b"other").text("anna@example.org")

    def test_it_has_no_sign_that_json_escapes(self) -> None:
        pseudonym = redactor().text("anna@example.org")
        assert PSEUDONYM.fullmatch(pseudonym)
        assert json.dumps(pseudonym) == f'"{pseudonym}"'


class TestJson:
    """JSON stays JSON of the same structure."""

    @settings(max_examples=200, deadline=None)
    @given(value=JSON)
    def test_structure_stays(self, value: object) -> None:
        text = json_text(value) or "null"
        redacted = redactor().json(text)
        assert shape(orjson.loads(redacted)) == shape(orjson.loads(text))
        assert redactor().json(redacted) == redacted

    @settings(deadline=None)
    @given(value=JSON)
    def test_without_hits_it_is_the_same_text(self, value: object) -> None:
        one, text = redactor(), json_text(value) or "null"
        redacted = one.json(text)
        assert one.take() != {} or redacted == text

    def test_numbers_and_keys_are_redacted(self) -> None:
        redacted = orjson.loads(redactor().json('{"anna@example.org":{"n":4111111111111111}}'))
        ((key, inner),) = redacted.items()
        assert key.startswith("<EMAIL_ADDRESS_")
        assert inner["n"].startswith("<CREDIT_CARD_")

    def test_two_keys_of_one_value_stay_two(self) -> None:
        redacted = orjson.loads(redactor().json('{"Anna@example.org":1,"anna@example.org":2}'))
        assert sorted(redacted.values()) == [1, 2]

    def test_escapes_inside_of_nested_json_hide_nothing(self) -> None:
        inner = json.dumps({"a": "anna@example.org", "b": "ü"}).replace("@", "\\u0040")
        outer = json_text({"result": inner}) or ""
        redacted = redactor().json(outer)
        assert "example.org" not in redacted
        assert orjson.loads(orjson.loads(redacted)["result"])["b"] == "ü"

    def test_number_after_an_escape_of_nested_json_is_found(self) -> None:
        nested = json.dumps({"text": "first line\n4111111111111111"})
        assert "4111" not in redactor().json(json.dumps({"x": nested}))

    def test_deep_nesting_is_no_hiding_place(self) -> None:
        deep = "[" * 200 + '"anna@example.org"' + "]" * 200
        redacted = redactor().json(deep)
        assert "anna@" not in redacted
        assert orjson.loads(redacted)

    def test_what_is_no_json_is_redacted_as_text(self) -> None:
        assert "anna@" not in redactor().json("{broken: anna@example.org")


def shape(value: object) -> object:
    """Return the structure of a JSON value: scalars count as one, since a number may become a pseudonym."""
    if isinstance(value, dict):
        return sorted((shape(item) for item in value.values()), key=repr)
    return [shape(item) for item in value] if isinstance(value, list) else None


class TestFoundOnce:
    """What was found once is replaced wherever else it stands."""

    def test_a_number_that_words_gave_away_is_replaced_without_them(self) -> None:
        redacted = redactor().text(
            "My driver's license number is 5130634. " + "x" * 80 + " Is 5130634 valid?"
        )
        assert "5130634" not in redacted

    def test_other_spacing_is_found_too(self) -> None:
        redacted = redactor().text("phone 0171 1234567\n" + "x" * 80 + "\n01711234567")
        assert "1234567" not in redacted

    def test_a_name_is_no_part_of_a_longer_word(self) -> None:
        assert "Harrison" in redactor().text("Mrs. Harris met Harrison.")


def test_kinds_to_keep_stay() -> None:
    keeping = redactor_of(Privacy(keep=("EMAIL_ADDRESS",)), b"key")
    assert keeping is not None
    assert keeping.text("anna@example.org, 4111111111111111").startswith("anna@example.org, <CREDIT_CARD_")


def test_switched_off_there_is_no_redactor() -> None:
    assert redactor_of(Privacy(redact=False), b"key") is None


def test_a_repeated_text_is_looked_at_once_and_counted_each_time() -> None:
    one = redactor()
    assert [one.text("anna@example.org") and one.take() for _ in range(3)] == [{"EMAIL_ADDRESS": 1}] * 3


@settings(deadline=None)
@given(text=st.text(alphabet="aA1 .-@:<>\\\"'n\u00a0電", max_size=400))
def test_any_signs_are_read_without_an_error(text: str) -> None:
    redactor().text(text)
    redactor().text(text, "phone: ")
