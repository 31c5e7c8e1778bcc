"""Walks the texts of JSON values and rewrites what may be personal; what joins rows is structural.

Structural, and never changed, are `role`, `finish_reason` and the `type` of a part; `id` and `name` of a tool
call and the `id` of its response; `id` and `score` of a document; of tool definitions and schemas everything
but what is written for people (`description`), values (`default`, `enum`) and headers. Everything else is
free: contents, arguments, results, and the keys in them.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

import orjson

from behavior_pipeline.dumps.attributes import json_text
from behavior_pipeline.redaction.folded import PSEUDONYM

# Of a text or number and what its place says of it; or of texts that are read as one.
Visit = Callable[[Any, str], Any]
Walk = Callable[[Any, Visit], Any]  # over a value of one kind of column
MESSAGE_KEYS = frozenset({"role", "finish_reason", "index", "tool_call_id"})
CALL_KEYS = frozenset({"type", "id", "name", "index"})
PART_KEYS = {
    "tool_call": CALL_KEYS,
    "tool_call_response": frozenset({"type", "id"}),
    "function": CALL_KEYS,  # an entry of `tool_calls` as APIs write it
}
DOCUMENT_KEYS = frozenset({"id", "score"})
# Of a schema: what is written for people, and values; of a tool that is reached over a network, how.
FREE = frozenset(
    {"description", "title", "default", "examples", "example", "enum", "const", "$comment", "headers",
     "authorization", "server_url", "url", "env"}
)  # fmt: skip
# Whose keys are names of the application, whatever they are called.
NAMED = frozenset(
    {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependentRequired"}
)
# Lists of names and values: headers, environments, fields of forms, attributes of OTLP.
VALUES = frozenset({"value", "values", "text", "stringValue", "string_value", "data"})
NAMES = ("name", "key", "field", "header", "type")
GROUPS = (4, 8, 16)  # in how many groups of digits a number of sixteen is written
DEEPEST = 60
LONGEST_NAME = 60
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
SIGNS = re.compile(r"[\s_.\-]+")


class Rewriter(Protocol):
    """What rewrites a text that stands in a field of a name."""

    def text(self, text: str, label: str = "") -> str:
        """Return the text, rewritten."""
        ...

    def joined(self, texts: list[str]) -> list[str]:
        """Return texts that are read as one, without what stands over the ends of several."""
        ...


def redacted_json(text: str, rewriter: Rewriter, walk: Walk) -> str:
    """Return JSON text with its free strings, keys and whole numbers rewritten; the same text if none was.

    What is no JSON is rewritten as the text it is.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return rewriter.text(text)
    changed = False

    def visit(free: Any, label: str) -> Any:
        nonlocal changed
        if isinstance(free, list):
            joined = rewriter.joined(free)
            changed = changed or joined != free
            return joined
        plain = str(free)
        rewritten = rewriter.text(plain, label)
        if rewritten == plain:
            return free
        changed = True
        return rewritten

    rewritten = walk(value, visit)
    return str(json_text(rewritten)) if changed else text


def anything(value: Any, visit: Visit, label: str = "", depth: int = 0) -> Any:
    """Rewrite every string, key and whole number."""
    if isinstance(value, str):
        return visit(value, label) if value else value
    if isinstance(value, dict | list):
        if depth > DEEPEST:
            return _flat(value, visit)
        if isinstance(value, list):
            return [anything(item, visit, label, depth + 1) for item in _numbers_joined(value, visit)]
        return _mapping(value, visit, label, depth)
    return _number(value, visit, label) if isinstance(value, int | float) else value


def _number(value: float, visit: Visit, label: str) -> Any:
    """Rewrite a whole number, also one that is written as 4111111111111111.0."""
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        return value
    rewritten = visit(int(value), label)
    return value if rewritten == int(value) else rewritten


def _numbers_joined(items: list[Any], visit: Visit) -> list[Any]:
    """Return the items of a list, of which groups of digits are read as one number: `[4111, 1111, ...]`."""
    if len(items) not in GROUPS or not all(isinstance(item, str | int) for item in items):
        return items
    texts = [str(item) for item in items]
    if not all(map(str.isdecimal, texts)) or len(set(map(len, texts))) > 1:
        return items
    joined = visit(texts, "")
    return items if joined == texts else list(joined)


def _mapping(value: dict[str, Any], visit: Visit, label: str, depth: int) -> dict[str, Any]:
    """Rewrite a mapping; a `value` in it is called as the mapping is, or as what stands beside it says."""
    entries: dict[str, Any] = {}
    for key, item in value.items():
        name = visit(key, "")
        of_the_key = spoken(key) if name == key else ""
        if key in VALUES:
            named = next((value[other] for other in NAMES if isinstance(value.get(other), str)), None)
            of_the_key = label or of_the_key if named is None else spoken(named)
        entries[_unique(name, entries)] = anything(item, visit, of_the_key, depth + 1)
    return entries


