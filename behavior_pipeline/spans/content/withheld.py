"""Values that a writer cut or hid: JSON that a length limit broke off, placeholders for what was there."""

import re
from typing import Any

import orjson

# Words of products and filters: __REDACTED__, [Scrubbed due to 'auth'], <masked>, [Filtered], ***.
_WORD = (
    r"redacted|scrubbed|masked|hidden|filtered|removed|omitted|censored|sanitized|anonymi[sz]ed|withheld"
    r"|content (?:hidden|removed|disabled)|not[ _]captured|sensitive(?:[ _]data)?|confidential"
)
_OPEN, _CLOSE = r"[\s\"'\[({<_*#~%-]*", r"[\s\"'\])}>_*#~%-]*"
PLACEHOLDER = re.compile(
    rf"(?i:{_OPEN}[\[({{<_*#~%](?:(?:content|data|text|value)[ _]?)?(?:{_WORD})(?![a-z])[^\[\]<>\n]{{0,60}}"
    rf"[\])}}>_*#~%]{_CLOSE})|(?:REDACTED|MASKED|SCRUBBED|FILTERED|HIDDEN)(?:_[A-Z_]+)?|[*\u2022\u2588]{{3,}}"
)
LONGEST = 120
BEGINNINGS = ('{"', '[{"', "[[", '["', "[ {", "[\n", "{\n", '{ "')
TRUNCATED = {"type": "truncated"}  # the part, document or tool that stands where the rest was
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|"', re.DOTALL)
MOST_STEPS = 8  # back from the break to where a value was whole; a comma, a colon and a key are three


def is_placeholder(value: object) -> bool:
    """Return whether a text says by itself that what it stands for was taken out."""
    return (
        isinstance(value, str) and len(value) <= LONGEST and PLACEHOLDER.fullmatch(value.strip()) is not None
    )


def cut_json(value: object) -> Any:
    """Return what is left of a JSON text that was cut; None for every other value, whole JSON among them."""
    if not isinstance(value, str) or not value.lstrip().startswith(BEGINNINGS):
        return None
    try:
        orjson.loads(value)
    except orjson.JSONDecodeError:
        return closed(value)
    return None


def closed(text: str) -> Any:
    """Return what stood before the break of a JSON text that ends too early; None where it is otherwise.

    A text that was cut keeps what is there of it.
    """
    open_brackets: list[str] = []
    in_text, end = False, len(text)
    cuts: list[tuple[int, str]] = []  # where the text may be cut and closed, and with which brackets
    for token in _TOKEN.finditer(text):
        sign = token.group()
        if sign in "[{":
            open_brackets.append("]" if sign == "[" else "}")
            cuts.append((token.end(), "".join(reversed(open_brackets))))
        elif sign in "]}":
            if not open_brackets or open_brackets.pop() != sign:
                return None
        elif sign == ",":
            cuts.append((token.start(), "".join(reversed(open_brackets))))
        elif sign == '"':
            in_text, end = True, token.end()
            break
        del cuts[:-MOST_STEPS]
    if not open_brackets:
        return None
    brackets = "".join(reversed(open_brackets))
    whole = [text[: len(text) - cut] + '"' + brackets for cut in range(7)] if in_text else []
    for attempt in (*whole, text[:end] + brackets, *(text[:at] + closing for at, closing in reversed(cuts))):
        try:
            return orjson.loads(attempt)
        except orjson.JSONDecodeError:
            continue
    return None
