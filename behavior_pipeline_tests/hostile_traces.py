"""Hostile values in well-formed records: made by a seed, for a test and for a longer run."""

import json
from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

from behavior_pipeline_tests.defs.turns import turn

Span = dict[str, Any]
NUMBERS = (0, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 10**18, 1)
FLOATS = (0.0, -0.0, 1e308, -1e308, 5e-324, 1e16, 59.0, 0.1)
TEXTS = (
    "",
    " ",
    "\x00",
    "\u2028",
    "\ufeff",
    "\U0001f600" * 50,
    "e\u0301" * 200,
    "\u202eabc",
    "'; DROP TABLE spans; --",
    "<script>alert(1)</script>",
    "[red]markup[/red]",
    "{{ 7 * 7 }}",
    "{0.__class__}",
    '=HYPERLINK("x")',
    "|a|\n|-|",
    "%s%n",
    '$."x"',
    "a" * 70_000,
    "NaN",
    "Infinity",
    "1e999",
    "9" * 400,
    "null",
    "[" * 600,
    "-" * 3000 + "!",
    "other",
    "all",
    "none",
    "NULL",
    "2026-13-45",
    "\\ud800",
    "../../etc/passwd",
    "C:\\x",
    'a,b"c\r\nd',
)
STATES = (
    "ot=th:ffffffffffffff",
    "ot=th:0",
    "ot=p:62",
    "ot=th:zz",
    "ot=th:",
    "x=1,ot=p:3;r:1",
    "ot=th:fffffffffffff",
    "ot",
    "," * 500,
)
TIMES = ("1", "9223372036854775807", "0", "18446744073709551615", "1767600000000000000", "-5", "1e18")
KEYS = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.request.model",
    "gen_ai.response.model",
    "gen_ai.response.finish_reasons",
    "gen_ai.tool.name",
    "gen_ai.tool.call.id",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.definitions",
    "gen_ai.retrieval.documents",
    "gen_ai.output.type",
    "gen_ai.response.id",
    "gen_ai.conversation.id",
    "session.id",
    "user.id",
    "customer.segment",
    "query.category",
    "app.feature",
    "feature_flag.x",
    "gen_ai.prompt.version",
    "error.type",
    "gen_ai.operation.name",
    "user.feedback",
    "gen_ai.request.response_schema",
    "gen_ai.usage.cost",
    "gen_ai.usage.cached_tokens",
    '$."quoted"',
)


def hostile_turns(count: int, day: date, seed: int) -> Iterator[list[Span]]:
    """Yield the spans of turns of which most have hostile values in some places."""
    random = Random(seed)  # noqa: S311 - a run can be repeated
    for number in range(1, count + 1):
        spans = turn(number, day)
        for _ in range(random.randrange(0, 7)):
            random.choice(CHANGES)(random.choice(spans), random)
        yield spans


def _attribute(span: Span, random: Random) -> None:
    """Give an attribute, one that the span has or any, a hostile value of any kind."""
    names = [one["key"] for one in span["attributes"]]
    key = random.choice(names) if names and random.random() < 0.6 else random.choice(KEYS)
    span["attributes"] = [one for one in span["attributes"] if one["key"] != key]
    span["attributes"].append({"key": key, "value": _any_value(random, 0)})


def _any_value(random: Random, depth: int) -> Any:
    kinds: list[Any] = [
        {"intValue": str(random.choice(NUMBERS))},
        {"doubleValue": random.choice(FLOATS)},
        {"stringValue": random.choice(TEXTS)},
        {"boolValue": random.random() < 0.5},
        {},
        {"stringValue": json.dumps(_json(random, 0))},
        {"stringValue": json.dumps(_messages(random))},
        {"stringValue": json.dumps(_tools(random))},
        {"stringValue": json.dumps(_schema(random))},
    ]
    if depth < 3:
        inner = [_any_value(random, depth + 1) for _ in range(random.randrange(3))]
        kinds += [
            {"arrayValue": {"values": inner}},
            {"kvlistValue": {"values": [{"key": random.choice(TEXTS)[:9], "value": one} for one in inner]}},
        ]
    return random.choice(kinds)


