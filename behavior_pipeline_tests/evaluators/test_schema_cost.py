"""No schema of a trace takes longer than its budget: what would is told by a reason before it is checked."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behavior_pipeline.evaluators.check import Case, checks
from behavior_pipeline.evaluators.json_answers import fits, validator
from behavior_pipeline.evaluators.schema_cost import MOST_STEPS, Size, TooCostlyError, size_of, steps
from behavior_pipeline.reasons import Reason

Schema = dict[str, Any]
BOUND_S = 5  # the slowest of these took 22 s, or never ended


def doubling(levels: int, keyword: str = "allOf") -> Schema:
    """Return a schema of which each level asks for the next one twice."""
    defs: Schema = {
        f"d{level}": {keyword: [{"$ref": f"#/$defs/d{level + 1}"}] * 2} for level in range(levels)
    }
    return {"$defs": {**defs, f"d{levels}": {"type": "string"}}, "$ref": "#/$defs/d0"}


def unevaluated(levels: int) -> Schema:
    schema: Schema = {"properties": {"a": {}}}
    for _ in range(levels):
        schema = {"allOf": [schema], "unevaluatedProperties": False}
    return schema


def branching(keyword: str) -> Schema:
    """Return a recursive schema whose branches all go on into the same property."""
    branch = [{"properties": {"a": {"$ref": "#/$defs/node"}}, "type": "object"} for _ in range(3)]
    return {"$defs": {"node": {keyword: branch}}, "$ref": "#/$defs/node"}


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = {"a": value}
    return value


HOSTILE = {
    "references that double": (doubling(31), 1),
    "alternatives that double": (doubling(48, "anyOf"), 1),
    "exclusive alternatives that double": (doubling(48, "oneOf"), 1),
    "denials that double": ({"not": doubling(40)}, 1),
    "dependent schemas": ({"dependentSchemas": {"a": doubling(40)}}, {"a": 1}),
    "a reference to a name": (
        {"$defs": {"x": {"$anchor": "far", **doubling(0)}}, "allOf": [{"$ref": "elsewhere#far"}]}, 1,
    ),
    "unevaluated inside of each other": (unevaluated(22), {"a": 1}),
    "recursion with branches": (branching("allOf"), nested(40)),
    "a circle": ({"allOf": [{"$ref": "#"}, {"$ref": "#"}]}, 1),
    "many values": ({"items": doubling(16)}, ["a"] * 5000),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_schema_that_asks_for_too_much_is_refused_at_once_with_a_reason(name: str) -> None:
    schema, value = HOSTILE[name]
    began = time.monotonic()
    case = Case(
        "t", output_text=json.dumps(value), response_schema=schema,
        tool_definitions=[{"name": "find", "parameters": schema}],
        tool_calls=[{"name": "find", "arguments": value}],
    )  # fmt: skip
    for check in ("json_schema", "tool_arguments"):
        plugin = checks()[check]
        outcome = plugin.evaluate(case, plugin.parameters())
        assert outcome.reason in (Reason.TOO_COSTLY, Reason.NO_SCHEMA, Reason.UNDECIDABLE)
    assert time.monotonic() - began < BOUND_S


@pytest.mark.parametrize("pattern", ["[a-z]{0,20000}[A-Z]", "(?:a{1000}){1000}"])
def test_a_pattern_of_too_many_states_is_no_usable_schema(pattern: str) -> None:
    assert validator({"pattern": pattern}) is None


def test_more_patterns_than_may_be_compiled_are_no_usable_schema() -> None:
    many = {"allOf": [{"pattern": f"(a{{0,50}}){{0,20}}{number}"} for number in range(1000)]}
    assert validator(many) is None


def test_a_pattern_that_would_backtrack_is_searched_in_linear_time() -> None:
    compiled = validator({"pattern": "(a+)+$"})
    assert compiled is not None
    began = time.monotonic()
    assert fits(compiled, "a" * 100_000 + "b") is False
    assert time.monotonic() - began < BOUND_S


NODE = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": "^[\\w ]+$"},
        "left": {"$ref": "#/$defs/node"}, "right": {"$ref": "#/$defs/node"},
        "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
    },
    "required": ["name"], "additionalProperties": False,
}  # fmt: skip
TREE = {"$defs": {"node": NODE}, "$ref": "#/$defs/node"}


@given(st.recursive(st.just({"name": "leaf"}), lambda inner: st.builds(
    lambda one, two, many: {"name": "n", "left": one, "right": two, "children": many}, inner, inner,
    st.lists(inner, max_size=3),
), max_leaves=30))  # fmt: skip
@settings(max_examples=30)
def test_a_tree_is_checked(tree: Any) -> None:
    compiled = validator(TREE)
    assert compiled is not None
    assert fits(compiled, tree) is True


@pytest.mark.parametrize("number", [1, 50])
def test_schemas_as_they_are_written_are_checked(number: int) -> None:
    order = {
        "$schema": "http://json-schema.org/draft-07/schema#", "$id": "https://example.org/order.json",
        "definitions": {"money": {"type": "object", "properties": {"amount": {"type": "number"}}}},
        "type": "object",
        "properties": {f"field_{n}": {"$ref": "#/definitions/money"} for n in range(100)}
        | {"lines": {"items": {"anyOf": [{"$ref": "#/definitions/money"}, {"type": "null"}]}}},
    }  # fmt: skip
    compiled = validator(order)
    assert compiled is not None
    assert fits(compiled, {"field_3": {"amount": 1}, "lines": [{"amount": 2}, None] * number}) is True
    assert fits(compiled, {"field_3": {"amount": "one"}}) is False


@given(st.integers(0, 30))
def test_the_bound_is_not_below_what_is_expanded(levels: int) -> None:
    try:
        bound = steps(doubling(levels), Size(1, 0, 0))
    except TooCostlyError:
        bound = MOST_STEPS + 1
    assert bound >= min(2**levels, MOST_STEPS)


def test_the_size_of_a_value_is_its_places_depth_and_characters() -> None:
    assert size_of({"ab": [1, "xyz", {}]}) == Size(5, 2, 5)
    assert size_of(nested(50_000)).depth == 50_000
