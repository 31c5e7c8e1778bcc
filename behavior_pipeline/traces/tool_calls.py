"""The tool calls of a trace: what models asked for, matched with what was executed and what came back."""

from collections import deque
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from behavior_pipeline.dumps.attributes import json_text, parsed
from behavior_pipeline.spans.content.messages import Message
from behavior_pipeline.traces.conversation import loaded
from behavior_pipeline.traces.span_tree import BETWEEN_CALLS, Span, SpanTree
from behavior_pipeline.traces.turn import Turn, this_turn

Call = dict[str, Any]
MOST_OPEN = 8  # executions at a time among which another instrumentation's copy is looked for


def tool_calls(turn: Turn) -> str | None:
    """Return the calls in the order in which they were asked, with their results; NULL where there is none.

    A call stands in a model's answer, again in the history of the next model call and again on the span that
    executed it: an id says that they are one, else the same name with the same arguments, else the name. What
    was executed without having been asked for comes after the rest.
    """
    asked, repeated = _asked(turn)
    executed = _executions(turn.tree, {str(call["name"]) for call in [*asked, *repeated]})
    if len(turn.of_user) > 1 or executed:
        asked = _with_repeated(asked, repeated)
    open_calls = _OpenCalls(asked)
    strays = []
    for span in executed:
        call = open_calls.take(span)
        if call is None:
            strays.append(_stray(span))
        else:
            call["result"], call["error"] = parsed(span["tool_result"]), span["error_type"]
    waiting = [call for call in asked if call["result"] is None]
    results = dict(_responses(turn.of_user)) if waiting else {}
    for call in waiting:
        call["result"] = results.get(call["id"])
    return json_text(asked + strays) if asked or strays else None


def _asked(turn: Turn) -> tuple[list[Call], list[Call]]:
    """Return what models asked for, each id once, and what the answering call's request repeats of it."""
    asked: list[Call] = []
    known: set[str] = set()
    for call in turn.of_user:
        for part in _parts(loaded(call["output_messages"]), "tool_call"):
            if part.get("id") not in known:
                asked.append(_call(part))
                known.update([part["id"]] if part.get("id") is not None else [])
    histories = [this_turn(loaded(call["input_messages"])) for call in turn.steps[-1:]]
    return asked, [_call(part) for history in histories for part in _parts(history, "tool_call")]


def _with_repeated(asked: list[Call], repeated: Iterable[Call]) -> list[Call]:
    """Add the calls that only a history has, by their ids: some dialects do not write them as answers."""
    known = {call["id"] for call in asked if call["id"] is not None}
    nameless: dict[str, deque[Call]] = {}
    for call in asked:
        if call["id"] is None:
            nameless.setdefault(_gist(call), deque()).append(call)
    for call in repeated:
        if call["id"] is None or call["id"] in known:
            continue
        known.add(call["id"])
        if same := nameless.get(_gist(call)):
            same.popleft()["id"] = call["id"]
        else:
            asked.append(call)
    return asked


def _call(part: Mapping[str, Any]) -> Call:
    return {
        "id": part.get("id"), "name": part.get("name"), "arguments": part.get("arguments"), "result": None,
        "error": None,
    }  # fmt: skip


def _gist(call: Call) -> str:
    return f"{call['name']} {json_text(call['arguments'])}"


def _responses(calls: Sequence[Span]) -> Iterator[tuple[str, Any]]:
    for call in calls:
        for part in _parts(loaded(call["input_messages"]), "tool_call_response"):
            if part.get("id") is not None:
                yield part["id"], part.get("response")


def _parts(side: Iterable[Message], kind: str) -> Iterator[dict[str, Any]]:
    return (part for message in side for part in message["parts"] if part["type"] == kind)


