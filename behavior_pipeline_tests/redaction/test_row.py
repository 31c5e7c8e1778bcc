import json
import pickle
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from behavior_pipeline.dumps.attributes import json_text
from behavior_pipeline.redaction.redactor import Redactor, redactor_of
from behavior_pipeline.redaction.row import WALKS, redact_row
from behavior_pipeline.settings.model import Privacy
from behavior_pipeline.spans.content.messages import messages
from behavior_pipeline.tables.traces import SPANS
from behavior_pipeline_tests.redaction.texts import cards, mixed

KEY = b"key"
PERSONAL = "anna@example.org"


def row(**columns: Any) -> dict[str, Any]:
    """Return a row of content.spans: JSON columns are given as values, `texts` of the user as messages."""
    span_row: dict[str, Any] = dict.fromkeys(SPANS.columns)
    span_row |= {"attributes": "{}", "name": "chat"}
    for name, value in columns.items():
        span_row[name] = json_text(value) if name in WALKS else value
    return span_row


def user_messages(*texts: str) -> list[dict[str, Any]]:
    return [{"role": "user", "parts": [{"type": "text", "content": text}]} for text in texts]


def redacted(**columns: Any) -> dict[str, Any]:
    span_row = row(**columns)
    redact_row(span_row, Redactor(KEY))
    return span_row


@pytest.mark.parametrize(
    "name",
    [*WALKS, "system_prompt", "reasoning", "feedback", "name", "error_type", "prompt_version",
     "conversation_id", "session_id"],
)  # fmt: skip
def test_every_column_with_words_is_redacted(name: str) -> None:
    value: Any = f"mail {PERSONAL}"
    if name in ("input_messages", "output_messages"):
        value = user_messages(value)
    elif name in ("tool_definitions", "response_schema"):
        value = [{"name": "find", "description": value}]
    elif name in WALKS:
        value = {"x": [value]}
    span_row = redacted(**{name: value})
    assert PERSONAL not in json.dumps(span_row)
    assert orjson.loads(span_row["redactions"]) == {"EMAIL_ADDRESS": 1}


def test_row_without_hits_is_the_same() -> None:
    before = row(
        input_messages=user_messages("Where is my parcel 4711?"), attributes={"customer.segment": "smb"}
    )
    after = dict(before)
    redact_row(after, Redactor(KEY))
    assert after == before | {"redactions": None}


@settings(deadline=None)
@given(
    texts=st.lists(mixed(), max_size=3), arguments=st.dictionaries(st.text(max_size=5), mixed(), max_size=2)
)
@example(texts=["born 7/14/19954000000000000002", "4000000000000002"], arguments={})
def test_redacting_a_row_twice_is_redacting_it_once(texts: list[str], arguments: dict[str, str]) -> None:
    once = redacted(
        input_messages=user_messages(*texts), tool_arguments=arguments, reasoning="\n".join(texts)
    )
    again = dict(once)
    redact_row(again, Redactor(KEY))
    assert again | {"redactions": None} == once | {"redactions": None}
    assert again["redactions"] is None


