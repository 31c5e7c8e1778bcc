"""Says cheaply that a text holds nothing: most texts are passed over here and cost next to nothing.

It works on the raw text of a column, JSON with its escapes, and may err on one side only: a text in which the
recognisers find something is never passed over (a property test holds them together). Nearly every test is a
search for something literal, best one that begins with a rare sign: those run at one to three gigabytes a
second, patterns that begin with a set of signs at a tenth of that.
"""

import re
from enum import IntFlag

from behavior_pipeline.redaction.finders import context
from behavior_pipeline.redaction.finders.numbers import AFTER_CAPITALS, DATE, DECIMAL, NOT_DIGITS, RUN
from behavior_pipeline.redaction.finders.tokens import PREFIXED
from behavior_pipeline.redaction.folded import unusual


class Suspicion(IntFlag):
    """What a text may hold, by the recognisers that then have to read it."""

    NONE = 0
    FORMS = 1
    PHRASES = 2
    ADDRESSES = 4
    NUMBERS = 8
    SECRETS = 16


ANYTHING = Suspicion.FORMS | Suspicion.PHRASES | Suspicion.ADDRESSES | Suspicion.NUMBERS | Suspicion.SECRETS
# Field names that say "a name": first_name, lastName and their like, before a closing quote.
NAME_KEYS = "|".join(
    f"(?<={end}.)"
    for end in ("st_name", "ll_name", "le_name", "ly_name", "en_name", "stName", "llName", "leName", "lyName",
                "enName", "surname", "Surname", "sur_name")
)  # fmt: skip
WALLETS = tuple(re.compile(rf"{first}[0-9A-Za-z]{{25}}").search for first in "13")
WORDS = tuple(
    re.compile(pattern).search
    for pattern in (
        rf"ame(?: is| was|:| ist| +(?:[A-Z]|[^\x00-\x7f])|[\\\"'](?:{NAME_KEYS}))",
        r"M(?:rs?|s|x)(?![a-z])", r"Dr(?![a-z])", r"Herr(?![a-z])", r"Frau(?![a-z])",
        r"I(?:['\u2019](?:ll|m)| am| will) (?:turn |be )?[0-9]",
        r"age of [0-9](?:(?<=at the age of .)|(?<=at an age of .))",
        r"zip", r"Z(?:ip|IP)", r"PLZ",
    )
)  # fmt: skip
STREETS = (re.compile(r"Box [0-9]").search, re.compile(r"tra(?:ss|ß)e ?[0-9]").search)
LITERALS = (*WALLETS, *WORDS, *STREETS)
SIX = 6
SIX_DIGITS = b"0" * SIX
THIRTEEN_DIGITS = b"0" * 13
NO_DIGITS = bytes(sign for sign in range(256) if not 48 <= sign < 58)  # noqa: PLR2004
# Digits with signs of lists, lines and escapes between them, or the end of a part of a message.
SPREAD = re.compile(
    r"[0-9](?:(?:\\+[nrt]|[\s_\-./,\"'\]\[]){0,6}(?:\"[^{}]{0,60}\},\s?\{[^{}]{0,90}\":\s?\"\s{0,2})?[0-9]){12}"
)
SMALL_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?=[ -]?[A-Za-z0-9]{4})(?=[A-Za-z0-9 -]{11})")
GLUED = re.compile(r"^[a-z][0-9]+|[0-9]+[a-z]$")
FEW_DIGITS = 9  # shorter numbers are nobody's without a word that says whose
DIGITS = bytes(48 if 48 <= sign < 58 else sign for sign in range(256))  # noqa: PLR2004
BETWEEN = b" -./()\\" + bytes(range(128, 256))
# A text's outline has 0 for digits, A for capitals and no small letters: a quarter of its length.
OUTLINE = bytes(48 if 48 <= sign < 58 else 65 if 65 <= sign < 91 else sign for sign in range(256))  # noqa: PLR2004
SMALL = bytes(range(97, 123))
DOTTED = re.compile(rb"\.0{1,3}\.0{1,3}\.0").search  # IPv4
COLONS = re.compile(rb":(?://|[0A]{0,4}:[0A]{0,4}:)").search  # pages, IPv6, MAC
# What an outline must hold, and then the text: a number and a name (12 Main, 12 W Main); codes of letters.
DOORS = (b"0 A", re.compile(r"[0-9] [A-Z][a-z .]").search)
POSTAL = re.compile(rb"A(?:A 00000|0A 0A0)").search
IDENTITIES = (
    b"AAAAA0",
    re.compile(r"[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{3}[A-Z]|[A-Z]{5}[0-9]{4}[A-Z]").search,
)