def messages(value: Any, visit: Visit) -> Any:
    """Rewrite messages of {role, parts} or of an API, one or a list of them."""
    if isinstance(value, list):
        return [messages(item, visit) for item in value]
    if not isinstance(value, dict):
        return anything(value, visit)
    return {
        key: item if key in MESSAGE_KEYS and not isinstance(item, dict | list) else _field(key, item, visit)
        for key, item in value.items()
    }


def documents(value: Any, visit: Visit) -> Any:
    """Rewrite documents of {id, content, score, ...}."""
    return (
        [_but(DOCUMENT_KEYS, item, visit) for item in value]
        if isinstance(value, list)
        else anything(value, visit)
    )


def definitions(value: Any, visit: Visit, depth: int = 0, *, names: bool = False) -> Any:
    """Rewrite what tool definitions and schemas say to people, and values; names, types and rules stay.

    `names` says that the keys of the mapping are names, as those of `properties` are.
    """
    if not isinstance(value, list | dict):
        return value
    if depth > DEEPEST:
        return _flat(value, visit)
    if isinstance(value, list):
        return [definitions(item, visit, depth + 1) for item in value]
    return {
        key: anything(item, visit, spoken(key) if key == "authorization" else "")
        if key in FREE and not names
        else definitions(item, visit, depth + 1, names=key in NAMED and not names)
        for key, item in value.items()
    }


def attributes(value: Any, visit: Visit) -> Any:
    """Rewrite the values of attributes; their names stay, since the configuration names them."""
    if not isinstance(value, dict):
        return anything(value, visit)
    return {name: anything(item, visit, spoken(name)) for name, item in value.items()}


@lru_cache(maxsize=4096)
def spoken(key: str) -> str:
    """Return a field's name in words, as a label before its value: `homePhone_no` is "home phone no: "."""
    if len(key) > LONGEST_NAME or PSEUDONYM.search(key):
        return ""  # data that stands where a name should: it says nothing of the value beside it
    return SIGNS.sub(" ", CAMEL.sub(" ", key)).lower() + ": "


def _field(key: str, item: Any, visit: Visit) -> Any:
    if key in ("parts", "tool_calls") and isinstance(item, list):
        return [_part(part, visit) for part in _texts_joined(item, visit)]
    if key == "message":
        return messages(item, visit)
    return anything(item, visit)


def _texts_joined(parts: list[Any], visit: Visit) -> list[Any]:
    """Return the parts of a message; their texts are read as one, since a number may go on in the next."""
    places = [
        (number, key)
        for number, part in enumerate(parts)
        if isinstance(part, dict)
        for key in ("content", "text")
        if isinstance(part.get(key), str)
    ]
    texts = [parts[number][key] for number, key in places]
    if len(texts) < 2 or not any(map(_goes_on, texts, texts[1:])):  # noqa: PLR2004 - one text is read by itself
        return parts
    joined, rewritten = visit(texts, ""), list(parts)
    for (number, key), text in zip(places, joined, strict=True):
        rewritten[number] = rewritten[number] | {key: text}
    return rewritten


def _goes_on(one: str, other: str) -> bool:
    """Return whether what a text ends with may go on in the next."""
    end, begin = one.rstrip(" -.\n\t_/")[-1:], other.lstrip(" -.\n\t_/")[:1]
    return end.isalnum() and begin.isalnum()


def _part(part: Any, visit: Visit) -> Any:
    kind = part.get("type") if isinstance(part, dict) else None
    return _but(PART_KEYS.get(str(kind), frozenset({"type"})), part, visit)


def _but(kept: frozenset[str], value: Any, visit: Visit) -> Any:
    """Rewrite all of a mapping but some of its keys' plain values, and the name of a function it calls."""
    if not isinstance(value, dict):
        return anything(value, visit)
    entries = {}
    for key, item in value.items():
        if key in kept and not isinstance(item, dict | list):
            entries[key] = item
        elif key == "function" and kept is CALL_KEYS:
            entries[key] = _but(frozenset({"name"}), item, visit)
        else:
            entries[key] = anything(item, visit, "" if key == "content" else spoken(key))
    return entries


def _unique(key: str, taken: dict[str, Any]) -> str:
    """Return a key that is not taken: two keys with one pseudonym must not become one entry."""
    number, name = 2, key
    while name in taken:
        name, number = f"{key}_{number}", number + 1
    return name


def _flat(value: Any, visit: Visit) -> Any:
    """Rewrite what lies too deep as one text, which it stays where something was found in it."""
    text = json_text(value) or ""
    rewritten = visit(text, "")
    return value if rewritten == text else rewritten
