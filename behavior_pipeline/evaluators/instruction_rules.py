"""Format instructions that code can decide, by their names in IFEval (Zhou et al. 2023, arXiv:2311.07911).

A rule gets the answer and the instruction's arguments: True = followed, False = broken, None = cannot say.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from behavior_pipeline.evaluators.json_answers import NotJsonError, answer_json

Rule = Callable[[str, Mapping[str, Any]], bool | None]
AT_LEAST = ("at least", "al menos", "au moins", "\u4ee5\u4e0a")
BELOW = ("less than", "moins de", "menos de", "\u672a\u6e80")
AT_MOST = ("at most", "como m\u00e1ximo", "au plus")
PARAGRAPH = "***"
BULLET = re.compile(r"^[ \t]*(?:\*[^*\n]|-[^-\n])", re.MULTILINE)
TITLE = re.compile(r"<<([^\n<>]+)>>")  # one bounded class each: linear in any text
HIGHLIGHT = re.compile(r"\*([^\n*]+)\*")
PLACEHOLDER = re.compile(r"\[[^\[\]\n]+\]")
WORD = re.compile(r"\w+")
QUOTES = (('"', '"'), ("\u00ab", "\u00bb"), ("\u201c", "\u201d"), ("\u300c", "\u300d"))


def compared(count: int, relation: str | None, target: Any) -> bool | None:
    """Return whether a count stands in a relation to its target; without one it is "at least"."""
    if relation is None or relation in AT_LEAST:
        return count >= int(target)
    if relation in BELOW:
        return count < int(target)
    return count <= int(target) if relation in AT_MOST else None


def _no_comma(text: str, _: Mapping[str, Any]) -> bool:
    return "," not in text


def _json_format(text: str, _: Mapping[str, Any]) -> bool:
    try:
        answer_json(text, "alone")
    except NotJsonError:
        return False
    return True


def _title(text: str, _: Mapping[str, Any]) -> bool:
    return any(title.strip() for title in TITLE.findall(text))


def _bullets(text: str, given: Mapping[str, Any]) -> bool:
    return len(BULLET.findall(text)) == int(given["num_bullets"])


def _paragraphs(text: str, given: Mapping[str, Any]) -> bool:
    parts = text.split(PARAGRAPH)
    inside = parts[
        1 if not parts[0].strip() else 0 : -1 if len(parts) > 1 and not parts[-1].strip() else None
    ]
    return len(inside) == int(given["num_paragraphs"]) and all(part.strip() for part in inside)


def _words(text: str, given: Mapping[str, Any]) -> bool | None:
    return compared(len(WORD.findall(text)), given.get("relation"), given["num_words"])


def _existence(text: str, given: Mapping[str, Any]) -> bool:
    return all(str(word).casefold() in text.casefold() for word in list(given["keywords"]))


def _forbidden(text: str, given: Mapping[str, Any]) -> bool:
    words = {word.casefold() for word in WORD.findall(text)}
    return words.isdisjoint(str(word).casefold() for word in list(given["forbidden_words"]))


def _frequency(text: str, given: Mapping[str, Any]) -> bool | None:
    count = text.casefold().count(str(given["keyword"]).casefold())
    return compared(count, given.get("relation"), given["frequency"])


def _letters(text: str, given: Mapping[str, Any]) -> bool | None:
    count = text.casefold().count(str(given["letter"]).casefold())
    return compared(count, given.get("let_relation"), given["let_frequency"])


def _capital_words(text: str, given: Mapping[str, Any]) -> bool | None:
    count = sum(word.isupper() for word in WORD.findall(text))
    return compared(count, given.get("capital_relation"), given["capital_frequency"])


def _lowercase(text: str, _: Mapping[str, Any]) -> bool:
    return text == text.lower()


def _capital(text: str, _: Mapping[str, Any]) -> bool:
    return text == text.upper()


def _end_phrase(text: str, given: Mapping[str, Any]) -> bool:
    wanted = str(given["end_phrase"]).strip().casefold()
    ending = text.strip().strip('"').casefold()
    return ending.endswith(wanted) or ending.rstrip(".!").endswith(wanted)


def _quotation(text: str, _: Mapping[str, Any]) -> bool:
    inner = text.strip()
    return len(inner) > 1 and any(inner.startswith(left) and inner.endswith(right) for left, right in QUOTES)


def _postscript(text: str, given: Mapping[str, Any]) -> bool:
    return str(given["postscript_marker"]).casefold() in text.casefold()


def _no_digits(text: str, _: Mapping[str, Any]) -> bool:
    return not any(sign.isdigit() for sign in text)


def _placeholders(text: str, given: Mapping[str, Any]) -> bool | None:
    return compared(len(PLACEHOLDER.findall(text)), given.get("relation"), given["num_placeholders"])


def _highlights(text: str, given: Mapping[str, Any]) -> bool | None:
    count = sum(bool(highlight.strip()) for highlight in HIGHLIGHT.findall(text))
    return compared(count, given.get("relation"), given["num_highlights"])


# The benchmark marks titles and highlights with other signs in these languages.
OTHER_SIGNS = {("fr", "title"), ("ja", "title"), ("ja", "number_highlighted_sections")}
RULES: Mapping[str, Rule] = {
    "no_comma": _no_comma,
    "json_format": _json_format,
    "title": _title,
    "number_bullet_lists": _bullets,
    "number_paragraphs": _paragraphs,
    "number_words": _words,
    "existence": _existence,
    "forbidden_words": _forbidden,
    "frequency": _frequency,
    "letter_frequency": _letters,
    "capital_word_frequency": _capital_words,
    **dict.fromkeys(("english_lowercase", "french_lowercase", "spanish_lowercase", "lowercase"), _lowercase),
    **dict.fromkeys(("english_capital", "french_capital", "spanish_capital", "capital"), _capital),
    "end_checker": _end_phrase,
    "quotation": _quotation,
    "postscript": _postscript,
    "no_digits": _no_digits,
    "number_placeholders": _placeholders,
    "number_highlighted_sections": _highlights,
}


def rule_of(name: str) -> Rule | None:
    """Return the rule of an instruction's name, `no_comma` or `en:punctuation:no_comma`; None if unknown."""
    language, _, _ = name.partition(":")
    short = name.rsplit(":", 1)[-1]
    return None if (language, short) in OTHER_SIGNS else RULES.get(short)
