"""Replaces what was found once wherever else it stands: a number said to be a telephone is one everywhere."""

import re
from collections.abc import Callable, Mapping

from behavior_pipeline.redaction.folded import PSEUDONYM

# Kinds of numbers, written with other signs between their digits from one place to the next.
SPACED = 7
LONG = 10  # a number that stands inside of a longer one by no chance
SHORTEST = 4
NO_WORD = 20  # signs without a space, which stand inside of a longer word by no chance
BETWEEN = r"[\s\-./()\u00ad\u200b-\u200d\u2010-\u2015\u2060\u2212\ufeff]{0,3}"
ESCAPED = re.compile(r"\\+u([0-9a-fA-F]{4})")


def plain_escapes(text: str) -> str:
    """Return a text with `\\u0040` and its like as what they mean, as far as JSON inside of it stays JSON."""
    return ESCAPED.sub(_sign, text) if "\\u" in text else text


def _sign(escape: re.Match[str]) -> str:
    number = int(escape.group(1), 16)
    is_plain = number >= 0x20 and number not in (0x22, 0x5C) and not 0xD800 <= number < 0xE000  # noqa: PLR2004
    return chr(number) if is_plain else escape.group()


def repeats(values: Mapping[str, str]) -> re.Pattern[str] | None:
    """Return a pattern of found values in any spacing, or None; short ones would be found by chance."""
    looks = [_look(value) for value in sorted(values, key=len, reverse=True) if len(value) >= SHORTEST]
    return re.compile("|".join(looks), re.IGNORECASE) if looks else None


def normal(value: str) -> str:
    """Return the form in which two spellings of a value are equal."""
    return _digits(value) or value.casefold()


def replace(text: str, pattern: re.Pattern[str], stand_in: Callable[[str], str]) -> str:
    """Return a text in which each match outside of pseudonyms gives way to what stands in for it."""
    pieces, end = [], 0
    for pseudonym in PSEUDONYM.finditer(text):
        pieces += [pattern.sub(lambda match: stand_in(match.group()), text[end : pseudonym.start()])]
        pieces.append(pseudonym.group())
        end = pseudonym.end()
    return "".join(pieces) + pattern.sub(lambda match: stand_in(match.group()), text[end:])


def _digits(value: str) -> str:
    """Return the digits of a number that may be spaced in other ways, or nothing for anything else."""
    digits = "".join(filter(str.isdigit, value))
    is_number = len(digits) >= SPACED and digits.isascii() and not any(map(str.isalpha, value))
    return digits if is_number else ""


def _look(value: str) -> str:
    if digits := _digits(value):
        look = rf"(?:\+ ?)?\(?{BETWEEN.join(digits)}"
        return look if len(digits) >= LONG else rf"(?<![0-9]){look}(?![0-9])"
    if len(value) >= NO_WORD and " " not in value and "@" not in value:
        return f"(?-i:{re.escape(value)})"
    if "@" in value or sum(map(str.isdigit, value)) >= SPACED:
        return re.escape(value)
    return rf"(?<!\w)(?-i:{re.escape(value)})(?!\w)"
