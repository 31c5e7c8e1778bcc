"""Spans of single turns as OTLP JSON lines, with every text field a trace can have."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from behavior_pipeline_tests.defs.world import nanoseconds

Span = dict[str, Any]
WORDS = {
    "user": "u-1", "question": "Where is my parcel 4711?", "thought": "Look it up first.",
    "answer": "Of course! Your parcel 4711 arrives on Friday.",
    "system": "You are kind.", "document": "Parcels arrive within three days.",
    "tool": "Finds a parcel.", "argument": "4711", "result": "Friday", "attribute": "something",
    "error": "none", "name": "chat",
}  # fmt: skip


def turn(number: int, day: date, words: Mapping[str, str] | None = None) -> list[Span]:
    """Return the spans of a turn: agent (the root), retrieval, first call, tool, second call."""
    texts = WORDS | dict(words or {})
    trace = f"{number:032x}"
    asks_tool = {"type": "tool_call", "id": "c1", "name": "find", "arguments": {"id": texts["argument"]}}
    return [
        _root(trace, day, texts),
        _span(trace, 2, day, texts, parent=1, operation="retrieval", **{
            "gen_ai.retrieval.query.text": texts["question"],
            "gen_ai.retrieval.documents": json.dumps([{"id": "kb-1", "content": texts["document"]}]),
        }),
        _chat(trace, 3, day, texts, asks_tool),
        _span(trace, 4, day, texts, parent=1, operation="execute_tool", **{
            "gen_ai.tool.name": "find", "gen_ai.tool.call.id": "c1",
            "gen_ai.tool.call.arguments": json.dumps({"id": texts["argument"]}),
            "gen_ai.tool.call.result": json.dumps({"arrives": texts["result"]}),
        }),
        _chat(trace, 5, day, texts, {"type": "text", "content": texts["answer"]}),
    ]  # fmt: skip


def _root(trace: str, day: date, texts: Mapping[str, str]) -> Span:
    return _span(trace, 1, day, texts, parent=None, operation="invoke_agent", **{
        "gen_ai.agent.name": "assistant", "gen_ai.conversation.id": f"conv-{trace[-6:]}",
        "user.id": texts["user"], "customer.segment": "consumer", "query.category": "orders",
    })  # fmt: skip


def _chat(trace: str, number: int, day: date, texts: Mapping[str, str], part: Span) -> Span:
    asked = [{"role": "user", "parts": [{"type": "text", "content": texts["question"]}]}]
    thought = {"type": "reasoning", "content": texts["thought"]}
    answered = [{"role": "assistant", "parts": [thought, part], "finish_reason": "stop"}]
    schema = {"type": "object", "properties": {"id": {"type": "string", "description": texts["tool"]}}}
    tool = {"type": "function", "name": "find", "description": texts["tool"], "parameters": schema}
    return _span(trace, number, day, texts, parent=1, operation="chat", **{
        "gen_ai.request.model": "v5.2", "gen_ai.response.model": "v5.2",
        "gen_ai.prompt.version": "v7.2",
        "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20,
        "gen_ai.system_instructions": json.dumps([{"type": "text", "content": texts["system"]}]),
        "gen_ai.input.messages": json.dumps(asked),
        "gen_ai.tool.definitions": json.dumps([tool]),
        "gen_ai.output.messages": json.dumps(answered),
    })  # fmt: skip


def _span(
    trace: str, number: int, day: date, texts: Mapping[str, str], *,
    parent: int | None, operation: str, **more: Any,
) -> Span:  # fmt: skip
    attributes = {"gen_ai.operation.name": operation, "app.note": texts["attribute"], **more}
    start = nanoseconds(day, 36_000 + int(trace, 16) % 1000 * 10 + number)
    return {
        "traceId": trace, "spanId": f"{number:016x}",
        **({"parentSpanId": f"{parent:016x}"} if parent else {}),
        "name": texts["name"], "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + 10**9 * (6 - number)),
        "attributes": [{"key": key, "value": _value(value)} for key, value in attributes.items()],
        "status": {"message": texts["error"]},
    }  # fmt: skip


def _value(value: Any) -> Span:
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}


def write_dump(path: Path, *spans: Span, broken: tuple[bytes, ...] = ()) -> Path:
    """Write spans as one request a line, and then lines that cannot be read."""
    lines = [json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode() for span in spans]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\n".join([*lines, *broken]) + b"\n")
    return path
