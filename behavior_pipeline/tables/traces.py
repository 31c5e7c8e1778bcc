"""Tables of what was read: dump files, spans, traces, quarantine and coverage."""

from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.columns import DAY, PLACE, SLICE, TRACE_DAY, TRACE_ID
from behavior_pipeline.tables.contract import (
    Table,
    at_least,
    boolean,
    date,
    instant,
    integer,
    json_text,
    number,
    one_of,
    text,
)
from behavior_pipeline.words import SOURCE_ROLES, TRACE_ROLES, UPPER

# The words of the GenAI conventions, and two of products: what calls models about the conversation.
OPERATIONS = [
    "invoke_agent", "chat", "execute_tool", "retrieval", "embeddings", "guardrail", "evaluator", "other",
]  # fmt: skip
STATUSES = ["unset", "ok", "error"]
ROLE = text(
    "Whether it is traffic, or was made to calibrate judges: the source's role.", one_of(SOURCE_ROLES)
)

DUMP_FILES = Table(
    "dump_files",
    "analysis",
    key=("day", "file"),
    partition=("day",),
    description="The dump files of a day with digest and size.",
    columns={
        "day": DAY,
        "file": PLACE["file"],
        "source": text("Name of the source in pipeline.toml."),
        "role": ROLE,
        "bytes": integer("Size of the file as it is stored, in bytes.", *at_least(0)),
        "digest": text("BLAKE2b digest of the file's bytes, 32 hex digits."),
        "content_days": json_text(
            "JSON list of all days among which its records are shared out; NULL where all are of `day`.",
            nullable=True,
        ),
    },
)

SPANS = Table(
    "spans",
    "content",
    key=("day", "trace_id", "span_id"),
    partition=("day",),
    description="Every span of a day's dump files in one shape, whatever dialect wrote it."
    " NULL is what the span does not say.",
    columns={
        "day": DAY,
        "trace_id": TRACE_ID,
        "span_id": text("Id of the span: 16 hex digits."),
        "parent_span_id": text("Id of the span above; NULL for a root.", nullable=True),
        "name": text("Name that the application gave the span."),
        "operation": text("What the span did, in the words of the GenAI conventions.", one_of(OPERATIONS)),
        "start_ns": integer("Start, in nanoseconds since 1970 (UTC).", *at_least(0)),
        "end_ns": integer("End, in nanoseconds since 1970 (UTC); the start if it has none.", *at_least(0)),
        "status": text("Status of the span, in the words of OpenTelemetry.", one_of(STATUSES)),
        "error_type": text("Class of the error; `error` where only the status tells of one.", nullable=True),
        "requested_model": text("Model that was asked for.", nullable=True),
        "model": text("Model that answered.", nullable=True),
        "response_id": text("The provider's id of the response: one id, one model call.", nullable=True),
        "prompt_version": text("Version of the prompt.", nullable=True),
        "input_tokens": integer("Tokens read, cached ones included.", *at_least(0), nullable=True),
        "output_tokens": integer("Tokens written, reasoning included.", *at_least(0), nullable=True),
        "cached_tokens": integer("Input tokens out of the provider's cache.", *at_least(0), nullable=True),
        "cache_written_tokens": integer(
            "Input tokens written to the provider's cache.", *at_least(0), nullable=True
        ),
        "cache_written_1h_tokens": integer(
            "Tokens of these that stay there for an hour.", *at_least(0), nullable=True
        ),
        "reasoning_tokens": integer("Output tokens of reasoning.", *at_least(0), nullable=True),
        "audio_input_tokens": integer("Input tokens of audio.", *at_least(0), nullable=True),
        "audio_output_tokens": integer("Output tokens of audio.", *at_least(0), nullable=True),
        "finish_reason": text(
            "Why the model stopped: `stop`, `length`, `tool_calls`, `content_filter`, `error`, or its word.",
            nullable=True,
        ),
        "tool_name": text("Tool that was executed.", nullable=True),
        "tool_call_id": text("Id of the call by which a model asked for the tool.", nullable=True),
        "tool_arguments": json_text("JSON of what the tool was given.", nullable=True),
        "tool_result": json_text("JSON of what the tool gave back.", nullable=True),
        "input_messages": json_text(
            "JSON list of messages asked: {role, parts: [{type, ...}]}.", nullable=True
        ),
        "output_messages": json_text("JSON list of messages answered, in the same shape.", nullable=True),
        "reasoning": text("The model's reasoning.", nullable=True),
        "system_prompt": text("The instructions given to the model.", nullable=True),
        "documents": json_text("JSON list of retrieved documents: objects or texts.", nullable=True),
        "tool_definitions": json_text(
            "JSON list of the tools offered, as the request has them.", nullable=True
        ),
        "response_schema": json_text("JSON Schema that the answer was asked to fit.", nullable=True),
        "conversation_id": text("Conversation that the request is a turn of.", nullable=True),
        "session_id": text("The user's session.", nullable=True),
        "user_key": text("Pseudonym of the user, 24 hex digits, the same in all traces.", nullable=True),
        "feedback": text("The user's feedback, as its attribute has it.", nullable=True),
        "sampling_weight": number("1 / the tracer's probability to keep the trace, 1 or more.", *at_least(1)),
        "role": ROLE,
        "attributes": json_text("JSON object of other attributes that may be kept: {name: value}."),
        "redactions": json_text(
            "JSON object of values replaced: {kind: count}; NULL if none.", nullable=True
        ),
        "dialect": text("Dialect that read the span, as `openinference`."),
        "unread": json_text(
            "JSON list of names under which the span or its log records hold content that no dialect reads.",
            nullable=True,
        ),
        **PLACE,
    },
)

