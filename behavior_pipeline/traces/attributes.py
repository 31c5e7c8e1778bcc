"""Reads attribute values as counts, texts and JSON, and messages in one canonical shape."""

import re
from typing import Any

import orjson

Message = dict[str, Any]
WHOLE_FLOAT = re.compile(rb"\.0(?:[,\]}]|$)")


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
    if WHOLE_FLOAT.search(raw):
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


def messages(value: Any, *, role: str) -> list[Message] | None:
    """Return messages as a list of {role, parts}; `role` is that of a bare text.

    A message attribute that is not JSON is kept as one text part, since losing it would be worse.
    """
    value = parsed(value)
    if value is None or value == []:
        return None
    if isinstance(value, str):
        return [{"role": role, "parts": [{"type": "text", "content": value}]}]
    found = [_message(item, role) for item in (value if isinstance(value, list) else [value])]
    return [message for message in found if message["parts"]] or None


def _message(item: Any, role: str) -> Message:
    if not isinstance(item, dict):
        return {"role": role, "parts": parts(item)}
    own = item.get("role")
    held = parts(item["parts"] if "parts" in item else item.get("content"))
    message: Message = {"role": own if isinstance(own, str) else role, "parts": held}
    if isinstance(item.get("finish_reason"), str):
        message["finish_reason"] = item["finish_reason"]
    return message


def parts(value: Any) -> list[dict[str, Any]]:
    """Return message parts with their type; a bare text is a text part."""
    found = []
    for part in value if isinstance(value, list) else [] if value is None else [value]:
        if isinstance(part, str):
            found.append({"type": "text", "content": part})
        elif isinstance(part, dict):
            kind = part.get("type")
            found.append({**part, "type": kind if isinstance(kind, str) else "text"})
    return found


def texts(message: Message, *kinds: str) -> str:
    """Return the text of a message's parts of these types, joined by line ends."""
    held = [part.get("content") for part in message["parts"] if part["type"] in kinds]
    return "\n".join(text for text in held if isinstance(text, str))
