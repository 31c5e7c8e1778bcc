"""Cuts texts into sentences, words and numbers, and words to stems, alike for claims and evidence."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

TOKEN = re.compile(r"[^\W_]+(?:[-.,:'\u2019][^\W_]+)*")
PARTS = re.compile(r"[^\W_]+")
SENTENCE_END = re.compile(r"(?<=[.!?\u3002])\s+|\n+|;\s")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(
        ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), start=2
    )
}
SUFFIXES = ("ingly", "edly", "ing", "ied", "ies", "ed", "es", "ly", "s", "e", "y", "i")
LEAST_STEM = 3
MAX_DEPTH = 20
CACHED_WORDS = 1 << 16
CACHED_TEXTS = 1 << 12


class Tokens(NamedTuple):
    """A text as evidence: stems of its words, and its numbers and identifiers."""

    stems: frozenset[str]
    numbers: frozenset[str]


class Sentence(NamedTuple):
    """A sentence as a claim: stems, numbers and identifiers, names (capitals within), and how it ends."""

    stems: tuple[str, ...]
    numbers: tuple[str, ...]
    names: tuple[str, ...]
    is_question: bool


@lru_cache(CACHED_WORDS)
def stem(word: str) -> str:
    """Return a word without its ending: `returned`, `returns` and `return` meet."""
    word = word.lower().replace("\u2019", "'").split("'")[0]
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= LEAST_STEM:
            word = word[: -len(suffix)]
            break
    doubled = len(word) > LEAST_STEM and word[-1] == word[-2]
    return word[:-1] if doubled else word


def number(token: str) -> str:
    """Return a number or identifier in one spelling: `1,299.00` and `1299` meet, `A-17` stays."""
    plain = token.replace(",", "").lower()
    if NUMBER.fullmatch(plain) and "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return plain


@lru_cache(CACHED_TEXTS)
def tokens(text: str) -> Tokens:
    """Return what a text offers as evidence; identifiers count as a whole and in their parts."""
    stems, numbers = set(), set()
    for token in TOKEN.findall(text):
        if _has_digit(token):
            numbers.add(number(token))
            numbers.update(map(number, PARTS.findall(token)))
        else:
            stems.add(stem(token))
            stems.update(map(stem, PARTS.findall(token)))
            if token.lower() in NUMBER_WORDS:
                numbers.add(NUMBER_WORDS[token.lower()])
    return Tokens(frozenset(stems), frozenset(numbers))


def sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of a text."""
    for piece in SENTENCE_END.split(text):
        words = TOKEN.findall(piece)
        if words:
            yield _sentence(words, is_question=piece.rstrip().endswith("?"))


def _sentence(words: list[str], *, is_question: bool) -> Sentence:
    stems, numbers, names = [], [], []
    for position, token in enumerate(words):
        if _has_digit(token):
            numbers.append(number(token))
            continue
        stems.append(stem(token))
        if position and token[0].isupper() and len(token) > 1:
            names.append(stem(token))
    return Sentence(tuple(stems), tuple(numbers), tuple(names), is_question)


def _has_digit(token: str) -> bool:
    return not token.isalpha() and any(character.isdigit() for character in token)


def plain_text(value: Any, *, keys: bool = False) -> str:
    """Return what a JSON value says, one value a line, on request with the names of its fields."""
    return "\n".join(_leaves(value, depth=0, keys=keys))


def answer_text(text: str) -> str:
    """Return an answer as people read it: of a JSON object in it, the values, and the text around them."""
    first, last = text.find("{"), text.rfind("}")
    if first < 0 or last < first:
        return text
    try:
        values = plain_text(orjson.loads(text[first : last + 1]))
    except orjson.JSONDecodeError:
        return text
    return "\n".join(filter(None, (text[:first].strip(), values, text[last + 1 :].strip())))


def _leaves(value: Any, *, depth: int, keys: bool) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list) and depth < MAX_DEPTH:
        if keys and isinstance(value, dict):
            yield " ".join(map(str, value))
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item, depth=depth + 1, keys=keys)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield f"{value}"
