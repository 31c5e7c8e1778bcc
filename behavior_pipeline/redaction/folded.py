"""Texts as recognisers see them: of the same length, so that every place found is one of the text itself."""

import re
import unicodedata
from functools import cache

PSEUDONYM = re.compile(r"<[A-Z][A-Z_]{1,30}_[0-9a-f]{8}>|\[secret:[a-z_]{2,20}\]")
# What stands for a pseudonym in a view: no letter, digit, space or sign of any pattern.
MASK = "\x00"
ESCAPES = re.compile(r"(?<!\\)\\+[nrtbf]")
# Signs that make one word with what they touch: those of scripts that part words by spaces.
JOINS = "0-9A-Za-z_\\u00aa-\\u2dff"
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
BEYOND = 0x10000  # the signs looked at: a set of them is searched fast only below
FULL_WIDTH = 0xFEE0  # from "!" to U+FF01, which is the same sign in full width


def folded(text: str) -> str:
    """Return the text with plain digits, spaces and dashes; escapes are line ends, pseudonyms are masked.

    Escapes matter where JSON stands inside of a string: in `\\n4711` the n is no letter before the number.
    """
    if "\\" in text:
        text = ESCAPES.sub(_blank, text)
    if "<" in text or "[secret:" in text:
        text = PSEUDONYM.sub(_mask, text)
    return text if text.isascii() else text.translate(_plain())


def _blank(escape: re.Match[str]) -> str:
    return "\n" * len(escape.group())


def _mask(pseudonym: re.Match[str]) -> str:
    return MASK * len(pseudonym.group())


@cache
def _plain() -> dict[int, str]:
    """Return which sign stands for another one: any script's digit; a dash for other dashes and spaces.

    Other spaces than the plain one matter between digits, where a dash does as well.
    """
    stand_ins: dict[int, str] = dict.fromkeys(map(ord, INVISIBLE), "-")
    for number in range(0x80, BEYOND):
        sign = chr(number)
        match unicodedata.category(sign):
            case "Nd":
                stand_ins[number] = str(unicodedata.digit(sign))
            case "Zs" | "Pd":
                stand_ins[number] = "-"
    stand_ins[0x2212] = "-"
    for number in range(0x21, 0x7F):
        stand_ins.setdefault(number + FULL_WIDTH, chr(number))
    return stand_ins


@cache
def unusual() -> re.Pattern[str]:
    """Return a pattern of the signs that a view replaces by other ones than a dash."""
    numbers = sorted(number for number, sign in _plain().items() if sign != "-" or number > FULL_WIDTH)
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges) + "]")
