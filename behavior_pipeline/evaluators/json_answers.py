"""JSON in answers and JSON schemas from anywhere: compiled once, without network, checked within a budget."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

import jsonschema_rs
import orjson

from behavior_pipeline.evaluators.schema_cost import (
    Size,
    TooCostlyError,
    has_too_many_patterns,
    size_of,
    steps,
)
from behavior_pipeline.provenance.digests import canonical_json

Fence = Literal["never", "alone", "with_text"]
FENCE = "```"
CACHED_SCHEMAS = 2048
KEPT_BYTES = 32 << 10  # of a schema; of larger ones only the last few are kept
LARGE_SCHEMAS = 16
MOST_BYTES = 256 << 10
KNOWN_SIZES = 256
# Of a compiled pattern. A linear engine takes text x states: 20,000 of them took a minute for 100 kB of text,
# and the 1,200 that fit here 30 ms.
PATTERN_BYTES = 128 << 10


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


@dataclass(frozen=True)
class Compiled:
    """A schema that can be checked against, with its text, by which the cost of a check is bounded."""

    validator: jsonschema_rs.Validator
    text: bytes

    @cached_property
    def _bounded(self) -> dict[tuple[int, int, int], bool]:
        return {}

    def is_affordable(self, value: Any) -> bool:
        """Return whether a check of a value stays within its budget; values of like sizes are asked once."""
        size = size_of(value)
        rounded = Size(_power(size.places), size.depth, _power(size.characters))
        if rounded not in self._bounded:
            if len(self._bounded) >= KNOWN_SIZES:
                self._bounded.clear()
            try:
                self._bounded[rounded] = steps(orjson.loads(self.text), rounded) >= 0
            except TooCostlyError:
                self._bounded[rounded] = False
        return self._bounded[rounded]


def validator(schema: Any) -> Compiled | None:
    """Return the compiled schema, or None where it is no usable schema or larger than one ever is.

    Nothing is fetched: a trace's `$ref` to another host or file makes the schema unusable.
    """
    if not isinstance(schema, dict | bool):
        return None
    try:
        text = canonical_json(schema)
    except (TypeError, RecursionError):  # nested deeper than orjson writes
        return None
    if len(text) <= KEPT_BYTES:
        return _compiled(text)
    return _compiled_large(text) if len(text) <= MOST_BYTES else None


@lru_cache(maxsize=CACHED_SCHEMAS)
def _compiled(text: bytes) -> Compiled | None:
    schema = orjson.loads(text)
    if has_too_many_patterns(schema):
        return None
    try:
        compiled = jsonschema_rs.validator_for(
            schema, offline=True, pattern_options=jsonschema_rs.RegexOptions(size_limit=PATTERN_BYTES)
        )
    except (ValueError, jsonschema_rs.ReferencingError):  # a ValidationError is a ValueError
        return None
    return Compiled(compiled, text)


@lru_cache(maxsize=LARGE_SCHEMAS)
def _compiled_large(text: bytes) -> Compiled | None:
    return _compiled.__wrapped__(text)


def fits(compiled: Compiled, value: Any) -> bool | None:
    """Return whether a parsed JSON value is valid, None where the check would take too long.

    What cannot be checked is not valid.
    """
    if not compiled.is_affordable(value):
        return None
    try:
        return bool(compiled.validator.is_valid(value))
    except ValueError:
        return False


def _power(number: int) -> int:
    """Return the next power of two."""
    return 1 << max(0, number - 1).bit_length()
