"""Tables of what was read: dump files, spans, traces, quarantine and coverage."""

from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.contract import (
    Table,
    boolean,
    date,
    instant,
    integer,
    json_text,
    number,
    one_of,
    text,
)

OPERATIONS = ["invoke_agent", "chat", "execute_tool", "retrieval", "embeddings", "other"]
STATUSES = ["unset", "ok", "error"]
ROLES = ["production", "calibration"]

DUMP_FILES = Table(
    "dump_files",
    "analysis",
    key=("day", "file"),
    partition=("day",),
    description="The dump files of a day with digest and size.",
    columns={
        "day": date(),
        "file": text(),
        "source": text(),
        "role": text(one_of(ROLES)),
        "bytes": integer(),
        "digest": text(),
    },
)

SPANS = Table(
    "spans",
    "content",
    key=("day", "trace_id", "span_id"),
    partition=("day",),
    description="Every span of a day's dump files in one shape, whatever dialect wrote it.",
    columns={
        "day": date(),
        "trace_id": text(),
        "span_id": text(),
        "parent_span_id": text(nullable=True),
        "name": text(),
        "operation": text(one_of(OPERATIONS)),
        "start_ns": integer(),
        "end_ns": integer(),
        "status": text(one_of(STATUSES)),
        "error_type": text(nullable=True),
        "requested_model": text(nullable=True),
        "model": text(nullable=True),
        "response_id": text(nullable=True),
        "prompt_version": text(nullable=True),
        "input_tokens": integer(nullable=True),
        "output_tokens": integer(nullable=True),
        "cached_tokens": integer(nullable=True),
        "reasoning_tokens": integer(nullable=True),
        "finish_reason": text(nullable=True),
        "tool_name": text(nullable=True),
        "tool_call_id": text(nullable=True),
        "tool_arguments": json_text(nullable=True),
        "tool_result": json_text(nullable=True),
        "input_messages": json_text(nullable=True),
        "output_messages": json_text(nullable=True),
        "reasoning": text(nullable=True),
        "system_prompt": text(nullable=True),
        "documents": json_text(nullable=True),
        "tool_definitions": json_text(nullable=True),
        "response_schema": json_text(nullable=True),
        "conversation_id": text(nullable=True),
        "session_id": text(nullable=True),
        "user_key": text(nullable=True),
        "feedback": text(nullable=True),
        "sampling_weight": number(),
        "role": text(one_of(ROLES)),
        "attributes": json_text(),
        "dialect": text(),
        "file": text(),
        "line": integer(),
    },
)

INGESTED = Table(
    "ingested",
    "analysis",
    key=("day", "file"),
    partition=("day",),
    description="Where each record of a file went: present = the sum of the other counts.",
    columns={
        "day": date(),
        "file": text(),
        "present": integer(),
        "stored": integer(),
        "duplicated": integer(),
        "not_consented": integer(),
        "logs_attached": integer(),
        "logs_unmatched": integer(),
        "quarantined": integer(),
    },
)

NOT_CONSENTED = Table(
    "not_consented",
    "analysis",
    key=("day", "slice_key", "slice_value"),
    partition=("day",),
    description="Traces whose users did not consent: counted by slice, never stored.",
    columns={
        "day": date(),
        "slice_key": text(),
        "slice_value": text(),
        "traces": integer(),
        "spans": integer(),
    },
)

QUARANTINE = Table(
    "quarantine",
    "analysis",
    key=("day", "file", "line", "record"),
    partition=("day",),
    description="Records that could not be read: where and why, never the text.",
    columns={
        "day": date(),
        "file": text(),
        "line": integer(),
        "record": integer(),
        "byte_offset": integer(),
        "reason": text(one_of(Reason)),
        "digest": text(),
    },
)

TRACES = Table(
    "traces",
    "content",
    key=("day", "trace_id"),
    partition=("day",),
    description="One row a request: what was asked, answered, retrieved and called.",
    columns={
        "day": date(),
        "trace_id": text(),
        "conversation_id": text(nullable=True),
        "session_id": text(nullable=True),
        "user_key": text(nullable=True),
        "slices": json_text(),
        "feature": text(nullable=True),
        "feature_flags": json_text(),
        "started_at": instant(),
        "duration_ms": number(nullable=True),
        "model": text(nullable=True),
        "requested_model": text(nullable=True),
        "prompt_version": text(nullable=True),
        "input_text": text(nullable=True),
        "output_text": text(nullable=True),
        "reasoning": text(nullable=True),
        "system_prompt": text(nullable=True),
        "documents": json_text(nullable=True),
        "tool_definitions": json_text(nullable=True),
        "tool_calls": json_text(nullable=True),
        "response_schema": json_text(nullable=True),
        "finish_reason": text(nullable=True),
        "refused": boolean(nullable=True),
        "error": text(nullable=True),
        "input_tokens": integer(nullable=True),
        "output_tokens": integer(nullable=True),
        "cached_tokens": integer(nullable=True),
        "reasoning_tokens": integer(nullable=True),
        "n_model_calls": integer(),
        "n_failed_calls": integer(),
        "n_spans": integer(),
        "cost_usd": number(nullable=True),
        "cost_missing": text(nullable=True),
        "consent": boolean(),
        "has_root": boolean(),
        "role": text(one_of(ROLES)),
        "sampling_weight": number(),
        "signals": json_text(),
        "unmeasurable": json_text(),
    },
)

TRACE_FACTS = Table(
    "trace_facts",
    "analysis",
    key=("day", "trace_id"),
    partition=("day",),
    description="What may be known of a trace without its text: slices, versions, tokens, duration, signals.",
    columns={
        name: TRACES.columns[name]
        for name in (
            "day", "trace_id", "user_key", "slices", "feature", "started_at", "duration_ms", "model",
            "prompt_version", "finish_reason", "refused", "input_tokens", "output_tokens", "n_model_calls",
            "n_failed_calls", "cost_usd", "cost_missing", "has_root", "role", "sampling_weight", "signals",
            "unmeasurable",
        )
    },
)  # fmt: skip

COVERAGE = Table(
    "coverage",
    "analysis",
    key=("day", "slice_key", "slice_value", "field"),
    partition=("day",),
    description="What could be seen of what was expected, per field and slice; slice 'all' for the day.",
    columns={
        "day": date(),
        "slice_key": text(),
        "slice_value": text(),
        "field": text(),
        "expected": number(nullable=True),
        "seen": number(),
        "late": integer(),
        "orphaned": integer(),
        "duplicated": integer(),
        "text_free": integer(),
        "not_consented": integer(),
        "redacted": integer(),
        "quarantined": integer(),
    },
)