EVALUATIONS = Table(
    "evaluations",
    "content",
    key=("day", "file", "line", "record", "number"),
    partition=("day",),
    description="Results of evaluators of your own that came with the traces (gen_ai.evaluation.result)."
    " NULL is what the result does not say.",
    columns={
        "day": DAY,
        "trace_id": text("Id of the trace in which the result was written, 32 hex digits.", nullable=True),
        "span_id": text("Id of the span in which the result was written, 16 hex digits.", nullable=True),
        "response_id": text("The provider's id of the response that was judged.", nullable=True),
        "name": text("What was evaluated, in the evaluator's word; empty where it gives none."),
        "judge_version": text("The evaluator's version.", nullable=True),
        "score": number("The evaluator's score, a finite number of any range.", nullable=True),
        "label": text("The evaluator's label.", nullable=True),
        "explanation": text("The evaluator's reason, in its own words.", nullable=True),
        "error_type": text("Class of the error of an evaluation that failed.", nullable=True),
        "time_ns": integer("When it was given, in nanoseconds since 1970 (UTC), 0: not said.", *at_least(0)),
        **PLACE,
        "record": integer("Number of the record in its line, from 0."),
        "number": integer("Number of the result among those of its span, from 0.", *at_least(0)),
    },
)

INGESTED = Table(
    "ingested",
    "analysis",
    key=("day", "file"),
    partition=("day",),
    description="Where each record of a file went: present = the sum of the other counts.",
    columns={
        "day": DAY,
        "file": PLACE["file"],
        "present": integer("Number of records: spans, log records and what was unreadable.", *at_least(0)),
        "stored": integer("Number of spans in `spans`.", *at_least(0)),
        "duplicated": integer("Number of spans that were equal copies of a stored one.", *at_least(0)),
        "not_consented": integer("Number of spans of traces without consent, not stored.", *at_least(0)),
        "logs_attached": integer("Number of log records that filled a span or were kept.", *at_least(0)),
        "logs_unmatched": integer("Number of other log records, which are not kept.", *at_least(0)),
        "quarantined": integer("Number of records in `quarantine`.", *at_least(0)),
    },
)

NOT_CONSENTED = Table(
    "not_consented",
    "analysis",
    key=("day", "slice_key", "slice_value"),
    partition=("day",),
    description="Traces whose users did not consent: counted by slice, never stored.",
    columns={
        "day": DAY,
        **SLICE,
        "traces": integer("Number of traces without consent.", *at_least(0)),
        "spans": integer("Number of their spans.", *at_least(0)),
    },
)