class TestStructure:
    """What joins rows or names tools is never changed, whatever it looks like."""

    CALL = "4111111111111111"

    def test_of_calls_and_their_results(self) -> None:
        asked = {"type": "tool_call", "id": self.CALL, "name": PERSONAL, "arguments": {"id": PERSONAL}}
        answered = {"type": "tool_call_response", "id": self.CALL, "response": {"id": PERSONAL}}
        answers = [
            {"role": "assistant", "parts": [asked], "finish_reason": "stop"},
            {"role": "tool", "parts": [answered]},
        ]
        first, second = orjson.loads(redacted(output_messages=answers)["output_messages"])
        call, response = first["parts"][0], second["parts"][0]
        assert (call["id"], call["name"], response["id"]) == (self.CALL, PERSONAL, self.CALL)
        assert call["arguments"]["id"] == response["response"]["id"]
        assert call["arguments"]["id"].startswith("<EMAIL_ADDRESS_")
        assert (first["role"], first["finish_reason"], call["type"]) == ("assistant", "stop", "tool_call")

    def test_of_documents_and_tools(self) -> None:
        span_row = redacted(
            documents=[{"id": PERSONAL, "score": 0.5, "content": PERSONAL, "metadata": {"id": PERSONAL}}],
            tool_definitions=[
                {"name": PERSONAL, "parameters": {"properties": {PERSONAL: {"type": "string"}}}}
            ],
            response_schema={"properties": {"mail": {"format": "email", "pattern": PERSONAL}}},
        )
        (document,) = orjson.loads(span_row["documents"])
        assert document["id"] == PERSONAL
        assert document["metadata"]["id"] == document["content"] != PERSONAL
        assert span_row["tool_definitions"].count(PERSONAL) == 2
        assert PERSONAL in span_row["response_schema"]

    def test_of_columns(self) -> None:
        structural = {
            "tool_call_id": self.CALL,
            "response_id": self.CALL,
            "tool_name": PERSONAL,
            "trace_id": self.CALL,
        }
        assert structural.items() <= redacted(**structural).items()

    def test_of_attributes_is_their_names(self) -> None:
        assert list(orjson.loads(redacted(attributes={PERSONAL: PERSONAL})["attributes"])) == [PERSONAL]

    @settings(deadline=None)
    @given(content=mixed(), number=cards())
    def test_messages_stay_messages(self, content: str, number: str) -> None:
        given_messages = messages(
            [{"role": "user", "content": content or "x"}, {"role": "tool", "content": number}], role="user"
        )
        rewritten = redacted(input_messages=given_messages)["input_messages"]
        assert messages(rewritten, role="user") == orjson.loads(rewritten)


class TestSameRow:
    """What is found in one field of a row is replaced in all of them."""

    def test_a_number_is_replaced_where_no_word_says_what_it_is(self) -> None:
        span_row = redacted(
            input_messages=user_messages("My driver's license number is 5130634"),
            tool_arguments={"value": "5130634", "n": 5130634},
            tool_result='"looked up 5130634"',
            attributes={"note": "5130634", "gen_ai.retrieval.query.text": "who has 5130634"},
        )
        assert "5130634" not in json.dumps(span_row)

    def test_other_spacing_and_escapes_are_the_same_value(self) -> None:
        nested = json.dumps({"to": "01711234567", "name": "Müller"})
        span_row = redacted(
            input_messages=user_messages("phone 0171 1234567, my name is Jürgen Müller."),
            tool_result={"raw": nested, "who": "Jürgen M\\u00fcller"},
        )
        assert "1234567" not in json.dumps(span_row)
        assert "rgen" not in json.dumps(span_row)

    def test_an_id_that_joins_turns_depends_on_nothing_else(self) -> None:
        words = user_messages("My driver's license number is 5130634")
        assert redacted(session_id="5130634", input_messages=words)["session_id"] == "5130634"
        alone = redacted(conversation_id="+491711234567")["conversation_id"]
        assert alone == redacted(conversation_id="+491711234567", input_messages=words)["conversation_id"]
        assert alone.startswith("<PHONE_NUMBER_")

    def test_nothing_is_carried_to_the_next_row(self) -> None:
        one = Redactor(KEY)
        first, second = row(reasoning="driver's license 5130634"), row(reasoning="order 5130634")
        redact_row(first, one)
        redact_row(second, one)
        assert second["reasoning"] == "order 5130634"
        assert second["redactions"] is None


def test_counts_are_of_the_values_that_were_replaced() -> None:
    span_row = redacted(input_messages=user_messages(f"{PERSONAL} {PERSONAL}"), session_id=PERSONAL)
    assert orjson.loads(span_row["redactions"]) == {"EMAIL_ADDRESS": 3}


def test_what_a_redactor_is_made_of_goes_to_another_process() -> None:
    privacy, key = pickle.loads(pickle.dumps((Privacy(), KEY)))  # noqa: S301 - our own bytes
    one = redactor_of(privacy, key)
    assert one is not None
    assert one.text(PERSONAL) == Redactor(KEY).text(PERSONAL)
