"""Phoenix's exports: the span DataFrame as Parquet or JSON rows, and spans as its REST API gives them.

Attributes come out as OpenInference writes them to OTLP: flat, lists of structures by number.
"""

from typing import Any

from behavior_pipeline.dumps.attributes import as_list, json_text, mapping, parsed
from behavior_pipeline.dumps.container import Container
from behavior_pipeline.dumps.exports.cell_values import absent, first, parent_id, present, span_times, text
from behavior_pipeline.dumps.exports.product_export import Export, unwrapped
from behavior_pipeline.dumps.ids import SPAN_DIGITS, TRACE_DIGITS, foreign_id
from behavior_pipeline.dumps.json.head_keys import keys_by_level, row_keys
from behavior_pipeline.dumps.records import Place, RawSpan
from behavior_pipeline.reasons import Reason

PREFIX = "attributes."
IDS = frozenset({"context.span_id", "context.trace_id"})
KIND = "openinference.span.kind"
STATUS = {"OK": "ok", "ERROR": "error"}
# What OpenInference writes as one JSON text, and Phoenix keeps as a structure.
JSON_TEXTS = frozenset(
    {"metadata", "variables", "parameters", "invocation_parameters", "json_schema", "arguments"}
)
MAX_DEPTH = 20


def recognises(head: bytes) -> bool:
    """Return whether rows are spans with OpenInference's kind; OpenTelemetry's console has `kind` instead."""
    keys, levels = row_keys(head, "data"), keys_by_level(head)
    inner = frozenset().union(*levels[1:])
    if keys & IDS or any(key.startswith(PREFIX) for key in keys):
        return True
    marked = "span_kind" in keys or any(key.startswith("openinference.") for key in inner)
    return marked and "kind" not in keys and {"context", "attributes"} & keys != frozenset()


def fits(columns: frozenset[str]) -> bool:
    """Return whether a table has the columns of the span DataFrame."""
    return bool(columns & IDS) or {"context", "span_kind"} <= columns


def rows(document: Any) -> list[Any]:
    """Return the spans of a page of the REST API, or the row itself."""
    return unwrapped(document, "data")


def record(row: dict[str, Any], place: Place) -> RawSpan:
    """Return the span of a row."""
    context = mapping(parsed(row.get("context")))
    span_id = foreign_id(
        first(row, "context.span_id", "span_id", "__index_level_0__") or context.get("span_id"),
        SPAN_DIGITS,
        Reason.BAD_SPAN_ID,
    )
    trace_id = first(row, "context.trace_id", "trace_id") or context.get("trace_id")
    start, end = span_times(row.get("start_time"), row.get("end_time"))
    message = row.get("status_message")
    prefixed = {name.removeprefix(PREFIX): cell for name, cell in row.items() if name.startswith(PREFIX)}
    attributes = flat(prefixed | mapping(parsed(row.get("attributes"))))
    kind = first(row, "span_kind")
    return RawSpan(
        place=place,
        trace_id=foreign_id(trace_id, TRACE_DIGITS, Reason.BAD_TRACE_ID),
        span_id=span_id,
        parent_span_id=parent_id(row.get("parent_id"), span_id),
        name=text(row.get("name")),
        start_ns=start,
        end_ns=end,
        status=STATUS.get(text(row.get("status_code")).upper().rpartition(".")[2], "unset"),
        status_message=message if isinstance(message, str) else None,
        attributes=({KIND: text(kind).upper().rpartition(".")[2]} if kind else {}) | attributes,
        resource={},
        scope="",
        events=[
            _event(event) for event in as_list(parsed(row.get("events"))) or [] if isinstance(event, dict)
        ],
    )


def _event(event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return text(event.get("name")), flat(mapping(parsed(event.get("attributes"))))


def flat(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return attributes with structures taken apart: `llm.input_messages.0.message.role`."""
    flattened: dict[str, Any] = {}
    for name, cell in present(attributes).items():
        _flatten(name, cell, flattened, MAX_DEPTH)
    return flattened


def _flatten(name: str, cell: Any, flattened: dict[str, Any], depth: int) -> None:
    structured = isinstance(cell, list) and any(isinstance(item, dict) for item in cell)
    if isinstance(cell, dict) and (depth == 0 or name.rpartition(".")[2] in JSON_TEXTS):
        flattened[name] = json_text(cell)
    elif isinstance(cell, dict):
        for key, inner in present(mapping(cell)).items():
            _flatten(f"{name}.{key}", inner, flattened, depth - 1)
    elif structured and depth:
        for number, inner in enumerate(cell):
            _flatten(f"{name}.{number}", inner, flattened, depth - 1)
    elif not absent(cell):
        flattened[name] = json_text(cell) if structured else cell


EXPORT = Export(fits=fits, rows=rows, record=record)
PLUGIN = Container(precedence=32, recognises=recognises, read=EXPORT.read, table=EXPORT)
