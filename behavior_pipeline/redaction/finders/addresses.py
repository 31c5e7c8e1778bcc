"""Finds postal addresses by the words streets are called by, in English, and in part in German and French.

An address begins with a number and a capitalised word, or is a street's name with its number. Cities,
countries and streets whose name says nothing (Fuglie 41) need a name model.
"""

import re
from collections.abc import Iterator

from behavior_pipeline.redaction.finders.phrases import STATE
from behavior_pipeline.redaction.hits import LIKELY, Hit

NUMBER = r"(?<![\w.,$€£#/\-])[0-9]{1,6}(?:-[0-9]{1,4})? "
# The first word is plain ASCII, since the prefilter looks for a number and such a word.
FIRST = r"(?:[NSEW]\.? )?[A-Z][a-z][\w'\u2019\-]*\.?"
CAPITALISED = r"[A-ZÀ-ÖØ-ÞĀ-Ž][\w'\u2019\-]*\.?"
NAMES = rf"{FIRST}(?:\s{CAPITALISED}){{0,3}}"
UNIT = (
    r"(?:,?\s{1,4}(?:Apt|Apartment|Suite|Ste|Unit|Floor|Fl|Room|Rm)\.?\s?#?[0-9]{1,5}[A-Z]?(?!\w)"
    r"|,?\s#\s?[0-9]{1,5}(?!\w))"
)
PLACE = rf"(?:,?\s{{1,4}}{CAPITALISED}(?: {CAPITALISED}){{0,3}})"
END = rf"{UNIT}{{0,3}}{PLACE}{{0,2}}?,?\s{{1,4}}{STATE}\s{{1,4}}[0-9]{{5}}(?:-[0-9]{{4}})?(?![\w\-])"
TAIL = rf"{UNIT}{{0,3}}(?:{PLACE}{{0,2}}?,?\s{{1,4}}{STATE}\s{{1,4}}[0-9]{{5}}(?:-[0-9]{{4}})?(?![\w\-]))?"
ENGLISH = (
    "Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Terrace|Highway|Hwy|Parkway|Pkwy|Crescent"
)
# "79 Easy Way" may be a street or a headline: a flat, or a state and a postal code must follow.
WEAK = "Way|Place|Pl|Square|Sq|Circle|Cir|Court|Ct|Trail|Dr"
FRENCH = "Rue|Avenue|Boulevard|Place|Via|Calle|Avenida|Rua"
ARTICLES = r"(?:d[eu]s? |l[ae]s? |d['\u2019]|l['\u2019]){0,2}"
SAID_TO_BE = (
    "[Aa]ddress: ", "[Aa]ddress is ", "[Ll]ive at ", "lives at ", "[Dd]eliver to ", "[Ss]hip to ",
    "return to ", "sent to ", "located at ",
)  # fmt: skip
STREETS = (
    re.compile(rf"{NUMBER}{FIRST}(?:\s{CAPITALISED}){{0,3}}?\s(?:{ENGLISH})(?!\w)\.?{TAIL}"),  # 2437 Main St
    re.compile(rf"{NUMBER}{FIRST}(?:\s{CAPITALISED}){{0,3}}?\s(?:{WEAK})(?!\w)\.?(?:{END}|{UNIT})"),
    re.compile(rf"{NUMBER}(?:{FRENCH})\s{ARTICLES}{CAPITALISED}(?:\s{CAPITALISED}){{0,3}}(?:\s[0-9]{{1,5}})?{TAIL}"),
    re.compile(rf"{NUMBER}{NAMES}(?:\s[0-9]{{1,4}}\.?)?{UNIT}{TAIL}"),  # 638 Wolmarans 7 Suite 620
    re.compile(rf"(?<!\w)P\.? ?O\.? ?Box [0-9]{{1,6}}(?!\w){TAIL}"),
    re.compile(  # Pohlstrasse 9, Lange Straße 12 b
        r"(?<!\w)(?:[A-ZÄÖÜ][\w\-]{0,30} )?[A-ZÄÖÜ][\w\-]{0,40}?tra(?:ß|ss)e ?[0-9]{1,4}(?: ?[a-z])?(?!\w)"
    ),
    re.compile(
        "(?:" + "|".join(f"(?<={words})" for words in SAID_TO_BE) + rf") {{0,8}}"
        rf"(?:[0-9]{{1,5}} )?{NUMBER}{NAMES}(?:\s[0-9]{{1,5}})?(?!\w)"
    ),
)  # fmt: skip
HEADLINE = re.compile(r"[0-9] ")
FLATS = re.compile(r"(?<!\w)(?:Apt|Apartment|Suite)\.?\s#?[0-9]{1,5}[A-Z]?(?!\w)")
NEAR = 120


def addresses(view: str, label: str) -> Iterator[Hit]:
    """Yield the addresses of a view, and flats on the lines around them."""
    places: list[int] = []
    for pattern in STREETS:
        for match in pattern.finditer(view):
            if HEADLINE.match(match.group()) and pattern is STREETS[0]:
                continue  # "3 Easy Way" is a headline more often than a door
            places.append(match.end())
            yield Hit(*match.span(), "STREET_ADDRESS", LIKELY)
    for match in FLATS.finditer(view) if places else ():
        if any(abs(match.start() - place) < NEAR for place in places):
            yield Hit(*match.span(), "STREET_ADDRESS", LIKELY)
