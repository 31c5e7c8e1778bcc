"""Joins spans to traces: one row a request, with what could not be measured and why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson
import pandas as pd

from behavior_pipeline.dumps.attributes import json_text
from behavior_pipeline.reasons import Reason
from behavior_pipeline.redaction.pseudonym import conversation_key
from behavior_pipeline.settings.model import Price, Settings, Signals
from behavior_pipeline.spans.content.withheld import is_placeholder
from behavior_pipeline.tables.columns import LONGEST_MS
from behavior_pipeline.tables.few_values import short_name, slice_word
from behavior_pipeline.tables.traces import TRACES
from behavior_pipeline.traces import conversation
from behavior_pipeline.traces.costs import cost_of
from behavior_pipeline.traces.missing import unmeasurable
from behavior_pipeline.traces.prices import PACKAGE
from behavior_pipeline.traces.refusal import is_refusal
from behavior_pipeline.traces.signals import RESUBMITTED, is_resubmission, mark_resubmitted, own_signals
from behavior_pipeline.traces.span_tree import SpanTree
from behavior_pipeline.traces.tool_calls import tool_calls
from behavior_pipeline.traces.turn import Turn, is_evaluation
from behavior_pipeline.words import EVALUATION, PRODUCTION

Span = dict[str, Any]
CAME = itemgetter("day", "file", "line")
TOKENS = ("input_tokens", "output_tokens", "cached_tokens", "cache_written_tokens", "reasoning_tokens")


@dataclass(frozen=True)
class Building:
    """How traces are built: slices, feature names, prices and the rules of signals.

    `listed_prices`: models without a declared price have that of the package's list.
    """

    slices: tuple[str, ...]
    feature: tuple[str, ...]
    feature_flag_prefix: str
    prices: Mapping[str, Price]
    signals: Signals
    listed_prices: bool = False
    max_weight: float = 10_000

    @classmethod
    def of(cls, settings: Settings) -> "Building":
        """Return how the settings have traces built."""
        names = settings.attributes
        return cls(
            settings.slices,
            names.feature,
            names.feature_flag_prefix,
            settings.prices,
            settings.signals,
            listed_prices=settings.price_list == PACKAGE,
            max_weight=settings.sampling.max_weight,
        )


def build_traces(spans: Iterable[Span], day: date, rules: Building) -> pd.DataFrame:
    """Return traces as one frame, for few of them; `day_rows.py` puts those of a day on disk."""
    rows = [row for row, _ in trace_rows(spans, day, rules)]
    mark_resubmitted(rows, rules.signals)
    for row in rows:
        row["signals"] = json_text(sorted(row["signals"]))
    return TRACES.frame(rows)


def trace_rows(
    spans: Iterable[Span], day: date, rules: Building
) -> Iterator[tuple[dict[str, Any], Sequence[Span]]]:
    """Yield a day's traces, each with its spans; memory holds those of one trace.

    Spans are rows of content.spans ordered by trace, start and id; of copies the one that came first counts.
    A row's `signals` are a set, in which only what the trace itself tells is marked.
    """
    for _, group in groupby(spans, key=itemgetter("trace_id")):
        its_spans = _first_copies(list(group))
        row = _trace(its_spans, day, rules)
        if is_resubmission(row["input_text"], row.pop("history"), rules.signals.resubmission_similarity):
            row["signals"].add(RESUBMITTED)
        yield row, its_spans


def _first_copies(spans: list[Span]) -> list[Span]:
    if len({span["span_id"] for span in spans}) == len(spans):
        return spans
    first = {span["span_id"]: span for span in sorted(spans, key=CAME, reverse=True)}
    return [span for span in spans if span is first[span["span_id"]]]


def cluster_key(user_key: str | None, conversation_id: str | None, *, key: bytes) -> str | None:
    """Return who may be alike, by a pseudonym under the key, never by an id."""
    if user_key is not None or conversation_id is None:
        return user_key
    return conversation_key(conversation_id, key)


def _trace(spans: list[Span], day: date, rules: Building) -> dict[str, Any]:
    tree = SpanTree(spans)
    root, head = tree.root(), tree.top()
    turn = Turn(tree)
    calls, answering = turn.calls, turn.answering
    done = [call for call in calls if call["status"] != "error"]
    attributes = _attributes(spans, head)
    weight = max(span["sampling_weight"] for span in spans)
    row = {
        "day": day,
        "trace_id": head["trace_id"],
        "conversation_id": _id(spans, head, "conversation_id") or _id(spans, head, "session_id"),
        "session_id": _id(spans, head, "session_id"),
        "user_key": _first(spans, head, "user_key"),
        "slices": json_text({key: slice_word(attributes[key]) for key in rules.slices if key in attributes}),
        "feature": _feature(attributes, rules),
        "feature_flags": json_text(
            {key: value for key, value in attributes.items() if key.startswith(rules.feature_flag_prefix)}
        ),
        "started_at": pd.Timestamp(head["start_ns"], unit="ns", tz="UTC"),
        "duration_ms": _duration_ms(root),
        "model": _model(answering),
        "requested_model": (answering or head)["requested_model"],
        "prompt_version": _first(spans, head, "prompt_version"),
        "finish_reason": next(
            (one["finish_reason"] for one in reversed(turn.steps) if one["status"] != "error"), None
        ),
        "error": _error(turn, root),
        **{name: _sum(done, name) for name in TOKENS},
        "n_model_calls": len(calls),
        "n_failed_calls": len(calls) - len(done),
        "n_spans": len(spans),
        "consent": True,
        "has_root": root is not None,
        "role": _role(turn, head, attributes),
        "dialect": (answering or head)["dialect"],
        "sampling_weight": min(weight, rules.max_weight),
    }  # fmt: skip
    cost = cost_of(done, rules.prices, listed=rules.listed_prices)
    row |= {
        "cost_usd": cost.usd,
        "cost_missing": cost.missing,
        "cost_bound": cost.bound,
        "price_source": cost.source,
    }
    row |= _content(turn)
    trimmed = {"sampling_weight": Reason.WEIGHT_TRIMMED} if weight > rules.max_weight else {}
    row["unmeasurable"] = json_text(unmeasurable(row, turn) | trimmed)
    row["signals"] = own_signals(row, spans, rules.signals)
    return row


def _model(answering: Span | None) -> str | None:
    """Return the model that answered, by the asked name where an answer names none; NULL where none did."""
    if answering is None or answering["model"] is not None or answering["status"] == "error":
        return None if answering is None else answering["model"]
    return str(answering["requested_model"]) if answering["requested_model"] else None


def _role(turn: Turn, head: Span, attributes: Mapping[str, Any]) -> str:
    production = head["role"] == PRODUCTION
    return EVALUATION if production and is_evaluation(turn, attributes) else str(head["role"])


def _feature(attributes: Mapping[str, Any], rules: Building) -> str | None:
    return next((short_name(str(attributes[name])) for name in rules.feature if name in attributes), None)


def _duration_ms(root: Span | None) -> float | None:
    """Return how long the root took by its own clock; what other spans' clocks say does not matter."""
    if root is None or root["end_ns"] <= root["start_ns"]:  # a span without an end is stored with its start
        return None
    duration = float((root["end_ns"] - root["start_ns"]) / 1e6)
    return duration if duration <= LONGEST_MS else None