QUARANTINE = Table(
    "quarantine",
    "analysis",
    key=("day", "file", "line", "record"),
    partition=("day",),
    description="Records that could not be read: where and why, never the text.",
    columns={
        "day": DAY,
        "file": text(
            "Dump file, relative to its source's root; of a row that a table refused the table's name, as"
            " `content.traces`."
        ),
        "line": integer("Line of the decompressed file, from 1; without lines, the message or row."),
        "record": integer("Number of the record in its line, from 0."),
        "byte_offset": integer("Where its line or message begins in the decompressed file, in bytes."),
        "reason": text("Why it could not be read.", one_of(Reason)),
        "digest": text("Digest of the refused record, 16 hex digits: equal ones have the same."),
    },
)

TRACES = Table(
    "traces",
    "content",
    key=("day", "trace_id"),
    partition=("day",),
    description="One row a request: what was asked, answered, retrieved and called. NULL is what its spans do"
    " not say; `unmeasurable` gives the reason.",
    columns={
        "day": TRACE_DAY,
        "trace_id": TRACE_ID,
        "conversation_id": text(
            "Conversation that the request is a turn of, else the session.", nullable=True
        ),
        "session_id": SPANS.columns["session_id"],
        "user_key": SPANS.columns["user_key"],
        "slices": json_text("JSON object of the trace's slices: {slice key: value}."),
        "feature": text("Feature of the application that was used.", nullable=True),
        "feature_flags": json_text("JSON object of feature flags: {attribute: value}."),
        "started_at": instant("Start of the root span (UTC), else of the topmost span that came."),
        "duration_ms": number("How long the root span took, in ms.", *at_least(0), nullable=True),
        "model": text(
            "Model that answered, by the asked name where an answer names none; NULL where none did.",
            nullable=True,
        ),
        "requested_model": text("Model that the answering call asked for, else the root.", nullable=True),
        "prompt_version": SPANS.columns["prompt_version"],
        "input_text": text("What the user asked last.", nullable=True),
        "output_text": text("The final answer.", nullable=True),
        "reasoning": text("Reasoning of the model calls up to the answer, in their order.", nullable=True),
        "system_prompt": text("Instructions of the answering call, else of a span around it.", nullable=True),
        "documents": json_text("JSON list of documents retrieved: {id, content, score}.", nullable=True),
        "tool_definitions": json_text(
            "JSON list of the tools offered, each once: {name, description, parameters}.", nullable=True
        ),
        "tool_calls": json_text(
            "JSON list of tool calls in their order: {id, name, arguments, result, error}.", nullable=True
        ),
        "media": json_text(
            "JSON list of what request and answer hold beside text: {type: image | audio | video | file,"
            " mime_type, bytes}.",
            nullable=True,
        ),
        "response_schema": SPANS.columns["response_schema"],
        "finish_reason": text("Why the answering call stopped, as in `spans`.", nullable=True),
        "refused": boolean("Whether the answer refuses, by a mark or by its words.", nullable=True),
        "error": text("Class of the error that ended the request; NULL if it did not fail.", nullable=True),
        "input_tokens": integer(
            "Tokens that successful model calls read; NULL if one of them does not say.",
            *at_least(0),
            nullable=True,
        ),
        "output_tokens": integer(
            "Tokens that successful model calls wrote; NULL if one of them does not say.",
            *at_least(0),
            nullable=True,
        ),
        "cached_tokens": integer(
            "Tokens of these out of the provider's cache, as far as calls say.", *at_least(0), nullable=True
        ),
        "cache_written_tokens": integer(
            "Tokens of these written to the provider's cache, as far as calls say.",
            *at_least(0),
            nullable=True,
        ),
        "reasoning_tokens": integer(
            "Tokens of reasoning among those written, as far as calls say.", *at_least(0), nullable=True
        ),
        "n_model_calls": integer("Number of model calls, failed ones included.", *at_least(0)),
        "n_failed_calls": integer("Number of model calls that failed.", *at_least(0)),
        "n_spans": integer("Number of spans that the trace was built from.", *at_least(1)),
        "cost_usd": number("Cost of the successful model calls, in USD.", *at_least(0), nullable=True),
        "cost_missing": text("Why the cost is not known; NULL if it is.", one_of(Reason), nullable=True),
        "cost_bound": text(
            "`upper`: it cost this at most, since cached tokens are not told or have no price; NULL: this.",
            one_of([UPPER]),
            nullable=True,
        ),
        "price_source": text(
            "Who priced it: `declared`, the price list with its version, or both; NULL: nobody.",
            nullable=True,
        ),
        "consent": boolean("Whether the trace may be stored: true, since no other one is."),
        "has_root": boolean("Whether its root span was there when it was built."),
        "role": text(
            "Whether it is traffic, was made to calibrate judges, or is an evaluator's own run.",
            one_of(TRACE_ROLES),
        ),
        "sampling_weight": number(
            "1 / the tracer's probability to keep it, 1 or more, `sampling.max_weight` at most.", *at_least(1)
        ),
        "signals": json_text(
            "JSON list of what went wrong: `error`, `escalation`, `negative_feedback`, `resubmitted`."
        ),
        "unmeasurable": json_text(
            "JSON object of fields that are missing, not whole or trimmed: {field: word of reasons.md}."
        ),
        "dialect": text("Dialect of the answering call, else of the root span.", nullable=True),
    },
)

