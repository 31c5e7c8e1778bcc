"""JSON in answers and JSON schemas from anywhere: compiled once, without network, in linear time."""

from functools import lru_cache
from typing import Any, Literal

import jsonschema_rs
import orjson

from behavior_pipeline.provenance.digests import canonical_json

Fence = Literal["never", "alone", "with_text"]
FENCE = "```"
CACHED_SCHEMAS = 2048


class NotJsonError(ValueError):
    """The answer is not JSON in any of the allowed places."""


def answer_json(text: str, fence: Fence = "alone") -> Any:
    """Return the JSON value of an answer, or raise NotJsonError.

    `fence`: may it stand in one fenced block: never, when the answer is nothing else, or with text around it?
    """
    candidates = [text]
    if fence != "never" and (inside := _fenced(text, alone=fence == "alone")) is not None:
        candidates.append(inside)
    for candidate in candidates:
        try:
            return orjson.loads(candidate)
        except orjson.JSONDecodeError:
            continue
    raise NotJsonError


def _fenced(text: str, *, alone: bool) -> str | None:
    """Return what the first fenced block holds; str.find keeps this linear in any text."""
    opens = text.find(FENCE)
    body = text.find("\n", opens) + 1 if opens >= 0 else 0
    closes = text.find(FENCE, body) if body else -1
    if closes < 0 or (alone and (text[:opens].strip() or text[closes + len(FENCE) :].strip())):
        return None
    return text[body:closes]


def schema_of(value: Any) -> Any:
    """Return the JSON schema in a response format: itself, or what the usual envelopes hold."""
    if not isinstance(value, dict):
        return value
    if value.get("type") == "json_object":
        return {"type": "object"}
    inner = value.get("json_schema", value) if value.get("type") == "json_schema" else value
    return inner.get("schema", inner) if isinstance(inner, dict) and "schema" in inner else inner


def validator(schema: Any) -> jsonschema_rs.Validator | None:
    """Return the compiled schema, or None where it is no usable schema.

    Nothing is fetched: a trace's `$ref` to another host or file makes the schema unusable.
    """
    if not isinstance(schema, dict | bool):
        return None
    try:
        return _compiled(canonical_json(schema))
    except (TypeError, RecursionError):  # nested deeper than orjson writes
        return None


@lru_cache(maxsize=CACHED_SCHEMAS)
def _compiled(text: bytes) -> jsonschema_rs.Validator | None:
    try:
        return jsonschema_rs.validator_for(
            orjson.loads(text), offline=True, pattern_options=jsonschema_rs.RegexOptions()
        )
    except (ValueError, jsonschema_rs.ReferencingError):  # a ValidationError is a ValueError
        return None


def fits(compiled: jsonschema_rs.Validator, value: Any) -> bool:
    """Return whether a parsed JSON value is valid; what cannot be checked is not."""
    try:
        return bool(compiled.is_valid(value))
    except ValueError:
        return False