def _attributes(spans: Sequence[Span], head: Span) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for span in [*spans, head]:
        attributes |= {
            key: value for key, value in orjson.loads(span["attributes"]).items() if value is not None
        }
    return attributes


def _first(spans: Sequence[Span], head: Span, name: str) -> str | None:
    return next((span[name] for span in [head, *spans] if span[name] is not None), None)


def _id(spans: Sequence[Span], head: Span, name: str) -> str | None:
    """Return the first id of this name; a placeholder would join all traces."""
    ids = (span[name] for span in [head, *spans])
    return next((one for one in ids if one is not None and not is_placeholder(one)), None)


def _sum(calls: Sequence[Span], name: str) -> int | None:
    """Sum over successful calls: optional kinds where given, input and output only if all are known."""
    known = [call[name] for call in calls if call[name] is not None]
    complete = len(known) == len(calls) or name not in ("input_tokens", "output_tokens")
    total = int(sum(known))
    return total if known and complete and total < 2**63 else None  # lakes of older versions hold any count


def _error(turn: Turn, root: Span | None) -> str | None:
    """Return what went wrong in the end: for the root, the answering call, or an agent that made it."""
    agents = [one for one in turn.above if one["operation"] == "invoke_agent"] if turn.steps else []
    for span in (root, turn.answering, *agents):
        if span is not None and span["status"] == "error":
            return str(span["error_type"] or "error")
    return None


def _content(turn: Turn) -> dict[str, Any]:
    spans = turn.tree.spans
    requests, output = conversation.user_texts(turn.request), conversation.answer_text(turn.answer)
    marked = conversation.has_refusal_part(turn.answer) or (
        turn.answering is not None and turn.answering["finish_reason"] == "content_filter"
    )
    # Without texts only what a filter stopped would be known, and every known answer a refusal.
    readable = output is not None or bool(requests) or any(map(conversation.was_captured, spans))
    return {
        "input_text": requests[-1] if requests else None,
        "history": requests[:-1],
        "output_text": output,
        "refused": None if not readable else True if marked else output and is_refusal(output),
        "reasoning": "\n".join(filter(None, (call["reasoning"] for call in turn.steps))) or None,
        "system_prompt": turn.system_prompt(),
        "response_schema": turn.response_schema(),
        "documents": conversation.documents(spans),
        "tool_definitions": conversation.tool_definitions(spans),
        "tool_calls": tool_calls(turn),
        "media": conversation.media(turn.request, turn.answer),
    }
