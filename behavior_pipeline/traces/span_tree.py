"""How the spans of one trace lie above each other: its root, what is above a span, and which are model calls.

Parents may be missing, come in circles or name the span itself; a walk ends once around at the latest.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any

from behavior_pipeline.spans.content.count_names import COUNTS
from behavior_pipeline.spans.content.usage import completed

Span = dict[str, Any]
# A call inside of a tool or an agent inside of a call is one of its own, not the same one seen from below.
BETWEEN_CALLS = frozenset({"execute_tool", "invoke_agent", "guardrail", "evaluator"})
# What calls models about the conversation, not for it.
ASIDES = frozenset({"guardrail", "evaluator"})
LENT = (
    "requested_model", "model", "response_id", "finish_reason", "input_messages", "output_messages",
    "reasoning", "system_prompt", "tool_definitions", "response_schema",
)  # fmt: skip


class SpanTree:
    """The spans of a trace, ordered by their start, with their parents."""

    def __init__(self, spans: Sequence[Span]) -> None:
        """Take the spans as they are; ids are unique."""
        self.spans = spans
        self._by_id = {span["span_id"]: span for span in spans}

    def parent(self, span: Span) -> Span | None:
        """Return the span above, or None where there is none or it never came."""
        return None if span["parent_span_id"] is None else self._by_id.get(span["parent_span_id"])

    def root(self) -> Span | None:
        """Return the first span without a parent; also one that is its own, or the first of a circle."""
        for span in self.spans:
            if span["parent_span_id"] is None or span["parent_span_id"] == span["span_id"]:
                return span
        return self._first_of_a_circle()

    def _first_of_a_circle(self) -> Span | None:
        seen: set[str] = set()
        for span in self.spans:
            path: dict[str, Span] = {}
            above: Span | None = span
            while above is not None and above["span_id"] not in seen:
                seen.add(above["span_id"])
                path[above["span_id"]] = above
                above = self.parent(above)
            if above is not None and above["span_id"] in path:
                circle = list(path.values())[list(path).index(above["span_id"]) :]
                return min(circle, key=lambda one: (one["start_ns"], one["span_id"]))
        return None

    def top(self) -> Span:
        """Return the root, or where it never came the first span whose parent never came either."""
        return self.root() or next((span for span in self.spans if self.parent(span) is None), self.spans[0])

    def above(self, span: Span) -> Iterator[Span]:
        """Yield the spans above one, the nearest first."""
        seen = {span["span_id"]}
        above = self.parent(span)
        while above is not None and above["span_id"] not in seen:
            yield above
            seen.add(above["span_id"])
            above = self.parent(above)

    @cached_property
    def inside_of_asides(self) -> frozenset[str]:
        """Return the ids of guardrails and evaluators and of all spans below them."""
        return self.inside_of(*ASIDES)

    def inside_of(self, *operations: str) -> frozenset[str]:
        """Return the ids of spans of some operations and of all spans below them."""
        waiting = [span["span_id"] for span in self.spans if span["operation"] in operations]
        if not waiting:
            return frozenset()
        below: dict[str | None, list[str]] = {}
        for span in self.spans:
            below.setdefault(span["parent_span_id"], []).append(span["span_id"])
        inside: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in inside:
                inside.add(name)
                waiting += below.get(name, ())
        return frozenset(inside)

    def model_calls(self, operation: str = "chat") -> list[Span]:
        """Return the model calls in the order of their ends, each once; embeddings are another operation.

        Of chat spans above each other (a framework's, a client's, an SDK's) the lowest is the call; those
        above lend it what it lacks, unless several calls below them succeeded. One that succeeded while all
        below failed is a call, too: it got its answer from something that left no span. Spans with the same
        response id are the same call.
        """
        chats = [_with_known_counts(span) for span in self.spans if span["operation"] == operation]
        if len(chats) > 1:
            chats = self._lowest({span["span_id"]: span for span in chats})
        by_id: dict[str, Span] = {}
        for span in sorted(chats, key=lambda one: (one["end_ns"], one["start_ns"], one["span_id"])):
            key = span["response_id"] or span["span_id"]
            by_id[key] = _lend(span, by_id[key]) if key in by_id else span
        return list(by_id.values())

    def nearest_above(self, operation: str, between: AbstractSet[str] = frozenset()) -> dict[str, str | None]:
        """Return for each span the id of the nearest of an operation above it, None behind one of `between`.

        Every span is walked over once: a trace may be one chain of a hundred thousand of them.
        """
        nearest: dict[str, str | None] = {}
        for span in self.spans:
            path: dict[str, None] = {}
            name, answer = span["span_id"], None
            while name not in nearest and name not in path:
                path[name] = None
                above = self.parent(self._by_id[name])
                if above is None or above["operation"] in between:
                    break
                if above["operation"] == operation:
                    answer = above["span_id"]
                    break
                name = above["span_id"]
            else:
                answer = nearest.get(name)
            nearest.update(dict.fromkeys(path, answer))
        return {name: None if above == name else above for name, above in nearest.items()}

    def _lowest(self, chats: dict[str, Span]) -> list[Span]:
        operation = next(iter(chats.values()))["operation"]
        nearest = self.nearest_above(operation, BETWEEN_CALLS)
        above = {name: nearest[name] for name in chats}
        wrapping = {name for name in above.values() if name is not None}
        if not wrapping:
            return list(chats.values())
        names = [name for name in chats if name not in wrapping]
        order = _upwards(above, wrapping)
        successes = _successes(chats, above, order)
        lent = _lent(chats, above, order, successes=successes)
        leaves = [_completed(chats[name], chats, above, lent=lent, successes=successes) for name in names]
        alone = [chats[name] for name in wrapping if _succeeded(chats[name]) and not successes[name]]
        return [*leaves, *_lowest_of(alone, above)] or list(chats.values())  # a circle of chats has no lowest


Above = Mapping[str, str | None]


def _upwards(above: Above, wrapping: AbstractSet[str]) -> list[str]:
    """Return the wrappers, each behind all that it wraps; those in a circle, or in none's way, come last."""
    waiting = Counter(name for name in above.values() if name is not None)
    order, ready = [], [name for name in above if name not in wrapping]
    while ready:
        wrapper = above[ready.pop()]
        if wrapper is not None:
            waiting[wrapper] -= 1
            if not waiting[wrapper]:
                order.append(wrapper)
                ready.append(wrapper)
    return order


def _successes(chats: Mapping[str, Span], above: Above, order: Sequence[str]) -> Counter[str]:
    """Count below each wrapper the lowest calls that succeeded; in a circle, every one below any of it."""
    wrapping = {name for name in above.values() if name is not None}
    counts = Counter[str]()
    for name in [*(name for name in chats if name not in wrapping), *order]:
        if (wrapper := above[name]) is not None:
            counts[wrapper] += counts[name] if name in wrapping else _succeeded(chats[name])
    seen = set(order)
    for name in wrapping - seen:
        circle = [] if name in seen else _circle(name, above)
        seen.update(circle)
        total = sum(counts[one] for one in circle)
        counts |= dict.fromkeys(circle, total)
    return counts


def _circle(name: str, above: Above) -> list[str]:
    circle = [name]
    while (wrapper := above[circle[-1]]) is not None and wrapper != name:
        circle.append(wrapper)
    return circle


def _lent(
    chats: Mapping[str, Span], above: Above, order: Sequence[str], *, successes: Mapping[str, int]
) -> dict[str, Span]:
    """Return what each wrapper lends a failed call: its own or, nearest first, that of failed ones above it.

    Below a wrapper none may have succeeded: it would tell of that one.
    """
    lent: dict[str, Span] = {}
    for name in reversed(order):
        if not successes[name]:
            wrapper = above[name]
            mine = {} if _succeeded(chats[name]) else _present(chats[name])
            lent[name] = {**lent.get(wrapper or "", {}), **mine}
    return lent


def _present(span: Span) -> Span:
    return {name: span[name] for name in LENT if span[name] is not None}


def _completed(
    leaf: Span,
    chats: Mapping[str, Span],
    above: Above,
    *,
    lent: Mapping[str, Span],
    successes: Mapping[str, int],
) -> Span:
    """Return a lowest call with what it lacks and wrappers of it alone have, the nearest first."""
    wrapper = above[leaf["span_id"]]
    if not _succeeded(leaf):
        return _lend({**dict.fromkeys(LENT), **lent.get(wrapper or "", {})}, leaf)
    passed: set[str] = set()
    while wrapper is not None and successes[wrapper] == 1 and wrapper not in passed:  # so no other's as well
        passed.add(wrapper)
        leaf = _lend(chats[wrapper], leaf)
        wrapper = above[wrapper]
    return leaf


def _lowest_of(spans: Sequence[Span], above: Above) -> list[Span]:
    """Return those of some wrappers that wrap no other one of them."""
    higher: set[str] = set()
    for span in spans:
        wrapper = above[span["span_id"]]
        while wrapper is not None and wrapper not in higher:
            higher.add(wrapper)
            wrapper = above[wrapper]
    return [span for span in spans if span["span_id"] not in higher]


def _succeeded(span: Span) -> bool:
    return bool(span["status"] != "error")


def _lend(lender: Span, span: Span) -> Span:
    """Return a span with what it lacks and another span of the same call has."""
    lacking = {name: lender[name] for name in LENT if span[name] is None and lender[name] is not None}
    return completed({**span, **lacking}, lender)


def _with_known_counts(span: Span) -> Span:
    """Return a call without counts that say nothing: no call that succeeded read 0 tokens and wrote 0."""
    if span["status"] == "error" or span["input_tokens"] or span["output_tokens"]:
        return span
    unknown = span["input_tokens"] is None and span["output_tokens"] is None
    return span if unknown else {**span, **dict.fromkeys(COUNTS)}
