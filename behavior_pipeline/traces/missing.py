"""Why a field of a trace is missing or not whole: nothing there is another thing than nothing recorded."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from behavior_pipeline.dumps.attributes import json_text
from behavior_pipeline.reasons import Reason
from behavior_pipeline.spans.content.withheld import TRUNCATED, cut_json, is_placeholder
from behavior_pipeline.spans.unread import LOG
from behavior_pipeline.traces import conversation
from behavior_pipeline.traces.conversation import loaded
from behavior_pipeline.traces.span_tree import Span
from behavior_pipeline.traces.turn import Turn

MARK = json_text(TRUNCATED) or ""  # as it stands in a column; in a text its quotes are escaped


def unmeasurable(row: Mapping[str, Any], turn: Turn) -> dict[str, Reason]:
    """Return by field of a trace why it is missing, or why what is there of it is not all."""
    missing = {name: why() for name, why in _why_missing(row, turn).items() if row[name] is None}
    return missing | _why_not_whole(row, turn)


def _why_missing(row: Mapping[str, Any], turn: Turn) -> dict[str, Callable[[], Reason]]:
    spans = turn.tree.spans
    captured = bool(row["output_text"] or row["input_text"]) or any(map(conversation.was_captured, spans))
    retrieved = any(span["operation"] == "retrieval" for span in spans)
    answered = any(call["status"] != "error" for call in turn.calls)
    free = _free(spans)
    no_text = Reason.NO_OUTPUT if captured else free
    no_tools = Reason.NO_TOOLS if captured else free
    no_documents = free if retrieved and not captured else Reason.NO_DOCUMENTS
    return {
        "input_text": lambda: _of_messages(turn, "input_messages") or no_text,
        "output_text": lambda: (
            _of_messages(turn, "output_messages") or (no_text if answered else Reason.NO_OUTPUT)
        ),
        "documents": lambda: _of_documents(spans) or no_documents,
        "tool_calls": lambda: no_tools,
        "tool_definitions": lambda: Reason.TRUNCATED if _is_cut(spans, "tool_definitions") else no_tools,
        "duration_ms": lambda: _no_duration(turn.tree.root()),
        "input_tokens": lambda: Reason.NO_TOKENS if answered else Reason.NO_MODEL_CALL,
        "output_tokens": lambda: Reason.NO_TOKENS if answered else Reason.NO_MODEL_CALL,
        "cost_usd": lambda: Reason(row["cost_missing"]),
    }


def _no_duration(root: Span | None) -> Reason:
    if root is None:
        return Reason.ORPHANED
    return Reason.IMPLAUSIBLE if root["end_ns"] > root["start_ns"] else Reason.NO_DURATION


def _free(spans: Iterable[Span]) -> Reason:
    """Return why a trace without texts has none: capture was off, or its content is read by nobody."""
    names = [name for span in spans for name in loaded(span["unread"])]
    if not names:
        return Reason.TEXT_FREE
    return Reason.UNREAD_LOGS if all(name.startswith(LOG) for name in names) else Reason.UNREAD_CONTENT


def _why_not_whole(row: Mapping[str, Any], turn: Turn) -> dict[str, Reason]:
    of_calls = _of_tool_calls(loaded(row["tool_calls"]))
    cut = {
        "input_text": conversation.is_truncated(turn.request),
        "output_text": conversation.is_truncated(turn.answer),
        "documents": row["documents"] is not None and _is_cut(turn.tree.spans, "documents"),
    }
    truncated = {name: Reason.TRUNCATED for name, is_so in cut.items() if is_so}
    return truncated if of_calls is None else {**truncated, "tool_calls": of_calls}


def _is_cut(spans: Iterable[Span], column: str) -> bool:
    return any(MARK in (span[column] or "") for span in spans)


def _of_messages(turn: Turn, column: str) -> Reason | None:
    for messages in turn.sides(column):
        if conversation.is_hidden(messages):
            return Reason.HIDDEN
        if conversation.is_truncated(messages):
            return Reason.TRUNCATED
    return None


def _of_documents(spans: Iterable[Span]) -> Reason | None:
    items = [item for span in spans for item in loaded(span["documents"])]
    texts = [value for item in items for value in (item.values() if isinstance(item, dict) else [item])]
    if any(map(is_placeholder, texts)):
        return Reason.HIDDEN
    if TRUNCATED in items:
        return Reason.TRUNCATED
    return Reason.NO_DOCUMENT_TEXT if items else None


def _of_tool_calls(calls: Iterable[Mapping[str, Any]]) -> Reason | None:
    values = [call.get(name) for call in calls for name in ("arguments", "result")]
    if any(map(is_placeholder, values)):
        return Reason.HIDDEN
    return Reason.TRUNCATED if any(cut_json(value) is not None for value in values) else None
