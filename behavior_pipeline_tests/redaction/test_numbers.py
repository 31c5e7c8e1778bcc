"""Numbers go however they are written: over lines, lists, parts of a message, in small letters, deep down."""

import json
import sys
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behavior_pipeline.redaction.finders import checksums
from behavior_pipeline.redaction.redactor import Redactor
from behavior_pipeline.redaction.row import redact_row
from behavior_pipeline_tests.redaction.test_row import redacted, row
from behavior_pipeline_tests.redaction.texts import cards

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import made_numbers
import privacy_made

REDACTOR = Redactor(b"key")
CARD = "4111111111111111"
IBAN = "DE89370400440532013000"


@pytest.mark.parametrize("sign", ["\n", "\r\n", "\t", "_", " ", "  ", "-", ".", " - ", " / ", ", "])
@pytest.mark.parametrize("size", [1, 2, 4])
def test_card_goes_whatever_stands_between_its_digits(sign: str, size: int) -> None:
    written = sign.join(CARD[at : at + size] for at in range(0, 16, size))
    for text in (f"it is {written}", json.dumps({"x": f"it is {written} ok"})):
        assert "1111" not in REDACTOR.text(text).replace(sign, "")
        assert REDACTOR.text(text).count("<CREDIT_CARD_") == 1


@pytest.mark.parametrize(
    "text",
    [
        "8360 / 4111 / 1111 / 1111 / 1111", "a 4111\t1111\t1111\t1111\t1112",
        "rows 4111, 1111, 1111, 1111, 5555",
        "41 - 111111 - 11111111", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13", "2021 2022 2023 2024",
    ],
)  # fmt: skip
def test_series_of_numbers_are_no_card(text: str) -> None:
    assert REDACTOR.hits(text) == []


@pytest.mark.parametrize(
    "value",
    [int(CARD), float(CARD), [4111, 1111, 1111, 1111], ["4111", "1111", "1111", "1111"], [*map(int, CARD)]],
)
def test_card_in_numbers_of_json_goes(value: object) -> None:
    text = REDACTOR.json(json.dumps({"n": value, "rest": [1, 2.5, 7.0, True]}))
    assert "1111" not in text.replace(",", "").replace('"', "")
    assert orjson.loads(text)["rest"] == [1, 2.5, 7.0, True]


@given(number=cards(), cut=st.integers(1, 15), sign=st.sampled_from(["", " "]))
@settings(deadline=None)
def test_card_over_parts_of_a_message_goes(number: str, cut: int, sign: str) -> None:
    parts = (
        [f"my card {number[:cut]}{sign}", number[cut:]]
        if sign
        else [f"my card {number[:cut]}", f"{number[cut:]} ok"]
    )
    messages = [{"role": "user", "parts": [{"type": "text", "content": part} for part in parts]}]
    (message,) = orjson.loads(redacted(input_messages=messages)["input_messages"])
    contents = [part["content"] for part in message["parts"]]
    assert len(contents) == len(parts)
    assert contents[0].startswith("my card <CREDIT_CARD_") or sign
    if not sign or cut % 4 == 0:
        assert number[:cut] not in contents[0].partition("<")[0]
        assert contents[1] in ("", " ok")


@pytest.mark.parametrize(
    "text", [IBAN.lower(), "de89 3704 0044 0532 0130 00", "De89370400440532013000", "gb33bukb20201555555555",
             "nl91abna0417164300", "fr76 3000 6000 0112 3456 7890 189"]
)  # fmt: skip
def test_iban_in_small_letters_goes_and_the_words_behind_it_stay(text: str) -> None:
    rewritten = REDACTOR.text(f"send it to {text} today please")
    assert rewritten.startswith("send it to <IBAN_CODE_")
    assert rewritten.endswith("> today please")


@pytest.mark.parametrize("text", [IBAN.lower()[:-1] + "1", "de3510087836ad7520be", "de12", "at" + "0" * 3])
def test_what_only_begins_like_an_iban_is_none(text: str) -> None:
    assert checksums.small_iban(text) == 0


@pytest.mark.parametrize("depth", [0, 61, 200])
@pytest.mark.parametrize("name", ["enum", "const", "$comment", "default", "examples", "description"])
def test_values_in_definitions_of_tools_go_however_deep(name: str, depth: int) -> None:
    schema: object = {"type": "string", name: [CARD] if name in ("enum", "examples") else CARD}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}}
    assert CARD not in redacted(tool_definitions=[{"name": "pay", "parameters": schema}])["tool_definitions"]


def test_a_property_that_is_called_like_a_keyword_stays_a_schema() -> None:
    properties = {"default": {"type": "string", "pattern": CARD}, "enum": {"enum": ["a"]}}
    schema = {"type": "object", "properties": properties}
    assert orjson.loads(redacted(response_schema=schema)["response_schema"]) == schema


class TestMadeSets:
    """Numbers that were made before the recognisers changed: all go, and two of 10,000 texts are hit."""

    def test_made_numbers_go(self) -> None:
        for one in made_numbers.made_numbers():
            made = row() | {one.column: one.content}
            redact_row(made, Redactor(b"key"))
            left = [value for value in one.values if privacy_made.stands_in(made[one.column], value)]
            assert left == [], one

    def test_numbers_of_things_stay(self) -> None:
        assert [text for text in made_numbers.harmless_numbers(2_000) if REDACTOR.text(text) != text] == []
