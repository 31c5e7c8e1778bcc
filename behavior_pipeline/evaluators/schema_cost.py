"""What it may cost to check a value against a JSON schema, bounded before anything is checked.

A schema comes with a trace, and a small one can ask for any amount of work: references that double level by
level, recursion with several branches, `unevaluatedProperties` inside of each other (threefold a level). The
library that checks cannot be interrupted meanwhile, so the number of steps is bounded first: how often one
place of a value is looked at, by dynamic programming over schema and depth, times the places there are.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

MOST_STEPS = 20_000_000  # of 10 to 50 ns
MOST_PAIRS = 50_000  # of a part of the schema and a depth, each looked at once
MOST_PATTERNS = 100
MOST_DEPTH = 100
STEPS_A_CHARACTER = 5  # where patterns are searched
UNEVALUATED_FACTOR = 3  # what was evaluated below is evaluated again, measured 2.7
LISTS = ("allOf", "anyOf", "oneOf")
SINGLES = ("not", "if", "then", "else")
REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
MAPS = ("dependentSchemas", "dependencies")
UNEVALUATED = ("unevaluatedProperties", "unevaluatedItems")
ANY_CHILD = ("additionalProperties", "additionalItems", "items", "contains", "propertyNames", *UNEVALUATED)
ANCHORS = ("$anchor", "$dynamicAnchor")
LOOKED_THROUGH = ("properties", "required", "enum")  # by name or value: cheap, but not for nothing
AT_A_STEP = 20


class TooCostlyError(ValueError):
    """No bound was found below the limit."""


class Size(NamedTuple):
    """How large a JSON value is: its places, its depth, and the characters of its texts."""

    places: int
    depth: int
    characters: int


def size_of(value: Any) -> Size:
    """Return a value's size, without recursion."""
    places = characters = depth = 0
    level = [value]
    while level:
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                characters += sum(map(len, one))
                below.extend(one.values())
            elif isinstance(one, list):
                below.extend(one)
            elif isinstance(one, str):
                characters += len(one)
        places += len(level)
        depth += bool(below)
        level = below
    return Size(places, depth, characters)


def has_too_many_patterns(schema: Any) -> bool:
    """Return whether a schema has more regular expressions than may be compiled."""
    patterns = set()
    for part in _objects(schema):
        if isinstance(part.get("pattern"), str):
            patterns.add(part["pattern"])
        if isinstance(part.get("patternProperties"), dict):
            patterns.update(part["patternProperties"])
    return len(patterns) > MOST_PATTERNS


def steps(schema: Any, size: Size) -> int:
    """Return a bound of the steps of checking a value of this size; TooCostlyError above the limit."""
    if size.depth > MOST_DEPTH:
        raise TooCostlyError
    searches = any("pattern" in part or "patternProperties" in part for part in _objects(schema))
    work = size.places + (size.characters * STEPS_A_CHARACTER if searches else size.characters // AT_A_STEP)
    try:
        bound = Looks(schema).at(schema, size.depth) * work
    except RecursionError:
        raise TooCostlyError from None
    if bound > MOST_STEPS:
        raise TooCostlyError
    return bound


class Looks:
    """How often one place of a value may be looked at by a part of a schema, over all places on its way."""

    def __init__(self, schema: Any) -> None:
        self.schema = schema
        self._known: dict[tuple[int, int], int | None] = {}
        self._named: Mapping[str, Any] | None = None

    def at(self, part: Any, depth: int) -> int:
        """Return the bound for values of a depth: parts of one place add up, of places the worst counts."""
        if not isinstance(part, dict):
            return 1
        key = (id(part), depth)
        if key in self._known:
            if (looks := self._known[key]) is None:  # a circle that leads to no other place
                raise TooCostlyError
            return looks
        if len(self._known) >= MOST_PAIRS:
            raise TooCostlyError
        self._known[key] = None
        here = sum(self.at(other, depth) for other in self._in_place(part))
        if any(name in part for name in UNEVALUATED):
            here *= UNEVALUATED_FACTOR
        lengths = (len(part[name]) for name in LOOKED_THROUGH if isinstance(part.get(name), dict | list))
        looks = 1 + sum(lengths) // AT_A_STEP + here + (self._below(part, depth - 1) if depth else 0)
        if looks > MOST_STEPS:
            raise TooCostlyError
        self._known[key] = looks
        return looks

    def _below(self, part: Mapping[str, Any], depth: int) -> int:
        for_any = sum(self.at(other, depth) for name in ANY_CHILD for other in _parts(part.get(name)))
        for_any += sum(self.at(other, depth) for other in _values(part.get("patternProperties")))
        named = [*_values(part.get("properties")), *_parts(part.get("prefixItems"))]
        return for_any + max((self.at(other, depth) for other in named), default=0)

    def _in_place(self, part: Mapping[str, Any]) -> Iterator[Any]:
        for name in (*LISTS, *SINGLES):
            yield from _parts(part.get(name))
        for name in MAPS:
            yield from _values(part.get(name))
        for name in REFERENCES:
            if isinstance(part.get(name), str):
                yield self._target(part[name])

    def _target(self, reference: str) -> Any:
        """Return what a reference within the schema means; what cannot be told has no bound."""
        base, _, fragment = unquote(reference).partition("#")
        if self._named is None:
            self._named = _named(self.schema)
        if base:
            start = self._named.get(base, self._named.get(f"{base}#"))
        else:
            start = self.schema
            if fragment and "" in self._named:  # which of several it is, only the library knows
                raise TooCostlyError
        if start is None:
            raise TooCostlyError
        if fragment and not fragment.startswith("/"):
            target = self._named.get(fragment, self._named.get(f"#{fragment}"))
        else:
            target = _pointed(start, fragment)
        if target is None:
            raise TooCostlyError
        return target


def _named(schema: Any) -> dict[str, Any]:
    """Return the parts of a schema by id and anchor; under "" stands one that changes what `#...` means."""
    names: dict[str, Any] = {}
    declared = schema.get("$schema") if isinstance(schema, dict) else None
    identity = "id" if "draft-04" in str(declared) else "$id"
    for part in _objects(schema):
        for name in (identity, *ANCHORS):
            if isinstance(value := part.get(name), str):
                if value in names or (part is not schema and name == identity and value[:1] != "#"):
                    names[""] = part
                names.setdefault(value, part)
    return names


def _pointed(start: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(start, list) and name.isascii() and name.isdigit() and int(name[:9]) < len(start):
            start = start[int(name[:9])]
        elif isinstance(start, dict) and name in start:
            start = start[name]
        else:
            return None
    return start


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    pending = [schema]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            yield part
            pending.extend(part.values())
        elif isinstance(part, list):
            pending.extend(part)


def _parts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _values(value: Any) -> list[Any]:
    return [part for part in value.values() if isinstance(part, dict)] if isinstance(value, dict) else []
