"""Finds what only its words give away: names that people are said to have, postal codes, ages.

These patterns stand in for no language model. Each wants a second sign beside the word (an honorific, "my
name is"), since a hit on harmless text costs as much as a miss.
"""

import re
from collections.abc import Iterator

from behavior_pipeline.redaction.hits import LIKELY, SAID, Hit

HONORIFIC = re.compile(r"(?<!\w)(?:Mrs?|Ms|Mx|Dr|Herr|Frau)\.? {1,2}(?=[^\W\d_])")
INTRODUCED = re.compile(
    r"(?<!\w)(?:my|his|her|their|customer|guest|patient|passenger|mein|\w{2,20}['\u2019]s) "
    r"(?:(?:full|first|last|maiden|middle|given|family|legal|real|sur) ?)?name(?: is:?| was:?| ist|:)?"
    r" {1,8}",
    re.IGNORECASE,
)
LABELLED = re.compile(
    r"(?:^|[\n>;,|])[ \t>]{0,8}(?:full |customer |guest |passenger )?name:[ \t]{0,8}", re.IGNORECASE
)
BESIDE_NAME = re.compile(
    r"(?:address|phone|e-?mail|tel|dob|date of birth|birth|ssn|street|city|zip|postal code)[ \w]{0,12}:",
    re.IGNORECASE,
)
# A key of JSON inside of a text, or of what Python prints: "first_name": "...
KEYED = re.compile(
    r"(?<![a-z])(?:first|last|middle|full|given|family|maiden)_?name[\\\"']{1,4} ?: ?[\\\"']{1,4}",
    re.IGNORECASE,
)
KEYS = re.compile(r"(?:first|last|middle|full|given|family|maiden|sur) ?name: ?", re.IGNORECASE)
WORD = re.compile(r"[^\W\d_]+(?:['\u2019\-][^\W\d_]+)*")
INITIAL = re.compile(r"[^\W\d_]\.")
PARTICLES = frozenset(
    {"van", "von", "de", "der", "den", "da", "del", "della", "di", "la", "le", "bin", "al", "el", "dos"}
)
NO_NAMES = frozenset({
    "a", "about", "again", "all", "also", "already", "an", "and", "any", "as", "at", "because", "been",
    "before", "being", "but", "by", "called", "changed", "correct", "currently", "different", "down",
    "empty", "for", "from", "given", "going", "gone", "hard", "here", "how", "important", "in",
    "incorrect", "invalid", "is", "it", "just", "listed", "long", "misspelled", "missing", "my", "new",
    "no", "none", "not", "now", "of", "on", "only", "or", "our", "private", "same", "short", "so",
    "some", "spelled", "still", "taken", "that", "the", "their", "there", "these", "they", "this", "to",
    "too", "unique", "unknown", "up", "used", "very", "was", "what", "which", "who", "with", "wrong",
    "your", "nicht", "der", "die", "das", "ein", "eine", "im", "auf", "falsch", "null",
})  # fmt: skip
# What stands after an honorific and names nobody.
OFFICES = frozenset(
    {"President", "Speaker", "Chairman", "Chair", "Secretary", "Ambassador", "Pepper", "Martens", "Oetker"}
)
MAX_WORDS = 4
SMALL_NAME = re.compile(r"(?: [^\W\d_]+)?[ ]*(?:[.,;!?\n]|$)")

STATE = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]"
    r"|W[AIVY])"
)
ZIPS = (
    re.compile(rf"(?<!\w){STATE} [0-9]{{5}}(?:-[0-9]{{4}})?(?![\w\-])"),
    re.compile(r"(?<!\w)[ABCEGHJ-NPRSTVXY][0-9][A-Z] [0-9][A-Z][0-9](?!\w)"),
)
SAID_ZIP = re.compile(
    r"(?<![A-Za-z])(?:[Zz]ip|ZIP|PLZ)(?:[ _]?[Cc]ode| ?CODE)?[\\\"']{0,4}(?: is|:)? ?:? {0,4}[\\\"']{0,4}"
    r"((?=[A-Z \-]{0,6}[0-9])[A-Z0-9][A-Z0-9 \-]{2,8}[0-9A-Z])(?![\w\-])"
)
ZIP_KEY = re.compile(r"(?<![a-z])(?:zip|plz)(?: ?code)?: ?$", re.IGNORECASE)
ZIP_VALUE = re.compile(r"[A-Z0-9][A-Z0-9 \-]{2,9}")
AGES = (
    re.compile(r"(?<!\w)I(?:['\u2019]m| am) ([0-9]{1,3}) years? old"),
    re.compile(
        r"(?<!\w)I(?:['\u2019]ll| will) (?:turn|be) ([0-9]{1,3})"
        r"(?= (?:this|next|last|on|in|tomorrow|years)\b|[.,!?\n]|$)"
    ),
    re.compile(
        r"(?<!\w)(?:I|[Ss]?[Hh]e|father|mother|husband|wife|son|daughter|brother|sister)\b[\w' ]{0,40}"
        r" at (?:the|an) age of ([0-9]{1,3})(?!\w)"
    ),
)
OLDEST = 120


def phrases(view: str, label: str) -> Iterator[Hit]:
    """Yield what the words of a view give away; `label` is the name of the field that holds it."""
    yield from _names(view)
    if KEYS.search(label):
        yield from _name(view, 0, least=1, most=6)
    for pattern in AGES:
        for match in pattern.finditer(view):
            if 0 < int(match.group(1)) <= OLDEST:
                yield Hit(*match.span(1), "AGE", SAID)
    for pattern in ZIPS:
        for match in pattern.finditer(view):
            yield Hit(*match.span(), "ZIP_CODE", LIKELY)
    for match in SAID_ZIP.finditer(view):
        yield Hit(*match.span(1), "ZIP_CODE", SAID)
    if ZIP_KEY.search(label) and ZIP_VALUE.fullmatch(view):
        yield Hit(0, len(view), "ZIP_CODE", SAID)


def _names(view: str) -> Iterator[Hit]:
    for match in HONORIFIC.finditer(view):
        yield from _name(view, match.end(), least=1, most=3)
    if "ame" not in view:
        return
    for match in INTRODUCED.finditer(view):
        certain = not match.group().rstrip().lower().endswith("name")
        yield from _name(view, match.end(), least=1 if certain else 2, lower=certain)
    for match in LABELLED.finditer(view):
        if BESIDE_NAME.search(view, max(0, match.start() - 120), match.end() + 160):
            yield from _name(view, match.end(), least=1)
    for match in KEYED.finditer(view):
        yield from _name(view, match.end(), least=1)


def _name(view: str, start: int, *, least: int, most: int = MAX_WORDS, lower: bool = False) -> Iterator[Hit]:
    """Yield the name that begins at a place: capitalised words, or small ones up to the next sign."""
    place, end, count = start, start, 0
    while count < most:
        word = (INITIAL.match(view, place) if count else None) or WORD.match(view, place)
        if word is None or _is_no_name(word.group(), first=not count):
            break
        if word.group() in PARTICLES and count:
            place = word.end() + 1
            continue
        if not (word.group()[0].isupper() or (lower and SMALL_NAME.match(view, word.end()))):
            break
        end, count = word.end(), count + 1
        if view[end : end + 1] != " ":
            break
        place = end + 1
    if count >= least and end - start > 1:
        yield Hit(start, end, "PERSON", LIKELY)


def _is_no_name(word: str, *, first: bool) -> bool:
    return word.lower() in NO_NAMES or (first and word in OFFICES)
