"""The tool calls of a trace: what models asked for, matched with what was executed and what came back."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from behavior_pipeline.dumps.attributes import json_text, parsed
from behavior_pipeline.spans.content.messages import Message
from behavior_pipeline.traces.conversation import loaded
from behavior_pipeline.traces.span_tree import Span, SpanTree
from behavior_pipeline.traces.turn import Turn, this_turn

Call = dict[str, Any]


def tool_calls(turn: Turn) -> str | None:
    """Return the calls in the order in which they were asked, with their results; NULL where there is none.

    A call stands in a model's answer, again in the history of the next model call and again on the span that
    executed it: an id says that they are one, else the same name with the same arguments, else the name. What
    was executed without having been asked for comes after the rest.
    """
    executed = _executions(turn.tree)
    asked = list(_asked(turn, executed=bool(executed)))
    open_calls = list(asked)
    strays = []
    for span in executed:
        call = _match(span, open_calls)
        if call is None:
            strays.append(_stray(span))
        else:
            open_calls.remove(call)
            call["result"], call["error"] = parsed(span["tool_result"]), span["error_type"]
    waiting = [call for call in asked if call["result"] is None]
    results = dict(_responses(turn.of_user)) if waiting else {}
    for call in waiting:
        call["result"] = results.get(call["id"])
    return json_text(asked + strays) if asked or strays else None


def _asked(turn: Turn, *, executed: bool) -> Iterator[Call]:
    """Yield what models asked for, each id once; some dialects have it in the next call's history only."""
    known: set[str] = set()
    calls = turn.of_user
    ask_history = turn.answering is not None and (len(calls) > 1 or executed)
    histories = [loaded(call["input_messages"]) for call in turn.steps[-1:]] if ask_history else []
    answers = [loaded(call["output_messages"]) for call in calls]
    for number, side in enumerate([*answers, *map(this_turn, histories)]):
        for part in _parts(side, "tool_call"):
            given = part.get("id")
            if given in known or (given is None and number >= len(answers)):
                continue
            if given is not None:
                known.add(given)
            yield {
                "id": given, "name": part.get("name"), "arguments": part.get("arguments"), "result": None,
                "error": None,
            }  # fmt: skip


def _responses(calls: Sequence[Span]) -> Iterator[tuple[str, Any]]:
    for call in calls:
        for part in _parts(loaded(call["input_messages"]), "tool_call_response"):
            if part.get("id") is not None:
                yield part["id"], part.get("response")


def _parts(side: Iterable[Message], kind: str) -> Iterator[dict[str, Any]]:
    return (part for message in side for part in message["parts"] if part["type"] == kind)


def _executions(tree: SpanTree) -> list[Span]:
    """Return the spans that executed a tool; one inside of another for the same tool is that execution."""
    asides = tree.inside_of_asides
    spans = [
        span for span in tree.spans
        if span["operation"] == "execute_tool" and span["span_id"] not in asides
    ]  # fmt: skip
    if len(spans) < 2:  # noqa: PLR2004 - one alone has no other inside
        return spans
    inner: dict[str, Span] = {}
    for span in spans:
        outer = next((one for one in tree.above(span) if one["operation"] == "execute_tool"), None)
        if outer is not None and outer["tool_name"] == span["tool_name"]:
            inner[span["span_id"]] = outer
    return [span for span in spans if span["span_id"] not in inner]


def _match(span: Span, calls: Sequence[Call]) -> Call | None:
    """Return the call that a span executed."""
    given = span["tool_call_id"]
    if given is not None and (same := next((call for call in calls if call["id"] == given), None)):
        return same
    named = [call for call in calls if call["name"] == span["tool_name"]]
    alike = [call for call in named if json_text(call["arguments"]) == span["tool_arguments"]]
    if alike:
        return alike[0]
    loose = [call for call in named if given is None or call["id"] is None]
    return loose[0] if loose else None


def _stray(span: Span) -> Call:
    return {
        "id": span["tool_call_id"], "name": span["tool_name"] or span["name"],
        "arguments": parsed(span["tool_arguments"]), "result": parsed(span["tool_result"]),
        "error": span["error_type"],
    }  # fmt: skip
