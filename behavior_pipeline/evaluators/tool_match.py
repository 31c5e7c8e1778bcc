"""Compares tool calls with expected ones, whose parameters list their allowed values."""

from collections.abc import Mapping, Sequence
from typing import Any

from behavior_pipeline.evaluators.check import Call

LEFT_OUT = ""
LOOSE = str.maketrans("", "", " \t\n\r,./-_*^'\"`")


def match_in_order(made: Sequence[Call], expected: Sequence[Call], *, loose: bool) -> bool:
    """Return whether each call is the expected one at its place, and none is missing or left over."""
    return len(made) == len(expected) and all(
        call_fits(call, wanted, loose=loose) for call, wanted in zip(made, expected, strict=True)
    )


def match_in_any_order(made: Sequence[Call], expected: Sequence[Call], *, loose: bool) -> bool:
    """Return whether calls and expectations can be paired off (a perfect bipartite matching)."""
    if len(made) != len(expected):
        return False
    choices = [
        [place for place, wanted in enumerate(expected) if call_fits(call, wanted, loose=loose)]
        for call in made
    ]
    taken: dict[int, int] = {}
    return all(_place(index, choices, taken=taken, tried=set()) for index in range(len(made)))


def _place(index: int, choices: Sequence[Sequence[int]], *, taken: dict[int, int], tried: set[int]) -> bool:
    """Give a call a place, moving others along an augmenting path (Kuhn's algorithm)."""
    for place in choices[index]:
        if place in tried:
            continue
        tried.add(place)
        if place not in taken or _place(taken[place], choices, taken=taken, tried=tried):
            taken[place] = index
            return True
    return False


def call_fits(call: Call, wanted: Call, *, loose: bool) -> bool:
    """Return whether a call has the expected name and only allowed arguments."""
    if call.name != wanted.name:
        return False
    given = {} if call.arguments in (None, "") else call.arguments
    return isinstance(given, dict) and _arguments_fit(given, wanted.arguments, loose=loose)


def _arguments_fit(given: Mapping[str, Any], wanted: Mapping[str, Any], *, loose: bool) -> bool:
    if any(name not in wanted for name in given):
        return False
    for name, allowed in wanted.items():
        options = allowed if isinstance(allowed, list) else [allowed]
        if name not in given:
            if LEFT_OUT not in options:
                return False
        elif not any(_same(given[name], option, loose=loose) for option in options):
            return False
    return True


def _same(given: Any, option: Any, *, loose: bool) -> bool:
    """Return whether a value is an allowed one; objects in it may list allowed values again."""
    if isinstance(given, bool) or isinstance(option, bool):
        return given is option
    if isinstance(given, str) and isinstance(option, str):
        return given == option or (loose and _plain(given) == _plain(option))
    if isinstance(given, dict) and isinstance(option, dict):
        literal = given.keys() == option.keys() and all(
            _same(given[key], option[key], loose=loose) for key in given
        )
        return literal or _arguments_fit(given, option, loose=loose)
    if isinstance(given, list) and isinstance(option, list):
        return len(given) == len(option) and all(
            _same(mine, theirs, loose=loose) for mine, theirs in zip(given, option, strict=True)
        )
    return (type(given) is type(option) and given == option) or _are_equal_numbers(given, option)


def _are_equal_numbers(given: Any, option: Any) -> bool:
    return isinstance(given, int | float) and isinstance(option, int | float) and given == option


def _plain(text: str) -> str:
    return text.translate(LOOSE).casefold()
