"""MLflow's trace JSON: `info` with `data.spans`, in every schema since 2.14; also a trace's spans alone.

What a trace says (session, user, tags, tokens of all its calls) belongs to its root span.
"""

from collections.abc import Iterator
from typing import Any

from behavior_pipeline.dumps.attributes import mapping, parsed
from behavior_pipeline.dumps.container import Container
from behavior_pipeline.dumps.exports.cell_values import first, present, span_times, text
from behavior_pipeline.dumps.exports.product_export import Export, unwrapped
from behavior_pipeline.dumps.ids import SPAN_DIGITS, TRACE_DIGITS, RefusedError, foreign_id, hex_id
from behavior_pipeline.dumps.json.head_keys import keys_by_level
from behavior_pipeline.dumps.records import Place, RawSpan
from behavior_pipeline.reasons import Reason

INFO = ("info", "trace_info", "traceInfo")
# Of OTLP and of OpenTelemetry's console, which may hold MLflow's attributes in maps.
FOREIGN = frozenset({"kind", "resourceSpans", "resource_spans"})
METADATA = ("trace_metadata", "request_metadata")
STATUS = {
    "STATUS_CODE_OK": "ok",
    "OK": "ok",
    "STATUS_CODE_ERROR": "error",
    "ERROR": "error",
    "1": "ok",
    "2": "error",
}
TOTALS = ("mlflow.trace.tokenUsage", "mlflow.trace.cost")
KNOWN = {"mlflow.trace.session": "session.id", "mlflow.trace.user": "user.id"}


def recognises(head: bytes) -> bool:
    """Return whether the objects have MLflow's own keys."""
    levels = keys_by_level(head)
    if not levels or levels[0] & FOREIGN:
        return False
    keys = frozenset().union(*levels)
    trace = "data" in levels[0] and bool(levels[0] & set(INFO))
    snake = (
        {"start_time_unix_nano", "parent_span_id"} <= keys and "spans" in keys and "scope_spans" not in keys
    )
    return trace or snake or any(key.startswith("mlflow.") for key in keys)


def fits(columns: frozenset[str]) -> bool:
    """Return whether a table has the columns of MLflow's search for traces."""
    return bool(columns & {"trace", "spans"}) and bool(
        columns & {*METADATA, "execution_duration", "request_id"}
    )


def rows(document: Any) -> Iterator[Any]:
    """Yield every span with its trace's info, the root with all of it; a trace without spans is one row."""
    for one in unwrapped(document, "traces"):
        trace = mapping(parsed(one.get("trace"))) or one if isinstance(one, dict) else {}
        info = next((trace[name] for name in INFO if isinstance(trace.get(name), dict)), trace)
        spans = mapping(parsed(trace.get("data"))).get("spans", parsed(trace.get("spans")))
        if not isinstance(spans, list) or not spans:
            yield {"span": one} if _is_span(one) else one
            continue
        root = next((number for number, span in enumerate(spans) if _parent(mapping(span)) is None), 0)
        for number, span in enumerate(spans):
            yield {"span": span, "info": info, "is_root": number == root}


def _is_span(one: Any) -> bool:
    return isinstance(one, dict) and ("span_id" in one or "span_id" in mapping(one.get("context")))


def _parent(span: dict[str, Any]) -> Any:
    return first(span, "parent_span_id", "parent_id")


def record(row: dict[str, Any], place: Place) -> RawSpan:
    """Return a span of either schema."""
    span, info = mapping(row.get("span")), mapping(row.get("info"))
    if not span:
        raise RefusedError(Reason.NO_SPAN)
    context, status = mapping(span.get("context")), mapping(span.get("status"))
    span_id = _id(span.get("span_id") or context.get("span_id"), SPAN_DIGITS, Reason.BAD_SPAN_ID)
    named = span.get("trace_id") or context.get("trace_id") or first(info, "trace_id", "request_id")
    parent = _parent(span)
    parent = None if parent is None else _id(parent, SPAN_DIGITS, Reason.BAD_SPAN_ID)
    start, end = span_times(
        first(span, "start_time_unix_nano", "start_time", "start_time_ns"),
        first(span, "end_time_unix_nano", "end_time", "end_time_ns"),
    )
    code = str(status.get("code") or span.get("status_code")).upper().rpartition(".")[2]
    message = status.get("message") or span.get("status_message")
    return RawSpan(
        place=place,
        trace_id=_id(named, TRACE_DIGITS, Reason.BAD_TRACE_ID),
        span_id=span_id,
        parent_span_id=None if parent == span_id else parent,
        name=text(span.get("name")),
        start_ns=start,
        end_ns=end,
        status=STATUS.get(code, "unset"),
        status_message=message if isinstance(message, str) else None,
        attributes={
            "mlflow.spanType": "UNKNOWN",
            **(_of_the_trace(info) if row.get("is_root") else {}),
            **mapping(parsed(span.get("attributes"))),
        },
        resource={},
        scope="mlflow",
        events=[
            (text(event.get("name")), mapping(parsed(event.get("attributes"))))
            for event in span.get("events") or []
            if isinstance(event, dict)
        ],
    )


def _id(value: Any, digits: int, reason: Reason) -> str:
    """Return an id by the rule of all products; zeros are none."""
    if isinstance(value, str) and not (hex_id(value, digits) or "1").strip("0"):
        raise RefusedError(reason)
    return foreign_id(value, digits, reason)


def _of_the_trace(info: dict[str, Any]) -> dict[str, Any]:
    metadata = next((entries for name in METADATA if (entries := mapping(parsed(info.get(name))))), {})
    attributes: dict[str, Any] = {}
    for name, value in metadata.items():
        if name in KNOWN:
            attributes[KNOWN[name]] = value
        elif name in TOTALS or not name.startswith("mlflow."):
            attributes[name if name in TOTALS else f"mlflow.traceMetadata.{name}"] = value
    for name, value in mapping(parsed(info.get("tags"))).items():
        if not name.startswith("mlflow."):
            attributes[f"mlflow.traceTag.{name}"] = value
    for one in info.get("assessments") or []:
        feedback = mapping(mapping(one).get("feedback"))
        if isinstance(mapping(one).get("assessment_name"), str) and "value" in feedback:
            attributes[f"mlflow.assessment.{one['assessment_name']}"] = feedback["value"]
    return present(attributes)


EXPORT = Export(fits=fits, rows=rows, record=record)
PLUGIN = Container(precedence=34, recognises=recognises, read=EXPORT.read, table=EXPORT)
