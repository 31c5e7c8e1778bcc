"""Reads attribute values as counts, texts and canonical JSON."""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from behavior_pipeline.tables.columns import MOST_TOKENS

# How orjson writes what canonical JSON writes without a point or an exponent. Asked last, since no fixed byte
# begins it: asked of every span, it took a tenth of the time of reading a dump.
WHOLE_FLOAT = re.compile(rb"(?:\.0|\de\+1[678])(?=[,\]}]|$)")
MOST_DIGITS = 18  # more may not fit into 64 bits
DEEPEST_NAME = 12
MANY_BRACKETS = (
    200  # orjson writes 254 levels, and walking more than that takes more of Python's stack than there is
)
# What writers put where they know no name: no model, no id, nobody.
PLACEHOLDERS = frozenset(
    word
    for plain in ("none", "null", "unknown", "undefined", "n/a", "nan", "<not specified>", "not specified")
    for word in (plain, plain.upper(), plain.capitalize())
)
MOST_NAMES, LONGEST_NAME = 5_000, 200
# A meaning, how its value is read, and whether the attribute is the meaning's first source.
Reader = tuple[str, Callable[[Any], Any], bool]


class Readers(dict[str, Reader | None]):
    """How each attribute is read; `unlisted` is asked once of a name that no source lists.

    Names may be data, too: of more, or longer ones, nothing is remembered.
    """

    def __init__(
        self, listed: Mapping[str, Reader], unlisted: Callable[[str], Reader | None] | None = None
    ) -> None:
        """Take what is listed, and who knows of other names."""
        super().__init__(listed)
        self._unlisted = unlisted

    def __missing__(self, name: str) -> Reader | None:
        reader = None if self._unlisted is None else self._unlisted(name)
        if len(self) < MOST_NAMES and len(name) <= LONGEST_NAME:
            self[name] = reader
        return reader


def as_count(value: Any) -> int | None:
    """Return a count of tokens, or None for anything that is none (negative, fractional, endless, a text)."""
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) <= MOST_DIGITS else None
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value <= MOST_TOKENS else None


def as_text(value: Any) -> str | None:
    """Return a non-empty text, or None; any other value as its JSON."""
    if isinstance(value, str):
        return value or None
    return json_text(value)


def as_name(value: Any) -> str | None:
    """Return a name or an id as text; None for a word that stands where none is known."""
    if isinstance(value, str):
        return value if value and value not in PLACEHOLDERS else None
    return json_text(value)


def parsed(value: Any) -> Any:
    """Return what a JSON text holds; a value that is no JSON text, or nests too deep, stays as it is."""
    if not isinstance(value, str):
        return value
    try:
        value_of_text = orjson.loads(value)
    except orjson.JSONDecodeError:
        value_of_text = _leniently(value)
    if isinstance(value_of_text, dict | list) and value.count("[") + value.count("{") > MANY_BRACKETS:
        return value_of_text if _is_writable(value_of_text) else value
    return value_of_text


def _leniently(text: str) -> Any:
    """Return what Python's reader makes of a text that orjson refuses: NaN, and halves of surrogate pairs."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return _plain(json.loads(text))
    except (ValueError, RecursionError):
        return text


def _is_writable(value: Any) -> bool:
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


def as_json(value: Any) -> str | None:
    """Return canonical JSON of a value, or of what it holds where it is a JSON text."""
    return json_text(parsed(value))


def json_text(value: Any) -> str | None:
    """Return canonical JSON text (sorted keys; 59.0 and 59 alike), or None for None.

    Nothing that a JSON reader can make is refused; what nests too deep for Python is None.
    """
    if value is None:
        return None
    try:
        raw = orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=str)
    except (TypeError, RecursionError):  # beyond 64 bits, half a surrogate pair, a key that is no text, deep
        return _slowly(value)
    return _slowly(value) if _may_hold_whole_float(raw) else raw.decode()


def as_written(value: Any) -> str:
    """Return the JSON of a value with its fields in their order: a structured answer is not rearranged."""
    try:
        return orjson.dumps(value).decode()
    except (TypeError, RecursionError):
        return json_text(value) or ""


def _may_hold_whole_float(raw: bytes) -> bool:
    """Return whether JSON of orjson's holds 59.0 or 1e16; a text that looks like it costs time, not truth."""
    point = b".0," in raw or b".0}" in raw or b".0]" in raw or raw.endswith(b".0")
    return (point or b"e+1" in raw) and WHOLE_FLOAT.search(raw) is not None


def _slowly(value: Any) -> str | None:
    try:
        plain = _plain(value)
        try:
            return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS, default=str).decode()
        except TypeError:  # deeper than orjson goes
            return json.dumps(plain, sort_keys=True, separators=(",", ":"), default=str)
    except RecursionError:
        return None


