"""LangSmith's runs: bulk exports as Parquet, and the API's runs as JSON, with child runs inside or beside."""

from collections.abc import Iterator
from typing import Any

from behavior_pipeline.dumps.attributes import mapping, parsed
from behavior_pipeline.dumps.container import Container
from behavior_pipeline.dumps.exports.cell_values import first, parent_id, present, span_times, text
from behavior_pipeline.dumps.exports.product_export import Export, unwrapped
from behavior_pipeline.dumps.ids import SPAN_DIGITS, TRACE_DIGITS, foreign_id
from behavior_pipeline.dumps.json.head_keys import row_keys
from behavior_pipeline.dumps.records import Place, RawSpan
from behavior_pipeline.reasons import Reason

RUN = frozenset(
    {"run_type", "dotted_order", "parent_run_id", "child_run_ids", "direct_child_run_ids", "parent_run_ids"}
)
COPIED = {
    "langsmith.span.kind": "run_type",
    "langsmith.trace.name": "name",
    "langsmith.trace.session_id": "session_id",
    "langsmith.trace.session_name": "session_name",
    "langsmith.span.tags": "tags",
    "gen_ai.prompt": "inputs",
    "gen_ai.completion": "outputs",
    "gen_ai.usage.input_tokens": "prompt_tokens",
    "gen_ai.usage.output_tokens": "completion_tokens",
    "gen_ai.usage.total_tokens": "total_tokens",
    "gen_ai.usage.input_token_details": "prompt_token_details",
    "gen_ai.usage.output_token_details": "completion_token_details",
    "langsmith.span.error": "error",
}


def recognises(head: bytes) -> bool:
    """Return whether the rows are runs."""
    return len(row_keys(head, "runs", "data") & RUN) > 0


def fits(columns: frozenset[str]) -> bool:
    """Return whether a table has the columns of runs."""
    return {"id", "start_time"} <= columns and bool(columns & RUN)


def rows(document: Any) -> Iterator[Any]:
    """Yield the runs of a page, and below each those that it holds."""
    waiting = list(reversed(unwrapped(document, "runs", "data")))
    while waiting:
        run = waiting.pop()
        inner = parsed(run.pop("child_runs", None)) if isinstance(run, dict) else None
        yield run
        waiting += reversed(inner) if isinstance(inner, list) else []


def record(row: dict[str, Any], place: Place) -> RawSpan:
    """Return the span of a run."""
    run_id = row.get("id")
    span_id = foreign_id(run_id, SPAN_DIGITS, Reason.BAD_SPAN_ID)
    parents = parsed(row.get("parent_run_ids"))
    parent = first(row, "parent_run_id") or (parents[-1] if isinstance(parents, list) and parents else None)
    start, end = span_times(row.get("start_time"), row.get("end_time"))
    error, extra = first(row, "error"), mapping(parsed(row.get("extra")))
    failed = error is not None or text(row.get("status")).lower() == "error"
    metadata = mapping(parsed(first(row, "metadata"))) | mapping(parsed(extra.get("metadata")))
    parameters = mapping(parsed(extra.get("invocation_params"))) or mapping(
        metadata.pop("invocation_params", None)
    )
    return RawSpan(
        place=place,
        trace_id=foreign_id(_trace_id(row, parents, run_id), TRACE_DIGITS, Reason.BAD_TRACE_ID),
        span_id=span_id,
        parent_span_id=parent_id(parent, span_id),
        name=text(row.get("name")),
        start_ns=start,
        end_ns=end,
        status="error" if failed else "ok" if text(row.get("status")).lower() == "success" else "unset",
        status_message=error if isinstance(error, str) else None,
        attributes={
            **present({name: row.get(column) for name, column in COPIED.items()}),
            **_asked_for(parameters),
            **{f"langsmith.metadata.{name}": cell for name, cell in present(metadata).items()},
        },
        resource=mapping(parsed(extra.get("runtime"))),
        scope="langsmith",
    )


def _trace_id(row: dict[str, Any], parents: Any, run_id: Any) -> Any:
    """Return the id of the trace: that of its root, with which the order of a run's ancestors begins."""
    order = text(row.get("dotted_order")).partition(".")[0].partition("Z")[2]
    oldest = parents[0] if isinstance(parents, list) and parents else None
    return first(row, "trace_id") or order or oldest or first(row, "parent_run_id") or run_id


def _asked_for(parameters: dict[str, Any]) -> dict[str, Any]:
    return present(
        {
            "gen_ai.request.model": first(parameters, "model", "model_name", "model_id"),
            "gen_ai.tool.definitions": parameters.get("tools") or parameters.get("functions"),
            "langsmith.request.response_format": parameters.get("response_format"),
        }
    )


EXPORT = Export(fits=fits, rows=rows, record=record)
PLUGIN = Container(precedence=36, recognises=recognises, read=EXPORT.read, table=EXPORT)
