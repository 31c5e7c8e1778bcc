"""What a tool returned is used: a number, an id or a name of it appears in the answer or in later arguments.

A result that does not appear proves nothing (an answer may draw on it in other words), so this check never
fails a trace: it passes, or cannot decide.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from behavior_pipeline.evaluators.check import Case, Check, Outcome, Parameters, passed, unscored
from behavior_pipeline.reasons import Reason

MAX_RESULT_CHARACTERS = 200_000
MAX_ENTITIES = 2_000
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
WORD = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")


class ResultUsedParameters(Parameters):
    """What is long enough to be no coincidence."""

    min_digits: Annotated[int, Field(ge=1)] = Field(
        2, description="A number counts as an entity from this many digits on: single digits are everywhere."
    )
    min_letters: Annotated[int, Field(ge=2)] = Field(
        4, description="A name or id counts as an entity from this many characters on."
    )


def evaluate(case: Case, parameters: ResultUsedParameters) -> Outcome:
    """Return pass where every result that holds entities is used; else NULL: NO_TOOLS or UNDECIDABLE."""
    if not case.calls:
        return unscored(case.why_absent("tool_calls", Reason.NO_TOOLS))
    later = _words(case.output_text or "")
    decided = 0
    for call in reversed(case.calls):  # from the last one, so that `later` grows by the arguments that follow
        entities = _entities(call.result, asked=_text(call.arguments), parameters=parameters)
        if entities:
            if entities.isdisjoint(later):
                return unscored(Reason.UNDECIDABLE)
            decided += 1
        later |= _words(_text(call.arguments))
    return passed() if decided else unscored(Reason.UNDECIDABLE)


def _entities(result: Any, *, asked: str, parameters: ResultUsedParameters) -> set[str]:
    """Return what identifies a result: numbers, ids and names that the call itself did not bring."""
    text = _text(result)[:MAX_RESULT_CHARACTERS]
    entities = {_number(word) for word in NUMBER.findall(text) if _digits(word) >= parameters.min_digits}
    entities |= {
        word.casefold()
        for word in WORD.findall(text)
        if len(word) >= parameters.min_letters and (word[0].isupper() or any(sign.isdigit() for sign in word))
    }
    return set(sorted(entities - _words(asked))[:MAX_ENTITIES])


def _words(text: str) -> set[str]:
    return {_number(word) for word in NUMBER.findall(text)} | {word.casefold() for word in WORD.findall(text)}


def _digits(word: str) -> int:
    return sum(sign.isdigit() for sign in word)


def _number(word: str) -> str:
    """Return 1,234.50 as 1234.5: the same number is written in many ways."""
    plain = word.replace(",", "")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _text(value: Any) -> str:
    """Return the values in a JSON value as one text, without the names of its fields."""
    return "\n".join(_leaves(value))


def _leaves(value: Any) -> Iterator[str]:
    pending = [value]  # a list, not recursion: results may nest deeper than Python's stack
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            pending.extend(current.values())
        elif isinstance(current, list):
            pending.extend(current)
        elif current is not None and not isinstance(current, bool):
            yield str(current)


PLUGIN = Check(ResultUsedParameters, evaluate)