def _plain(value: Any) -> Any:  # noqa: PLR0911 - one return a kind of value
    """Return a value whose JSON is canonical: whole numbers as integers, no NaN, no half surrogate pairs."""
    if isinstance(value, str):
        return value if value.isascii() else _whole_pairs(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() and abs(value) < 2**63 else value
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {_plain(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, int) and abs(value) >= 2**63:
        try:
            return float(value)
        except OverflowError:
            return str(value)
    return value


def _whole_pairs(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def as_list(value: Any) -> list[Any] | None:
    """Return a list, one value as a list of it, None as None."""
    return None if value is None else value if isinstance(value, list) else [value]


def as_object(value: Any) -> dict[str, Any]:
    """Return the object that a value is or that its JSON text holds, else an empty one."""
    value_read = parsed(value)
    return value_read if isinstance(value_read, dict) else {}


def first(attributes: Mapping[str, Any], names: Iterable[str]) -> Any:
    """Return the first value that is there and not empty, or None."""
    return next((attributes[name] for name in names if attributes.get(name) not in (None, "")), None)


def lines(*texts: str | None) -> str | None:
    """Return the texts that there are, joined by line ends, or None."""
    return "\n".join(filter(None, texts)) or None


def readers(
    sources: Mapping[str, tuple[str, ...]],
    kinds: Mapping[str, Callable[[Any], Any]],
    unlisted: Callable[[str], Reader | None] | None = None,
) -> Readers:
    """Return how each attribute is read whose value is a meaning by itself; the first source of one leads."""
    listed = {
        key: (name, read, key == sources[name][0])
        for name, read in kinds.items()
        for key in reversed(sources.get(name, ()))
    }
    return Readers(listed, unlisted)


def read(attributes: Mapping[str, Any], how: Readers) -> dict[str, Any]:
    """Return the meanings that the attributes hold, by one look at each attribute that is there."""
    meanings: dict[str, Any] = {}
    for key, value in attributes.items():
        if (reader := how[key]) is not None:
            name, read_value, leads = reader
            if (leads or not meanings.get(name)) and (meant := read_value(value)) is not None:
                meanings[name] = meant
    return meanings


def numbered(attributes: Mapping[str, Any], prefix: str) -> list[dict[str, Any]]:
    """Return the entries of a flattened list (`prefix.0.role`, `prefix.0.tool_calls.1.id`) as nested values.

    Entries come in the order of their numbers; inside of an entry, names that are all numbers become lists.
    """
    tree: dict[str, Any] = {}
    start = len(prefix)
    for key, value in attributes.items():
        if value is not None and key.startswith(prefix):
            _put(tree, key[start:], value)
    entries = _lists(tree)
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping whose dotted names (`message.role`) are nested ones, in the lists of it, too.

    A value that nests too deep for Python's stack is an empty one.
    """
    try:
        return _nested(flat)
    except RecursionError:
        return {}


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in flat.items():
        if isinstance(value, list):
            _put(tree, key, [_nested(item) if isinstance(item, dict) else item for item in value])
        elif value is not None:
            _put(tree, key, _nested(value) if isinstance(value, dict) else value)
    return {name: _lists(inner) for name, inner in tree.items()}


def _put(tree: dict[str, Any], key: str, value: Any) -> None:
    *path, last = key.split(".", DEEPEST_NAME)
    node = tree
    for name in path:
        inner = node.setdefault(name, _Node())
        if isinstance(inner, dict) and not isinstance(inner, _Node):
            inner = node[name] = _Node(inner)
        node = inner if isinstance(inner, dict) else {}
    node[last] = value


class _Node(dict[str, Any]):
    """A level that was made here: a mapping among the values is not ours to write into, so it becomes one."""


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(name.isascii() and name.isdigit() and len(name) <= MOST_DIGITS for name in node):
        return [_lists(node[name]) for name in sorted(node, key=int)]
    return {name: _lists(inner) for name, inner in node.items()}


def mapping(value: Any) -> dict[str, Any]:
    """Return a cell that holds a map by text keys, or an empty one for anything else."""
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else {}


def flat_metadata(value: Any) -> dict[str, Any]:
    """Return a map of metadata (or its JSON text) as attributes: scalars as they are, the rest as JSON."""
    metadata = parsed(value)
    cells = metadata.items() if isinstance(metadata, dict) else ()
    return {str(name): scalar(cell) for name, cell in cells if cell is not None}


def scalar(value: Any) -> Any:
    """Return a value as an attribute: JSON texts of scalars are read, structures become canonical JSON."""
    plain = parsed(value) if isinstance(value, str) and value[:1] == '"' else value
    return plain if isinstance(plain, str | int | float | bool) else json_text(plain)
