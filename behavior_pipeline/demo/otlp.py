"""Turns planned turns into spans of the current GenAI conventions, as an instrumented assistant would."""

import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, NamedTuple

import orjson

from behavior_pipeline.demo import shop
from behavior_pipeline.demo.plan import CATEGORIES, SEGMENTS, Plan, prompt_version
from behavior_pipeline.demo.shop import LOCALE_WEIGHTS, LOCALES, TOOLS
from behavior_pipeline.demo.story import EMBEDDER, MODEL, SMALL_MODEL
from behavior_pipeline.demo.writing import Turn, write_turn
from behavior_pipeline.provenance.digests import short_digest

AGENT = "support-assistant"
SYSTEM = "You are the support assistant of a shop for home goods. Stay kind and brief."
INSTRUCTIONS = orjson.dumps([{"type": "text", "content": SYSTEM}]).decode()
DEFINITIONS = orjson.dumps(TOOLS).decode()
SCHEMA = orjson.dumps(shop.ANSWER_SCHEMA).decode()
INTERNAL, CLIENT = 1, 3
ERROR_STATUS = {"code": 2}
SECOND = 1_000_000_000
CHARACTERS_PER_TOKEN = 4.2
RETRIED_SHARE = 0.006
NO_USAGE_SHARE = 0.012
FEEDBACK = {-1: "negative", 0: None, 1: "positive"}

Span = dict[str, Any]


class Emitted(NamedTuple):
    """A span as it leaves the assistant: end in nanoseconds since the epoch, operation, OTLP JSON."""

    end: int
    operation: str
    body: bytes


@dataclass
class Clock:
    """Nanoseconds since the epoch, moving forward through a turn."""

    now: int

    def spend(self, seconds: float) -> int:
        """Advance and return the new time."""
        self.now += max(int(seconds * SECOND), 1000)
        return self.now


