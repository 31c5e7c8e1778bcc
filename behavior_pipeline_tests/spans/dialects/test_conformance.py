"""Every dialect in the folder keeps the contract of `Dialect`, whatever values its attributes have."""

import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from behavior_pipeline.dumps.records import Place, RawLog
from behavior_pipeline.spans.content.count_names import CLUES, COUNTS
from behavior_pipeline.spans.dialect import ASIDES, MEANINGS, Dialect, Signs, dialect_of, dialects
from behavior_pipeline.tables.traces import OPERATIONS, SPANS
from behavior_pipeline_tests.spans.dialects.raw import span

JSON_COLUMNS = {
    "tool_arguments", "tool_result", "input_messages", "output_messages", "documents", "tool_definitions",
    "response_schema",
}  # fmt: skip
# Names that readers look for in values, so that random values have the shapes that they expect, and almost.
WORDS = st.sampled_from(
    ["role", "parts", "content", "contents", "type", "text", "message", "messages", "tool_calls", "function",
     "id", "arguments", "name", "choices", "finish_reason", "response", "result", "input", "output", "usage",
     "kwargs", "lc", "data", "value", "document", "kind", "event.name", "args", "generations", "llm_output",
     "refusal", "tool_call", "tool_call_response", "assistant", "user", "tool", "system", "reasoning", "chat",
     "LLM", "TOOL", "gen_ai.choice", "gen_ai.user.message", "ai.generateText.doGenerate", "workflow",
     "toolUse", "model"]
)  # fmt: skip
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS | st.just("user-1")
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
ATTRIBUTES = VALUES | VALUES.map(json.dumps)
SUFFIXES = st.lists(st.integers(0, 3).map(str) | WORDS | st.text(max_size=3), min_size=1, max_size=4).map(
    ".".join
)
NAMES = sorted(dialects())


def keys_of(dialect: Dialect) -> st.SearchStrategy[str]:
    exact = st.sampled_from(sorted(dialect.keys)) if dialect.keys else st.just("other")
    if not dialect.prefixes:
        return exact
    return exact | st.builds(str.__add__, st.sampled_from(dialect.prefixes), SUFFIXES)


def check(meanings: dict[str, Any]) -> None:
    assert set(meanings) <= {*MEANINGS, *ASIDES}
    for name, value in meanings.items():
        if value is None:
            continue
        if name == "unpacked":
            assert isinstance(value, dict)
        elif name in COUNTS:
            assert type(value) is int
            assert 0 <= value < 2**63
        else:
            assert isinstance(value, str), name
            value.encode()
        if name in JSON_COLUMNS:
            assert orjson.loads(value) is not None or value == "null"
    for name in ("input_messages", "output_messages"):
        for message in orjson.loads(meanings.get(name) or "[]"):
            assert isinstance(message["role"], str)
            assert all(isinstance(part["type"], str) for part in message["parts"])
            assert message["parts"]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_any_values_are_read_without_an_error(name: str, data: st.DataObject) -> None:
    dialect = dialects()[name]
    attributes = data.draw(st.dictionaries(keys_of(dialect), ATTRIBUTES, max_size=8))
    scope = data.draw(st.sampled_from(["", "ai", "pydantic-ai", "logfire.openai", "openinference.x"]))
    status = data.draw(st.sampled_from(["unset", "ok", "error"]))
    events = data.draw(st.lists(st.tuples(WORDS, st.dictionaries(WORDS, ATTRIBUTES, max_size=3)), max_size=2))
    raw = span(attributes, scope=scope, status=status, events=events)
    before = json.dumps(attributes, default=str)
    meanings = dialect.normalise(raw)
    check(meanings)
    assert meanings.get("operation") in OPERATIONS
    assert json.dumps(attributes, default=str) == before
    assert dialect_of(Signs.of(raw))[0] in dialects()


@pytest.mark.parametrize("name", NAMES)
def test_values_that_nest_to_the_bottom_are_read_without_an_error(name: str) -> None:
    dialect = dialects()[name]
    deep: Any = "x"
    for _ in range(300):
        deep = {"message": [deep]}
    text = '[{"message":' * 450 + "1" + "}]" * 450
    surrogate = '[{"role": "user", "content": "\\ud83d"}, {"score": NaN}]'
    for key in sorted({*dialect.keys, *(f"{prefix}0.message.content" for prefix in dialect.prefixes)}):
        for value in (deep, text, surrogate, 10**400, -1, float("inf"), "9" * 5000):
            check(dialect.normalise(span({key: value})))


@pytest.mark.parametrize("name", [name for name in NAMES if dialects()[name].from_logs])
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_logs_are_read_without_an_error(name: str, data: st.DataObject) -> None:
    dialect = dialects()[name]
    read: Callable[..., dict[str, Any]] | None = dialect.from_logs
    assert read is not None
    names = st.sampled_from(sorted(dialect.log_events))
    bodies = st.dictionaries(WORDS, ATTRIBUTES, max_size=4) | ATTRIBUTES
    attributes = st.dictionaries(WORDS | keys_of(dialect), ATTRIBUTES, max_size=3)
    drawn = data.draw(st.lists(st.tuples(names, attributes, bodies), max_size=4))
    check(
        read(
            [
                RawLog(Place(1, 0), "1" * 32, "2" * 16, event, 1, attributes, body)
                for event, attributes, body in drawn
            ]
        )
    )


@pytest.mark.parametrize("name", NAMES)
def test_sources_name_meanings_and_attributes(name: str) -> None:
    dialect = dialects()[name]
    concepts = {*MEANINGS, *ASIDES, *CLUES, "refusal", "dropped"}
    assert set(dialect.sources) <= concepts
    assert set(dialect.lost) <= concepts
    assert dialect.title
    assert set(MEANINGS) < set(SPANS.columns)
    assert not any(
        "*" in key[:-1] for keys in dialect.sources.values() for key in keys if not key.startswith("event")
    )


def test_precedences_differ_so_that_the_order_of_files_decides_nothing() -> None:
    precedences = [dialect.precedence for dialect in dialects().values()]
    assert len(set(precedences)) == len(precedences)


@example(text='{"a": 59.0, "b": [1e16, NaN]}')
@given(text=st.text())
def test_tool_arguments_that_are_no_json_stay_as_text(text: str) -> None:
    attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.call.arguments": text}
    meanings = dialects()["genai"].normalise(span(attributes))
    assert orjson.loads(meanings["tool_arguments"]) is not None or text.strip() in ("null", "NaN")
