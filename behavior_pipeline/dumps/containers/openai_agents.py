"""The OpenAI Agents SDK's own export: traces and spans as lines, lists, or the batches that it posts.

A trace's record has no times. It becomes the root of those of its spans that stand in the same file, since it
holds the workflow's name, the group of traces and the metadata; without any it is a log record of its trace.
"""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from behavior_pipeline.dumps.attributes import flat_metadata, mapping
from behavior_pipeline.dumps.container import Container
from behavior_pipeline.dumps.exports.cell_values import first, parent_id, present, span_times, text
from behavior_pipeline.dumps.exports.product_export import Export, unwrapped
from behavior_pipeline.dumps.ids import SPAN_DIGITS, TRACE_DIGITS, RefusedError, foreign_id
from behavior_pipeline.dumps.records import Place, RawLog, RawSpan, Record
from behavior_pipeline.reasons import Reason

# In a text of the content these quotation marks would be escaped.
MARK = re.compile(rb'"object"\s*:\s*"trace(?:\.span)?"')
TRACE_EVENT = "openai_agents.trace"
PREFIX = "openai_agents."


def recognises(head: bytes) -> bool:
    """Return whether an object says that it is a trace or a span of the SDK's."""
    return MARK.search(head) is not None


def rows(document: Any) -> list[Any]:
    """Return the items of a batch, or the item itself."""
    return unwrapped(document, "data")


def record(row: dict[str, Any], place: Place) -> Record:
    """Return a span, or a trace's record as a log record."""
    kind = row.get("object")
    if kind == "trace":
        trace_id = foreign_id(row.get("id"), TRACE_DIGITS, Reason.BAD_TRACE_ID)
        return RawLog(place, trace_id, "", TRACE_EVENT, 0, _of_the_trace(row), None)
    if kind != "trace.span":
        raise RefusedError(Reason.NO_SPAN)
    data, error = mapping(row.get("span_data")), mapping(row.get("error"))
    span_id = foreign_id(row.get("id"), SPAN_DIGITS, Reason.BAD_SPAN_ID)
    start, end = span_times(row.get("started_at"), row.get("ended_at"))
    attributes = {f"{PREFIX}{name}": value for name, value in present(data).items()}
    if error:
        attributes[f"{PREFIX}error"] = error
    return RawSpan(
        place=place,
        trace_id=foreign_id(row.get("trace_id"), TRACE_DIGITS, Reason.BAD_TRACE_ID),
        span_id=span_id,
        parent_span_id=parent_id(row.get("parent_id"), span_id),
        name=text(first(data, "name")) or text(first(data, "type")),
        start_ns=start,
        end_ns=end,
        status="error" if error else "unset",
        status_message=text(error.get("message")) or None,
        attributes={f"{PREFIX}type": "custom", **attributes, **flat_metadata(row.get("metadata"))},
        resource={},
        scope="openai-agents",
    )


def _of_the_trace(row: dict[str, Any]) -> dict[str, Any]:
    attributes = {
        f"{PREFIX}type": "trace",
        f"{PREFIX}workflow_name": row.get("workflow_name"),
        f"{PREFIX}group_id": row.get("group_id"),
    }
    return flat_metadata(row.get("metadata")) | present(attributes)


EXPORT = Export(fits=lambda columns: {"object", "span_data"} <= columns, rows=rows, record=record)


def read(stream: BinaryIO, max_line_bytes: int) -> Iterator[Record]:
    """Yield every record; traces come last, when the times of their spans are known."""
    traces: dict[str, RawLog] = {}
    times: dict[str, tuple[int, int]] = {}
    tops: dict[str, list[RawSpan]] = {}
    failed: dict[str, RawSpan] = {}
    for record in EXPORT.read(stream, max_line_bytes):
        if isinstance(record, RawLog) and record.trace_id not in traces:
            traces[record.trace_id] = record
            continue
        if isinstance(record, RawSpan):
            if record.status == "error" and record.attributes[f"{PREFIX}type"] == "agent":
                failed.setdefault(record.trace_id, record)
            start, end = times.get(record.trace_id, (record.start_ns, record.end_ns))
            times[record.trace_id] = min(start, record.start_ns), max(end, record.end_ns)
            if record.parent_span_id is None:
                tops.setdefault(record.trace_id, []).append(record)
                continue
        yield record
    for trace_id, trace in traces.items():
        root = _root(trace, *times[trace_id], failed.get(trace_id)) if trace_id in times else trace
        for top in tops.get(trace_id, ()) if isinstance(root, RawSpan) else ():
            top.parent_span_id = root.span_id
        yield root
    for spans in tops.values():
        yield from spans


def _root(trace: RawLog, start: int, end: int, failed: RawSpan | None) -> RawSpan:
    """Return a trace's root; it failed where an agent in it did, while tools may fail and be asked again."""
    return RawSpan(
        place=trace.place,
        trace_id=trace.trace_id,
        span_id=foreign_id(f"root of {trace.trace_id}", SPAN_DIGITS, Reason.BAD_SPAN_ID),
        parent_span_id=None,
        name=text(trace.attributes.get(f"{PREFIX}workflow_name")),
        start_ns=start,
        end_ns=end,
        status="unset" if failed is None else failed.status,
        status_message=None if failed is None else failed.status_message,
        attributes=trace.attributes
        | ({} if failed is None else {f"{PREFIX}error": failed.attributes[f"{PREFIX}error"]}),
        resource={},
        scope="openai-agents",
    )


PLUGIN = Container(precedence=38, recognises=recognises, read=read, table=EXPORT)