def _executions(tree: SpanTree, names: Collection[str]) -> list[Span]:
    """Return the spans that executed a tool, each execution once.

    A framework, a client and a protocol each write a span of it: below each other, or beside each other by
    another instrumentation in the same time.
    """
    asides = tree.inside_of_asides
    spans = [
        span for span in tree.spans
        if span["operation"] == "execute_tool" and span["span_id"] not in asides
    ]  # fmt: skip
    if len(spans) < 2:  # noqa: PLR2004 - one alone has no other
        return spans
    mixed = len({span["dialect"] for span in spans}) > 1
    executions: dict[str, Span] = {}
    execution_of: dict[str, str] = {}
    recent: deque[str] = deque(maxlen=MOST_OPEN)
    by_id = {span["span_id"]: span for span in spans}
    nearest = tree.nearest_above("execute_tool", BETWEEN_CALLS - {"execute_tool"})
    for span in spans:  # by their starts, so that outer ones come first
        outer = by_id.get(nearest[span["span_id"]])
        name = execution_of.get(outer["span_id"]) if outer is not None and _is_same(outer, span) else None
        if name is None and mixed:
            name = next((one for one in recent if _is_beside(executions[one], span)), None)
        if name is None:
            name = str(span["span_id"])
            executions[name] = span
            recent.append(name)
        else:
            executions[name] = _filled(executions[name], span, names)
        execution_of[span["span_id"]] = name
    return list(executions.values())


def _is_same(outer: Span, inner: Span) -> bool:
    """Return whether a tool's span below another one tells of the same execution."""
    if _differ(outer, inner, "tool_call_id"):
        return False
    if outer["tool_name"] == inner["tool_name"]:
        return True
    given = outer["tool_arguments"] not in (None, "{}") and outer["tool_arguments"] == inner["tool_arguments"]
    return given and not _differ(outer, inner, "tool_result")


def _is_beside(one: Span, other: Span) -> bool:
    """Return whether spans of two instrumentations tell of one execution."""
    return bool(
        one["dialect"] != other["dialect"]
        and one["tool_name"] == other["tool_name"]
        and one["start_ns"] <= other["start_ns"] <= other["end_ns"] <= one["end_ns"]
        and not _differ(one, other, "tool_call_id", "tool_arguments")
    )


def _differ(one: Span, other: Span, *names: str) -> bool:
    return any(
        one[name] is not None and other[name] is not None and one[name] != other[name] for name in names
    )


def _filled(span: Span, copy: Span, names: Collection[str]) -> Span:
    """Return the span of an execution with what it lacks and a copy has, under the name that models know."""
    columns = ("tool_call_id", "tool_arguments", "tool_result", "error_type")
    lacking = {name: copy[name] for name in columns if span[name] is None}
    known = span["tool_name"] in names or copy["tool_name"] not in names
    return span | lacking | {"tool_name": span["tool_name"] if known else copy["tool_name"]}


class _OpenCalls:
    """Calls that no span is known to have executed yet, by all that may tell which one it was.

    A look-up and not a search: a trace may hold tens of thousands of both.
    """

    def __init__(self, calls: Sequence[Call]) -> None:
        self._taken: set[int] = set()
        self._waiting: dict[Hashable, deque[Call]] = {}
        for call in calls:
            name, given = call["name"], call["id"]
            keys = [("id", given), ("alike", name, json_text(call["arguments"])), ("named", name)]
            for key in [*keys, *([("nameless", name)] if given is None else [])]:
                if _is_hashable(key):
                    self._waiting.setdefault(key, deque()).append(call)

    def take(self, span: Span) -> Call | None:
        """Return the call that a span executed, which is open no longer."""
        name, given = span["tool_name"], span["tool_call_id"]
        keys: list[Hashable] = [("id", given)] if given is not None else []
        keys += [("alike", name, span["tool_arguments"]), ("named" if given is None else "nameless", name)]
        return next(filter(None, map(self._next, keys)), None)

    def _next(self, key: Hashable) -> Call | None:
        calls = self._waiting.get(key, ())
        while calls:
            call = calls.popleft()
            if id(call) not in self._taken:
                self._taken.add(id(call))
                return call
        return None


def _is_hashable(key: tuple[Any, ...]) -> bool:
    """Return whether names and ids are texts, as they should be."""
    return all(isinstance(part, str | int | float | None) for part in key)


def _stray(span: Span) -> Call:
    return {
        "id": span["tool_call_id"], "name": span["tool_name"] or span["name"],
        "arguments": parsed(span["tool_arguments"]), "result": parsed(span["tool_result"]),
        "error": span["error_type"],
    }  # fmt: skip