class _Turn:
    """Builds the spans of one turn, children first."""

    def __init__(self, plan: Plan, position: int) -> None:
        self.plan, self.position = plan, position
        self.turn: Turn = write_turn(plan, position)
        self.rng = random.Random(int(plan.seed[position]) + 2)  # noqa: S311 - delays and ids, no secrets
        self.trace_id = plan.trace_id(position)
        self.root_id = self._id()
        first = position - 1 if plan.resent[position] else position
        self.conversation = f"conv-{plan.trace_id(first)[:16]}"
        midnight = int(datetime.combine(plan.day, time(), tzinfo=UTC).timestamp()) * SECOND
        self.clock = Clock(midnight + int(float(plan.second[position]) * SECOND))
        if plan.resent[position]:
            earlier = midnight + int(float(plan.second[first]) * SECOND)
            self.clock.now = max(self.clock.now, earlier + 45 * SECOND)
        self.model = SMALL_MODEL if CATEGORIES[plan.category[position]] == "products" else MODEL
        self.spans: list[Emitted] = []
        self.tool_messages: list[Span] = []

    def build(self) -> list[Emitted]:
        """Return the spans in order of their end; the root is the last."""
        started = self.clock.now
        self.clock.spend(0.004)
        if self.turn.documents:
            self._retrieval()
        if self.rng.random() < RETRIED_SHARE:
            self._chat(self._said(), None, error="429")
        if self.turn.call is not None:
            self._tool_round()
        self._chat(self._said(), self.turn.answer, error=None if self.turn.answer else "timeout", schema=True)
        self._root(started)
        return self.spans

    def _id(self) -> str:
        return f"{self.rng.getrandbits(64) | 1:016x}"

    def _add(
        self, name: str, attributes: Span, *, started: int, kind: int = CLIENT, parent: str | None = None,
        error: str | None = None, span_id: str | None = None,
    ) -> str:  # fmt: skip
        span_id = span_id or self._id()
        if error:
            attributes["error.type"] = error
        body = {
            "traceId": self.trace_id, "spanId": span_id, **({"parentSpanId": parent} if parent else {}),
            "flags": 257, "name": name, "kind": kind, "startTimeUnixNano": str(started),
            "endTimeUnixNano": str(self.clock.now), "attributes": _attributes(attributes),
            "status": ERROR_STATUS if error else {},
        }  # fmt: skip
        self.spans.append(Emitted(self.clock.now, attributes["gen_ai.operation.name"], orjson.dumps(body)))
        return span_id

    def _retrieval(self) -> None:
        own_id, started = self._id(), self.clock.now
        self.clock.spend(0.003)
        embedding_started = self.clock.now
        self.clock.spend(self.rng.lognormvariate(math.log(0.03), 0.4))
        tokens = _tokens(self.turn.request)
        self._add(
            f"embeddings {EMBEDDER}",
            {
                "gen_ai.operation.name": "embeddings", "gen_ai.provider.name": "houston",
                "gen_ai.request.model": EMBEDDER,
                "gen_ai.response.model": EMBEDDER, "gen_ai.usage.input_tokens": tokens,
            },
            started=embedding_started, parent=own_id,
        )  # fmt: skip
        self.clock.spend(self.rng.lognormvariate(math.log(0.06), 0.5))
        self._add(
            "retrieval kb",
            {
                "gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "kb",
                "gen_ai.conversation.id": self.conversation, "gen_ai.retrieval.query.text": self.turn.request,
                "gen_ai.retrieval.documents": _json(self.turn.documents),
            },
            started=started, parent=self.root_id, span_id=own_id,
        )  # fmt: skip

    def _said(self) -> list[Span]:
        """Return the messages so far; a turn that sends its request again has the earlier answer in it."""
        ask = {"role": "user", "parts": [{"type": "text", "content": self.turn.request}]}
        if not self.plan.resent[self.position]:
            return [ask]
        before = write_turn(self.plan, self.position - 1).answer or ""
        return [ask, {"role": "assistant", "parts": [{"type": "text", "content": before}]}, ask]

    def _tool_round(self) -> None:
        call = self.turn.call
        if call is None:
            return
        call_id = f"call_{self._id()[:12]}"
        asked = {"type": "tool_call", "id": call_id, "name": call.tool, "arguments": call.arguments}
        self._chat(self._said(), asked, error=None)
        started = self.clock.now
        self.clock.spend(self.rng.lognormvariate(math.log(0.18), 0.6))
        self._add(
            f"execute_tool {call.tool}",
            {
                "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": call.tool,
                "gen_ai.tool.type": "function",
                "gen_ai.tool.call.id": call_id, "gen_ai.conversation.id": self.conversation,
                "gen_ai.tool.call.arguments": _json(call.arguments),
                "gen_ai.tool.call.result": _json(call.result),
            },
            started=started, kind=INTERNAL, parent=self.root_id,
        )  # fmt: skip
        response = {"type": "tool_call_response", "id": call_id, "response": call.result}
        self.tool_messages = [{"role": "assistant", "parts": [asked]}, {"role": "tool", "parts": [response]}]

    def _chat(
        self, sent: list[Span], answer: str | Span | None, *, error: str | None, schema: bool = False
    ) -> None:
        asked = _json([*sent, *self.tool_messages])
        attributes: Span = {
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": "houston",
            "gen_ai.request.model": self.model,
            "gen_ai.conversation.id": self.conversation, "gen_ai.prompt.version": prompt_version(self.plan,
            self.position),
            "gen_ai.request.temperature": 0.2, "gen_ai.system_instructions": INSTRUCTIONS,
            "gen_ai.input.messages": asked,
        }  # fmt: skip
        if self.turn.call is not None:
            attributes["gen_ai.tool.definitions"] = DEFINITIONS
        if schema and self.turn.schema is not None:
            attributes |= {"gen_ai.output.type": "json", "gen_ai.output.schema": SCHEMA}
        started = self.clock.now
        if answer is not None:
            self._answered(attributes, answer, asked)
        else:
            self.clock.spend(0.2 if error == "429" else 20.0)
        self._add(f"chat {self.model}", attributes, started=started, parent=self.root_id, error=error)

    def _answered(self, attributes: Span, answer: str | Span, asked: str) -> None:
        is_text = isinstance(answer, str)
        part = {"type": "text", "content": answer} if is_text else answer
        reason = "stop" if is_text else "tool_call"
        message = _json([{"role": "assistant", "parts": [part], "finish_reason": reason}])
        retrieved = sum(_tokens(document["content"]) for document in self.turn.documents)
        read = _tokens(asked) + _tokens(SYSTEM) + retrieved + (_tokens(DEFINITIONS) if self.turn.call else 0)
        written = _tokens(message) - 14
        attributes |= {
            "gen_ai.response.model": self.model, "gen_ai.response.id": f"resp_{self._id()}",
            "gen_ai.response.finish_reasons": ["stop" if is_text else "tool_calls"],
            "gen_ai.output.messages": message,
        }  # fmt: skip
        if self.rng.random() < NO_USAGE_SHARE:  # a stream whose client asked for no usage
            attributes["gen_ai.request.stream"] = True
        else:
            cached = read // 2 if self.rng.random() < 0.4 else 0  # noqa: PLR2004 - share of calls with a warm cache
            attributes |= {
                "gen_ai.usage.input_tokens": read, "gen_ai.usage.output_tokens": written,
                "gen_ai.usage.cache_read.input_tokens": cached,
            }  # fmt: skip
        slow = 0.6 if self.model == SMALL_MODEL else 1.0
        self.clock.spend(slow * (self.rng.lognormvariate(math.log(0.45), 0.45) + 0.012 * written))

    def _root(self, started: int) -> None:
        plan, position = self.plan, self.position
        self.clock.spend(0.003)
        attributes: Span = {
            "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": AGENT,
            "gen_ai.provider.name": "houston",
            "gen_ai.conversation.id": self.conversation, "session.id": f"sess-{self.conversation[5:17]}",
            "user.id": "u-" + short_digest(["user", plan.world, int(plan.user[position])]),
            "gen_ai.request.model": self.model, "gen_ai.response.model": self.model,
            "gen_ai.prompt.version": prompt_version(plan, position),
            "customer.segment": SEGMENTS[plan.segment[position]],
            "query.category": CATEGORIES[plan.category[position]],
            "user.language": self.rng.choices(LOCALES, LOCALE_WEIGHTS)[0],
        }  # fmt: skip
        if feedback := FEEDBACK[int(plan.feedback[position])]:
            attributes["user.feedback"] = feedback
        error = None if self.turn.answer else "timeout"
        self._add(
            f"invoke_agent {AGENT}",
            attributes,
            started=started,
            kind=INTERNAL,
            error=error,
            span_id=self.root_id,
        )


def turn_spans(plan: Plan, position: int) -> list[Emitted]:
    """Return the spans of one turn, in order of their end; the root is the last."""
    return _Turn(plan, position).build()


def _tokens(text: str) -> int:
    return max(1, round(len(text) / CHARACTERS_PER_TOKEN))


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _attributes(values: Span) -> list[Span]:
    return [
        {"key": key, "value": {"stringValue": value} if type(value) is str else _value(value)}
        for key, value in values.items()
    ]


def _value(value: Any) -> Span:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"arrayValue": {"values": [{"stringValue": str(item)} for item in value]}}
