"""Opik's spans and traces: pages and streams of its REST API, and the files of `opik export`.

A trace has an input, an output and times of its own: it becomes the root of the spans that have no parent and
stand in the same file.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from behavior_pipeline.dumps.attributes import mapping, parsed
from behavior_pipeline.dumps.container import Container
from behavior_pipeline.dumps.exports.cell_values import first, parent_id, present, span_times, text
from behavior_pipeline.dumps.exports.product_export import Export, unwrapped
from behavior_pipeline.dumps.ids import SPAN_DIGITS, TRACE_DIGITS, foreign_id
from behavior_pipeline.dumps.json.head_keys import keys_by_level
from behavior_pipeline.dumps.records import Place, RawSpan, Record
from behavior_pipeline.reasons import Reason

PAGES = ("content", "spans", "traces", "data")
COMMON = frozenset({"id", "start_time"})
# Keys that no other product's rows have beside an id and a start.
OWN = frozenset({
    "error_info", "feedback_scores", "total_estimated_cost", "span_feedback_scores", "guardrails_validations",
    "visibility_mode", "last_updated_by", "llm_span_count", "ttft",
})  # fmt: skip
FOREIGN = frozenset({"run_type", "dotted_order", "traceId", "context", "span_kind"})
COPIED = (
    "type", "input", "output", "usage", "model", "provider", "error_info", "metadata", "tags", "thread_id",
    "total_estimated_cost", "environment",
)  # fmt: skip
TRACE = "trace"


def recognises(head: bytes) -> bool:
    """Return whether the objects are Opik's spans or traces, bare, in a page or in an exported trace."""
    levels = keys_by_level(head)
    wrapped = bool(levels) and bool(levels[0] & {*PAGES, TRACE})
    keys = frozenset().union(*(levels[:2] if wrapped else levels[:1]))
    if keys & FOREIGN or not keys >= COMMON:
        return False
    return bool(keys & OWN) or {"trace_id", "project_id", "type"} <= keys


def fits(columns: frozenset[str]) -> bool:
    """Return whether a table has the columns of spans or traces."""
    return columns >= COMMON and bool(columns & OWN) and not columns & FOREIGN


def rows(document: Any) -> Iterator[Any]:
    """Yield the rows of a page; of an exported trace, the trace and its spans."""
    trace = document.get(TRACE) if isinstance(document, dict) else None
    if isinstance(trace, dict):
        yield trace
        spans = document.get("spans")
        yield from ({"trace_id": trace.get("id"), **mapping(span)} for span in spans or ())
        return
    yield from unwrapped(document, *PAGES)


def record(row: dict[str, Any], place: Place) -> RawSpan:
    """Return a span, or a trace as the span above those of its spans that have no parent."""
    is_span = first(row, "trace_id") is not None
    trace_id = foreign_id(
        row.get("trace_id") if is_span else row.get("id"), TRACE_DIGITS, Reason.BAD_TRACE_ID
    )
    named = row.get("id") if is_span else f"root of {trace_id}"
    span_id = foreign_id(named, SPAN_DIGITS, Reason.BAD_SPAN_ID)
    start, end = span_times(row.get("start_time"), row.get("end_time"))
    error = mapping(parsed(row.get("error_info")))
    message = error.get("message")
    return RawSpan(
        place=place,
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=parent_id(row.get("parent_span_id"), span_id) if is_span else None,
        name=text(row.get("name")),
        start_ns=start,
        end_ns=end,
        status="error" if error else "unset",
        status_message=message if isinstance(message, str) else None,
        attributes={
            "opik.type": "general",
            **{f"opik.{name}": cell for name, cell in present(row).items() if name in COPIED},
            **({} if is_span else {"opik.type": TRACE}),
        },
        resource={},
        scope="opik",
    )


EXPORT = Export(fits=fits, rows=rows, record=record)


def read(stream: BinaryIO, max_line_bytes: int) -> Iterator[Record]:
    """Yield every record; spans without a parent come last, when it is known which traces are there."""
    roots: dict[str, str] = {}
    tops: list[RawSpan] = []
    for record_read in EXPORT.read(stream, max_line_bytes):
        if isinstance(record_read, RawSpan) and record_read.parent_span_id is None:
            if record_read.attributes["opik.type"] != TRACE:
                tops.append(record_read)
                continue
            roots[record_read.trace_id] = record_read.span_id
        yield record_read
    for top in tops:
        top.parent_span_id = roots.get(top.trace_id)
        yield top


PLUGIN = Container(precedence=37, recognises=recognises, read=read, table=EXPORT)
