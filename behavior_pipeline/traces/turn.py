"""The turn of a conversation that a trace is: which of its model calls answered, and what was asked.

The last call by time is not always the answer. Applications ask models for titles and summaries, guardrails
and evaluators ask them about the answer, and the clocks of two hosts differ. What the application gave back
decides where it is recorded; else the last call that neither a guardrail nor an evaluator made.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, pairwise
from typing import Any

from behavior_pipeline.dumps.attributes import json_text
from behavior_pipeline.spans.content.messages import Message
from behavior_pipeline.traces.conversation import answer_text, is_truncated, loaded, user_texts
from behavior_pipeline.traces.span_tree import Span, SpanTree

# Words, and of scripts without spaces their characters.
WORD = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+")
COMPARED_CHARACTERS = 20_000
AGREES = 0.5  # share of common words from which two texts are taken for one that was edited on its way
FEW_WORDS = 3  # fewer stand in other texts by chance


class Turn:
    """A trace's model calls, by what they are to the user."""

    def __init__(self, tree: SpanTree) -> None:
        """Take the spans of a trace."""
        self.tree = tree
        self.calls = tree.model_calls()

    @cached_property
    def of_user(self) -> list[Span]:
        """Return the calls that may have answered, in their order: not those of guardrails and evaluators."""
        inside = self.tree.inside_of_asides
        calls = [call for call in self.calls if call["span_id"] not in inside] if inside else self.calls
        return _in_order(calls or self.calls)

    @cached_property
    def answering(self) -> Span | None:
        """Return the call that answered the user, or that failed to."""
        calls = self.of_user
        if len(calls) < 2:  # noqa: PLR2004 - there is no other
            return calls[0] if calls else None
        for witness in self._witnesses:
            if shown := answer_text(loaded(witness["output_messages"])):
                agreeing = _alike(
                    calls, [answer_text(loaded(one["output_messages"])) for one in calls], shown
                )
                # A stream may have its text on the application's span only.
                silent = [one for one in calls if one["output_messages"] is None and _succeeded(one)]
                return agreeing or (silent or calls)[-1]
        return calls[-1]

    @cached_property
    def above(self) -> list[Span]:
        """Return the spans above the answering call, the nearest first; without it the root and agents."""
        root = self.tree.root()
        if self.answering is not None:
            above = list(self.tree.above(self.answering))
            return above if root is None or root in above else [*above, root]
        agents = [span for span in self.tree.spans if span["operation"] == "invoke_agent"]
        return [self.tree.top(), *agents]

    @cached_property
    def steps(self) -> list[Span]:
        """Return the calls that led to the answer, the answering one last."""
        calls = self.of_user
        return calls[: calls.index(self.answering) + 1] if self.answering is not None else []

    @cached_property
    def request(self) -> list[Message]:
        """Return the messages that end with what the user asks, as the answering call repeats them.

        Where that holds the application's question, or what an earlier step answered, the application made it
        up itself; then the question in its own words counts. A whole copy is better than one that was cut.
        """
        spans = [*reversed(self.steps), *self.above]
        sides = (loaded(span["input_messages"]) for span in spans)
        asked = (messages for messages in sides if user_texts(messages))
        if (nearest := next(asked, None)) is None:
            return []
        if is_truncated(nearest):
            return next((messages for messages in asked if not is_truncated(messages)), nearest)
        if len(self.steps) < 2:  # noqa: PLR2004 - no other call asked
            return nearest
        question = next(filter(None, (_question(witness) for witness in self._witnesses)), None)
        if question is None or not self._is_made_of(user_texts(nearest)[-1], question):
            return nearest
        same = (messages for messages in asked if _words(user_texts(messages)[-1]) == _words(question))
        return next(same, nearest)

    def _is_made_of(self, asked: str, question: str) -> bool:
        words = _words(asked)
        if words == _words(question):
            return False
        answers = (answer_text(loaded(step["output_messages"])) for step in self.steps[:-1])
        return any(_is_inside(_words(text), words) for text in (question, *answers) if text)

    @cached_property
    def answer(self) -> list[Message]:
        """Return the answer of the answering call, or where it has no text that of the nearest span above.

        Streams, refusals and calls for an output tool have their text on the application's span only. A span
        that failed answered nobody. A whole copy is better than one that was cut.
        """
        above = [span for span in self.above if _succeeded(span)]
        sides = (loaded(span["output_messages"]) for span in [*self.steps[-1:], *above])
        answers = (messages for messages in sides if answer_text(messages) is not None)
        nearest = next(answers, [])
        return (
            next((one for one in answers if not is_truncated(one)), nearest)
            if is_truncated(nearest)
            else nearest
        )

    def sides(self, column: str) -> Iterator[list[Message]]:
        """Yield what the spans of the turn hold of a column of messages, the answering call's first."""
        return (loaded(span[column]) for span in [*reversed(self.steps), *self.above])

    def system_prompt(self) -> str | None:
        """Return the instructions of the answering call, else of a span above or a step of its question."""
        passed_over = self.tree.inside_of_asides | {call["span_id"] for call in self.calls}
        others = (
            span for span in self.tree.spans
            if span["operation"] != "chat" and span["span_id"] not in passed_over
        )  # fmt: skip
        spans = chain(self.steps[-1:], self.above, self._steps_of_its_question(), others)
        return next((span["system_prompt"] for span in spans if span["system_prompt"]), None)

    def _steps_of_its_question(self) -> Iterator[Span]:
        question = None if self.answering is None else _question(self.answering)
        yield from (call for call in reversed(self.steps[:-1]) if _question(call) == question)

    def response_schema(self) -> str | None:
        """Return the schema that the answer was asked to fit: of the answering call, else of one above."""
        spans = [*self.steps[-1:], *self.above]
        return next((span["response_schema"] for span in spans if span["response_schema"]), None)

    @cached_property
    def _witnesses(self) -> list[Span]:
        """Return the application's spans that see the whole turn: above all calls, then an only agent."""
        first, last = self.of_user[0], self.of_user[-1]
        above_last = {span["span_id"] for span in self.tree.above(last)}
        common = [span for span in self.tree.above(first) if span["span_id"] in above_last]
        agents = [] if common else [span for span in self.tree.spans if span["operation"] == "invoke_agent"]
        root = self.tree.root()
        outermost = [root] if root is not None and root not in common else []
        witnesses = [*outermost, *reversed(common), *(agents if len(agents) == 1 else [])]
        return [
            span for span in witnesses if span["operation"] in ("invoke_agent", "other") and _succeeded(span)
        ]


