import pytest

from behavior_pipeline.redaction.redactor import Redactor
from behavior_pipeline_tests.redaction.texts import HARMLESS, HOLDING

REDACTOR = Redactor(b"key")
CASES = [
    pytest.param(kind, text, value, id=text) for kind, values in HOLDING.items() for text, value in values
]


@pytest.mark.parametrize(("kind", "text", "value"), CASES)
def test_value_of_each_kind_is_found_whole(kind: str, text: str, value: str) -> None:
    values = [(hit.kind, text[hit.start : hit.end]) for hit in REDACTOR.hits(text)]
    assert (kind, value) in values
    assert len(values) == 1


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_look_alike_is_left_alone(text: str) -> None:
    assert REDACTOR.hits(text) == []
    assert REDACTOR.text(text) == text


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("phone", "0171 1234567", "PHONE_NUMBER"),
        ("homePhone", "5551234567", "PHONE_NUMBER"),
        ("passport_no", "C1234567", "PASSPORT"),
        ("dob", "1990-05-14", "DATE_OF_BIRTH"),
        ("first_name", "mei", None),
        ("first_name", "Mei", "PERSON"),
        ("lastName", "van der Berg", None),
        ("surname", "Müller-Lüdenscheidt", "PERSON"),
        ("zip_code", "48750", "ZIP_CODE"),
        ("order_number", "4539148803436467", None),
        ("order_phone_id", "12345678", None),
        ("zipper", "48750", None),
        ("file_name", "Report", None),
    ],
)
def test_name_of_a_field_says_what_its_value_is(field: str, value: str, kind: str | None) -> None:
    document = f'{{"{field}":"{value}"}}'
    redacted = REDACTOR.json(document)
    assert redacted == document if kind is None else redacted.startswith(f'{{"{field}":"<{kind}_')


def test_a_context_does_not_reach_into_the_next_sentence() -> None:
    assert REDACTOR.hits("Your phone is fine. Batches 12345678 and 23456789 are late.") == []


def test_a_version_needs_no_word_but_an_address_is_none_of_it() -> None:
    assert [hit.kind for hit in REDACTOR.hits("1.2.3.4 and 10.2.3.4")] == ["IP_ADDRESS"]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("on 2026-08-03 4111 1111 1111 1111", "CREDIT_CARD", "4111 1111 1111 1111"),
        ("4111 1111 1111 1111 2026-08-03", "CREDIT_CARD", "4111 1111 1111 1111"),
        ("4111 1111 1111 1111 12/27 123é", "CREDIT_CARD", "4111 1111 1111 1111"),
        ("x1 4111 1111 1111 1111", "CREDIT_CARD", "4111 1111 1111 1111"),
        ("tel. 0171 1234567 2026-08-03", "PHONE_NUMBER", "0171 1234567"),
        ("born 1990-05-14 123-45-6789", "US_SSN", "123-45-6789"),
    ],
)
def test_a_number_is_found_beside_other_numbers(text: str, kind: str, value: str) -> None:
    assert (kind, value) in [(hit.kind, text[hit.start : hit.end]) for hit in REDACTOR.hits(text)]
