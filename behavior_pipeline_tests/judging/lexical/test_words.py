import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.judging.lexical.words import answer_text, number, plain_text, sentences, stem, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("returned", "returns"),
        ("shipping", "ship"),
        ("deliveries", "delivery"),
        ("charges", "charge"),
        ("it's", "it"),
    ],
)
def test_endings_make_no_difference(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    ("one", "other"), [("1,299.00", "1299"), ("59.0", "59"), ("4.90", "4.9"), ("A-17", "a-17")]
)
def test_a_number_has_one_spelling(one: str, other: str) -> None:
    assert number(one) == number(other)


def test_identifiers_offer_their_parts_as_evidence() -> None:
    assert {"inv-2041", "2041"} <= tokens("Invoice INV-2041").numbers


def test_sentences_tell_names_from_first_words() -> None:
    first, second = sentences("Orders leave with NordPost today. Is that fine?")
    assert (first.names, first.is_question) == ((stem("NordPost"),), False)
    assert second.is_question


def test_json_answers_are_read_by_their_values() -> None:
    assert (
        answer_text('Here: {"answer": "It is late.", "step": ["wait"]} Bye')
        == "Here:\nIt is late.\nwait\nBye"
    )
    assert answer_text("{no json}") == "{no json}"
    assert plain_text({"a": {"b": 5, "c": True}}, keys=True) == "a\nb c\n5"


@given(st.text())
def test_any_text_is_cut_without_an_error(text: str) -> None:
    assert all(sentence.stems or sentence.numbers for sentence in sentences(answer_text(text)))
    tokens(text)
