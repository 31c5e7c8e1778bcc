"""Reads attribute values as counts, texts and canonical JSON."""

from typing import Any

import orjson

WHOLE_FLOATS = (b".0,", b".0}", b".0]")  # as orjson writes them; found faster than by a pattern


def as_count(value: Any) -> int | None:
    """Return a count of tokens, or None for anything that is none (negative, fractional, no number)."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:  # noqa: PLR2004
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if value >= 0 and value == int(value) else None


def as_text(value: Any) -> str | None:
    """Return a non-empty text, or None."""
    if isinstance(value, str):
        return value or None
    return None if value is None else json_text(value)


def parsed(value: Any) -> Any:
    """Return what a JSON text holds; a value that is no JSON text stays as it is."""
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def json_text(value: Any) -> str | None:
    """Return canonical JSON text (sorted keys; 59.0 and 59 alike), or None for None."""
    if value is None:
        return None
    try:
        raw = orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=str)
    except TypeError:  # an integer beyond 64 bits, or a key that is no text
        return orjson.dumps(_plain_numbers(value), option=orjson.OPT_SORT_KEYS, default=str).decode()
    if b".0" in raw and (raw.endswith(b".0") or any(found in raw for found in WHOLE_FLOATS)):
        raw = orjson.dumps(_plain_numbers(value), option=orjson.OPT_SORT_KEYS, default=str)
    return raw.decode()


def _plain_numbers(value: Any) -> Any:
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < 2**53
        return int(value) if whole else value
    if isinstance(value, list):
        return [_plain_numbers(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain_numbers(item) for key, item in value.items()}
    if isinstance(value, int) and abs(value) >= 2**63:
        return float(value)
    return value


def as_list(value: Any) -> list[Any] | None:
    """Return a list, one value as a list of it, None as None."""
    return None if value is None else value if isinstance(value, list) else [value]


def lines(*texts: str | None) -> str | None:
    """Return the texts that there are, joined by line ends, or None."""
    return "\n".join(filter(None, texts)) or None


def numbered(held: dict[str, Any], prefix: str) -> list[dict[str, Any]]:
    """Return the entries of a flattened list (`prefix.0.role`, `prefix.0.tool_calls.1.id`) as nested values.

    Entries come in the order of their numbers; inside of an entry, names that are all numbers become lists.
    """
    tree: dict[str, Any] = {}
    for key, value in held.items():
        if not key.startswith(prefix) or value is None:
            continue
        *path, last = key[len(prefix) :].split(".")
        node = tree
        for name in path:
            inner = node.setdefault(name, {})
            node = inner if isinstance(inner, dict) else {}
        node[last] = value
    entries = _lists(tree)
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(name.isascii() and name.isdigit() for name in node):
        return [_lists(node[name]) for name in sorted(node, key=int)]
    return {name: _lists(inner) for name, inner in node.items()}
