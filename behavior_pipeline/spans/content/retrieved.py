"""Reads retrieved documents and the arguments and results of tools, as products keep them."""

from typing import Any

from behavior_pipeline.dumps.attributes import json_text, parsed
from behavior_pipeline.spans.content.withheld import TRUNCATED, cut_json

UNDER = (
    "documents",
    "results",
    "matches",
    "nodes",
    "source_documents",
    "chunks",
    "output",
    "outputs",
    "data",
)
# Where a document of any convention has its text; products wrap it once more.
CONTENT_KEYS = ("content", "page_content", "pageContent", "text", "body", "chunk")
CONTENT = ("page_content", "pageContent", "content", "text", "document", "chunk", "body")
IDS = ("id", "id_", "chunk_id", "doc_id", "document_id")
SCORES = ("score", "relevance_score", "similarity", "_score")
MAX_DEPTH = 4


def documents(value: Any) -> str | None:
    """Return what a retriever gave as JSON {id, content, score, metadata}; None where it is no list."""
    given = parsed(value)
    if (left := cut_json(given)) is not None:
        return json_text([*map(_document, _list(left, MAX_DEPTH) or ()), TRUNCATED])
    items = _list(given, MAX_DEPTH)
    return None if items is None else json_text([_document(item) for item in items])


def _list(value: Any, depth: int) -> list[Any] | None:
    if isinstance(value, list):
        nested = value and all(isinstance(item, list) for item in value)
        return _list(value[0], depth - 1) if nested and depth else [one for one in value if one is not None]
    if isinstance(value, dict) and depth:
        inner = (_list(parsed(value[name]), depth - 1) for name in UNDER if name in value)
        return next((items for items in inner if items is not None), None)
    return None


def _document(item: Any) -> dict[str, Any] | str:
    fields = item if isinstance(item, dict) else {"content": item}
    for name in (
        "kwargs",
        "node",
        "document",
    ):  # LangChain's constructor, LlamaIndex, a hit around a document
        if isinstance(fields.get(name), dict):
            fields = {**fields, **fields[name]}
    metadata = fields.get("metadata") or fields.get("meta") or fields.get("extra_info")
    metadata = metadata if isinstance(metadata, dict) else {}
    document = {
        "id": _first(fields, IDS, str | int) or _first(metadata, IDS, str | int),
        "content": _first(fields, CONTENT, str | int | float | dict | list),
        "score": _first(fields, SCORES, int | float) or _first(metadata, SCORES, int | float),
        "metadata": metadata or None,
    }
    return {name: cell for name, cell in document.items() if cell is not None}


def _first(fields: dict[str, Any], names: tuple[str, ...], kind: Any) -> Any:
    return next(
        (fields[name] for name in names if isinstance(fields.get(name), kind) and fields[name] != ""), None
    )


def tool_arguments(value: Any) -> str | None:
    """Return a tool's arguments as JSON; a decorated function's `{args, kwargs}` are its named ones."""
    arguments = parsed(value)
    if isinstance(arguments, dict) and set(arguments) == {"args", "kwargs"} and not arguments["args"]:
        arguments = arguments["kwargs"]
    return json_text(arguments)


def tool_result(value: Any) -> tuple[str | None, str | None]:
    """Return a tool's result as JSON, and the id of the call where the result is a message that names it."""
    result = parsed(value)
    inner = (
        result["kwargs"] if isinstance(result, dict) and isinstance(result.get("kwargs"), dict) else result
    )
    if isinstance(inner, dict) and isinstance(inner.get("tool_call_id"), str) and "content" in inner:
        return json_text(parsed(inner["content"])), inner["tool_call_id"]
    return json_text(result), None