def _json(random: Random, depth: int) -> Any:
    if depth > 5 or random.random() < 0.4:
        return random.choice([*NUMBERS, *FLOATS, *TEXTS, None, True, [], {}, 2**70])
    if random.random() < 0.5:
        return [_json(random, depth + 1) for _ in range(random.randrange(5))]
    return {random.choice([*TEXTS, "id", "name", "content"])[:40]: _json(random, depth + 1) for _ in range(4)}


def _messages(random: Random) -> Any:
    """Return messages of which any part may be of another kind than it should."""
    part = {
        "type": random.choice(
            ["text", "tool_call", "tool_call_response", "reasoning", "refusal", "blob", 7, None]
        ),
        random.choice(["content", "text", "arguments", "response", "id", "name"]): _json(random, 3),
        "name": random.choice(["find", 5, None, {}]),
        "id": random.choice(["c1", 5, None, [], {}]),
    }
    parts = random.choice([[part] * random.randrange(4), part, "text", None, 5, [None], [[]]])
    message = {"role": random.choice(["user", "assistant", "tool", "system", 5, None, {}]), "parts": parts}
    return random.choice(
        [[message] * random.randrange(6), message, [message, None, 5, "x"], {"messages": [message]}]
    )


def _tools(random: Random) -> Any:
    tool = {
        "type": "function",
        "name": random.choice(["find", None, 7, {}, "x" * 5000]),
        "parameters": _schema(random),
    }
    return random.choice([[tool] * random.randrange(4), tool, [tool, None, "x"], [{"function": tool}]])


def _schema(random: Random) -> Any:
    levels = random.choice([1, 12, 31, 60])
    doubling = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(levels)}
    doubling[f"d{levels}"] = {"type": random.choice(["string", "object", 5])}  # type: ignore[dict-item]
    unevaluated: Any = {"properties": {"id": {}}}
    for _ in range(levels):
        unevaluated = {"allOf": [unevaluated], "unevaluatedProperties": False}
    return random.choice(
        [
            {"$defs": doubling, "$ref": "#/$defs/d0"},
            unevaluated,
            {"$ref": "#"},
            {"$ref": "https://example.org/x"},
            {"properties": {"id": {"pattern": "(a+)+$"}}},
            {"properties": {"id": {"pattern": "[a-z]{0,20000}[A-Z]"}}},
            {"type": "object", "properties": {"id": {"$ref": "#"}}},
            True,
            5,
            "x",
            {"type": "nothing"},
            {"enum": list(range(5000))},
            {"required": ["a"] * 5000},
            _json(random, 2),
        ]
    )


def _time(span: Span, random: Random) -> None:
    span[random.choice(["startTimeUnixNano", "endTimeUnixNano"])] = random.choice(TIMES)


def _parent(span: Span, random: Random) -> None:
    span["parentSpanId"] = random.choice([span["spanId"], f"{random.randrange(1, 6):016x}", "f" * 16, ""])


def _state(span: Span, random: Random) -> None:
    span["traceState"] = random.choice(STATES)


def _shape(span: Span, random: Random) -> None:
    span["name"] = random.choice(TEXTS)
    span["status"] = random.choice(
        [{}, {"code": 2}, {"code": "STATUS_CODE_ERROR", "message": random.choice(TEXTS)}]
    )
    span["events"] = [
        {
            "name": random.choice(
                ["exception", "gen_ai.evaluation.result", "gen_ai.choice", random.choice(TEXTS)]
            ),
            "timeUnixNano": random.choice(TIMES),
            "attributes": [
                {
                    "key": random.choice([*KEYS, "exception.type", "gen_ai.evaluation.score.value"]),
                    "value": _any_value(random, 0),
                }
            ],
        }
    ] * random.randrange(3)


def _many(span: Span, random: Random) -> None:
    count = random.choice([100, 3000])
    span["attributes"] += [{"key": f"llm.x.{n}.y", "value": {"intValue": str(n)}} for n in range(count)]


CHANGES = (_attribute, _attribute, _attribute, _attribute, _time, _parent, _state, _shape, _many)