# Words without which nothing announces a secret, in small letters, and those words where a value follows.
ANNOUNCING = (
    "pass", "pwd", "secret", "token", "key", "auth", "bearer", "basic", "cookie", "credential", "sig=",
    "sharedaccess", "curl", "-u", "--user", "kennwort", "contrase", "senha", "wachtwoord", "haslo",
    "identified",
)  # fmt: skip
FOREIGN = ("has\u0142o", "пароль", "密码", "パスワード", "비밀번호")
VALUED = re.compile(
    r"(?:passw(?:or)?d|passwort|passphrase|pass[_\- ]?code|pass|pwd|kennwort|mot de passe|contrase(?:ñ|n)a"
    r"|senha|haslo|wachtwoord|key(?:[_\- ]?id)?|identified by|secret|token|auth|credentials?"
    r"|sharedaccess(?:key|signature)|[?&]sig|cookie|authori[sz]ation)[0-9]{0,2}"
    r"(?:(?:\\[nrtfb]|[\\\"'`\]\s])*(?:[:=>,]|->)"
    r"| (?:is|was|ist|war|lautet|est|es|é|to|=>?)(?:[:\s]|\\[nrt])"
    r"|(?:\\[nrt]|[\\\"'`, \s])+(?:value|[\"'\\]))"
    r"|(?:bearer|basic)[ \t]|(?:-u|--user|--proxy-user)[ =]"
    r"|--?[a-z\-]*(?:pass|pwd|key|secret|token|auth|word|passwd|passphrase)[0-9]{0,2} "
    r"|(?:login|user|account) [^\s]{1,64}(?:\\[nrt]|\s)+pass"
)
# Secrets with a form of their own: what each begins with, or holds.
MARKS = tuple(
    dict.fromkeys(
        [*(form.literal for form in PREFIXED), "AKIA", "ASIA", "ABIA", "ACCA", "PRIVATE KEY", "hooks"]
    )
)


def _announces(lowered: str) -> bool:
    """Return whether a text in small letters may hold a secret that words announce."""
    announced = any(word in lowered for word in ANNOUNCING) and VALUED.search(lowered) is not None
    return announced or (not lowered.isascii() and any(word in lowered for word in FOREIGN))


def _has_mark(text: str) -> bool:
    return any(mark in text for mark in MARKS)


def may_hold(text: str) -> bool:
    """Return whether a text (or JSON text) has to be looked at."""
    if _has_mark(text) or _announces(text.lower()):
        return True
    if "@" in text or ("%" in text and "%40" in text) or ("\\" in text and "\\u" in text):
        return True
    for search in LITERALS:  # a loop, since a generator takes longer than most of the searches
        if search(text):
            return True
    if not text.isascii() and unusual().search(text):
        return True
    return _has_outline(text, text.encode("utf-8", "surrogatepass"))


def _has_outline(text: str, raw: bytes) -> bool:
    outline = raw.translate(OUTLINE, SMALL)
    if DOTTED(outline) or COLONS(outline) or POSTAL(outline):
        return True
    if any(rare in outline and search(text) for rare, search in (DOORS, IDENTITIES)):
        return True
    if SIX_DIGITS in raw.translate(DIGITS, BETWEEN) and (_has_number(text) or SMALL_IBAN.search(text)):
        return True
    return _is_spread(text, raw)


def _is_spread(text: str, raw: bytes) -> bool:
    """Return whether the digits of a card may stand in lines, lists or over parts of a message."""
    return THIRTEEN_DIGITS in raw.translate(DIGITS, NO_DIGITS) and SPREAD.search(text) is not None


def suspicions(view: str) -> Suspicion:
    """Return which recognisers have to read a view; in sum it is no less than `may_hold` of its text."""
    suspected = Suspicion.NONE
    raw = view.encode("utf-8", "surrogatepass")
    outline = raw.translate(OUTLINE, SMALL)
    codes = IDENTITIES[0] in outline or any(search(view) for search in WALLETS)
    if "@" in view or "%40" in view or codes or DOTTED(outline) or COLONS(outline):
        suspected |= Suspicion.FORMS
    if POSTAL(outline) or any(search(view) for search in WORDS):
        suspected |= Suspicion.PHRASES
    if DOORS[0] in outline or any(search(view) for search in STREETS):
        suspected |= Suspicion.ADDRESSES
    if SIX_DIGITS in raw.translate(DIGITS, BETWEEN) or SPREAD.search(view):
        suspected |= Suspicion.NUMBERS
    if "://" in view or _has_mark(view) or _announces(view.lower()):
        suspected |= Suspicion.SECRETS
    return suspected


def _has_number(text: str) -> bool:
    if not text.isascii():
        return True  # other spaces and dashes may stand between the digits
    return any(_could_be(text, *run.span()) for run in RUN.finditer(text))


def _could_be(text: str, start: int, end: int) -> bool:
    """Return whether a run of digits could be anybody's number: no date, decimal or part of a word."""
    run = text[start:end]
    if (date := DATE.match(run)) is not None and len(NOT_DIGITS.sub("", run[date.end() :])) < SIX:
        return context.near(text, start, start + date.end(), label="", group=context.BIRTH)
    if DECIMAL.fullmatch(run) and " " not in run:
        return False
    before, after = text[start - 1 : start], text[end : end + 1]
    if before.isalpha() and text[start - 2 : start - 1] == "\\":
        before = ""  # the letter of an escape
    if before.islower() or after.islower():  # no code of capitals, but the groups beside it may be a number
        return len(NOT_DIGITS.sub("", GLUED.sub("", f"{before}{run}{after}"))) >= SIX
    if before.isalpha() or after.isalpha() or before == "+" or len(NOT_DIGITS.sub("", run)) >= FEW_DIGITS:
        return True
    if AFTER_CAPITALS.match(text, max(0, start - 3)):
        return True
    return not context.is_part(text, start) and context.near(text, start, end, label="", group=context.WHOSE)