TRACE_FACTS = Table(
    "trace_facts",
    "analysis",
    key=("day", "trace_id"),
    partition=("day",),
    description="What may be known of a trace without its text: slices, versions, tokens, duration, signals."
    " NULL as in traces.",
    columns={
        name: TRACES.columns[name]
        for name in (
            "day", "trace_id", "user_key", "slices", "feature", "started_at", "duration_ms", "model",
            "requested_model", "prompt_version", "finish_reason", "refused", "input_tokens",
            "output_tokens", "n_model_calls", "n_failed_calls", "cost_usd", "cost_missing", "cost_bound",
            "price_source", "has_root", "role", "sampling_weight", "signals", "unmeasurable", "dialect",
        )
    }
    | {
        "cluster_key": text(
            "Whose traces may be alike: pseudonym of the user, else of the conversation or session, 24 hex"
            " digits; NULL: none is told, or an older row.",
            nullable=True,
        )
    },
)  # fmt: skip

COVERAGE = Table(
    "coverage",
    "analysis",
    key=("day", "slice_key", "slice_value", "dialect", "field"),
    partition=("day",),
    description="What could be seen of what was expected, per field, slice and dialect; 'all' for the day.",
    columns={
        "day": date("Day of arrival of the records, and on which the traces were built."),
        **SLICE,
        "dialect": text("Dialect of the traces or spans; `all`, or NULL, for all of them.", nullable=True),
        "field": text(
            "What is counted: `records`, `spans_on_time`, `spans_by_parent`, `turns`, `evaluator_runs`,"
            " `texts` or a field."
        ),
        "expected": number(
            "Count of what could be there, records, spans, turns or traces by `field`; NULL: not known.",
            *at_least(0),
            nullable=True,
        ),
        "seen": number("Count of what is there, in the same unit.", *at_least(0)),
        "late": integer(
            "Number of spans after their trace was built (`records`), after its first day (`spans_on_time`).",
            *at_least(0),
        ),
        "orphaned": integer("Number of traces without a root; in the row `duration_ms`.", *at_least(0)),
        "duplicated": integer("Number of equal copies of spans; in the row `records`.", *at_least(0)),
        "text_free": integer("Number of traces whose content was not captured.", *at_least(0)),
        "not_consented": integer(
            "Number of traces without consent; of spans in the row `records`.", *at_least(0)
        ),
        "redacted": integer("Number of values replaced; in the rows `records` and `texts`.", *at_least(0)),
        "quarantined": integer("Number of unreadable records; in the row `records`.", *at_least(0)),
    },
)
