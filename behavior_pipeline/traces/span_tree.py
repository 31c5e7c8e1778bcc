"""How the spans of one trace lie above each other: its root, what is above a span, and which are model calls.

Parents may be missing, come in circles or name the span itself; a walk ends once around at the latest.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
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

    def _lowest(self, chats: dict[str, Span]) -> list[Span]:
        above = {name: self._call_above(span) for name, span in chats.items()}
        wrapping = {name for name in above.values() if name is not None}
        if not wrapping:
            return list(chats.values())
        below = {name: _chain(name, above) for name in chats if name not in wrapping}
        successes = Counter(
            wrapper for leaf, chain in below.items() if _succeeded(chats[leaf]) for wrapper in chain
        )
        leaves = []
        for name, chain in below.items():
            leaf = chats[name]
            for wrapper in chain:
                if _may_lend(chats[wrapper], leaf, successes[wrapper]):
                    leaf = _lend(chats[wrapper], leaf)
            leaves.append(leaf)
        alone = [chats[name] for name in wrapping if _succeeded(chats[name]) and not successes[name]]
        return [*leaves, *_lowest_of(alone, above)] or list(chats.values())  # a circle of chats has no lowest

    def _call_above(self, span: Span) -> str | None:
        """Return the id of the chat span that this one is a part of."""
        for above in self.above(span):
            if above["operation"] == span["operation"]:
                return str(above["span_id"])
            if above["operation"] in BETWEEN_CALLS:
                return None
        return None


def _chain(name: str, above: dict[str, str | None]) -> list[str]:
    chain: dict[str, None] = {}
    wrapper = above[name]
    while wrapper is not None and wrapper not in chain:
        chain[wrapper] = None
        wrapper = above[wrapper]
    return list(chain)


def _lowest_of(spans: Sequence[Span], above: dict[str, str | None]) -> list[Span]:
    """Return those of some wrappers that wrap no other one of them."""
    higher = {wrapper for span in spans for wrapper in _chain(span["span_id"], above)}
    return [span for span in spans if span["span_id"] not in higher]


def _may_lend(wrapper: Span, leaf: Span, successes: int) -> bool:
    return successes == 1 if _succeeded(leaf) else successes == 0 and not _succeeded(wrapper)


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