def is_evaluation(turn: Turn, attributes: Mapping[str, Any]) -> bool:
    """Return whether a trace is no traffic but the run of an evaluator, or of an experiment on a product."""
    if turn.tree.top()["operation"] == "evaluator":
        return True
    environment = str(attributes.get("langfuse.environment") or "")
    if environment.startswith("langfuse-") or environment == "sdk-experiment":
        return True
    evaluators = turn.tree.inside_of("evaluator")
    return (
        bool(turn.calls)
        and all(call["span_id"] in evaluators for call in turn.calls)
        and not any(s["output_messages"] and s["span_id"] not in evaluators for s in turn.tree.spans)
    )


def _succeeded(span: Span) -> bool:
    return bool(span["status"] != "error")


def _question(span: Span) -> str | None:
    texts = user_texts(loaded(span["input_messages"]))
    return texts[-1] if texts else None


def _alike(calls: Sequence[Span], texts: Sequence[str | None], shown: str) -> Span | None:
    """Return the call whose text is most like the one shown, the last of equals; None if none is."""
    best, most = None, AGREES
    for call, text in zip(reversed(calls), reversed(texts), strict=True):
        likeness = _likeness(text, shown) if text else 0.0
        if likeness == 1:
            return call
        if likeness > most or (best is None and likeness == most):
            best, most = call, likeness
    return best


def _likeness(one: str, other: str) -> float:
    """Return how far two texts agree, 0 to 1: by their words, more where one is a part of the other."""
    if one == other:
        return 1.0
    words, others = _words(one), _words(other)
    if words == others:
        return 1.0
    if not words or not others:
        return 0.0
    common = sum((Counter(words) & Counter(others)).values())
    share = 2 * common / (len(words) + len(others))
    shorter, longer = sorted((words, others), key=len)
    return (1 + share) / 2 if _is_inside(shorter, longer) else share


def _is_inside(words: Sequence[str], others: Sequence[str]) -> bool:
    return len(words) >= FEW_WORDS and f" {' '.join(words)} " in f" {' '.join(others)} "


def _words(text: str) -> list[str]:
    return WORD.findall(text[:COMPARED_CHARACTERS].casefold())


def _in_order(calls: list[Span]) -> list[Span]:
    """Return calls in the order of their ends, but none before one whose answer its request repeats.

    Histories grow from call to call, so they are looked at only where a later call has a shorter one.
    """
    lengths = [len(call["input_messages"] or "") for call in calls]
    if all(before <= after for before, after in pairwise(lengths)):
        return calls
    origin = {
        mark: number for number, call in enumerate(calls) for mark in _marks(loaded(call["output_messages"]))
    }
    waits_for = [
        {origin[mark] for mark in _marks(this_turn(loaded(call["input_messages"]))) if mark in origin}
        - {number}
        for number, call in enumerate(calls)
    ]
    ordered: dict[int, None] = {}
    for number in range(len(calls)):
        path = [number]
        while path:  # first what it waits for; a circle ends where it began
            last = path[-1]
            before = sorted(waits_for[last] - ordered.keys() - set(path))
            if before:
                path.append(before[0])
            else:
                ordered[path.pop()] = None
    return [calls[number] for number in ordered]


def this_turn(history: Sequence[Message]) -> Sequence[Message]:
    """Return what follows the user's last message."""
    last = max((number for number, one in enumerate(history) if one["role"] == "user"), default=-1)
    return history[last + 1 :]


def _marks(messages: Sequence[Message]) -> Iterator[tuple[str, str]]:
    """Yield what ties an answer to the history that repeats it: the tool calls, by id or else as they are."""
    for message in messages:
        for part in message["parts"]:
            if message["role"] == "assistant" and part["type"] == "tool_call":
                name = part.get("id") or f"{part.get('name')} {json_text(part.get('arguments'))}"
                yield "call", str(name)
