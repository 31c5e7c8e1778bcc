"""Reads retrieved documents and the arguments and results of tools, as products keep them."""

from typing import Any

from behavior_pipeline.dumps.attributes import json_text, parsed

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
CONTENT = ("page_content", "pageContent", "content", "text", "document", "chunk", "body")
IDS = ("id", "id_", "chunk_id", "doc_id", "document_id")
SCORES = ("score", "relevance_score", "similarity", "_score")
MAX_DEPTH = 4


def documents(value: Any) -> str | None:
    """Return what a retriever gave as JSON {id, content, score, metadata}; None where it is no list."""
    found = _list(parsed(value), MAX_DEPTH)
    return None if found is None else json_text([_document(item) for item in found])


def _list(value: Any, depth: int) -> list[Any] | None:
    if isinstance(value, list):
        nested = value and all(isinstance(item, list) for item in value)
        return _list(value[0], depth - 1) if nested and depth else [one for one in value if one is not None]
    if isinstance(value, dict) and depth:
        inner = (_list(parsed(value[name]), depth - 1) for name in UNDER if name in value)
        return next((found for found in inner if found is not None), None)
    return None


def _document(item: Any) -> dict[str, Any] | str:
    held = item if isinstance(item, dict) else {"content": item}
    for name in (
        "kwargs",
        "node",
        "document",
    ):  # LangChain's constructor, LlamaIndex, a hit around a document
        if isinstance(held.get(name), dict):
            held = {**held, **held[name]}
    metadata = held.get("metadata") or held.get("meta") or held.get("extra_info")
    metadata = metadata if isinstance(metadata, dict) else {}
    found = {
        "id": _first(held, IDS, str | int) or _first(metadata, IDS, str | int),
        "content": _first(held, CONTENT, str | int | float | dict | list),
        "score": _first(held, SCORES, int | float) or _first(metadata, SCORES, int | float),
        "metadata": metadata or None,
    }
    return {name: cell for name, cell in found.items() if cell is not None}


def _first(held: dict[str, Any], names: tuple[str, ...], kind: Any) -> Any:
    return next((held[name] for name in names if isinstance(held.get(name), kind) and held[name] != ""), None)


def tool_arguments(value: Any) -> str | None:
    """Return a tool's arguments as JSON; a decorated function's `{args, kwargs}` are its named ones."""
    held = parsed(value)
    if isinstance(held, dict) and set(held) == {"args", "kwargs"} and not held["args"]:
        held = held["kwargs"]
    return json_text(held)


def tool_result(value: Any) -> tuple[str | None, str | None]:
    """Return a tool's result as JSON, and the id of the call where the result is a message that names it."""
    held = parsed(value)
    inner = held["kwargs"] if isinstance(held, dict) and isinstance(held.get("kwargs"), dict) else held
    if isinstance(inner, dict) and isinstance(inner.get("tool_call_id"), str) and "content" in inner:
        return json_text(parsed(inner["content"])), inner["tool_call_id"]
    return json_text(held), None
