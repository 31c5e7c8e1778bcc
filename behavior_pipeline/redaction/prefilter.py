"""Says cheaply that a text holds nothing: most texts are passed over here and cost next to nothing.

It works on the raw text of a column, JSON with its escapes, and may err on one side only: a text in which the
recognisers find something is never passed over (a property test holds them together). RE2 looks for all signs
of them in one pass, at some 300 MB a second however many there are; what Python's `re` knows and RE2 does not
(what stands before) is left out, or asked again of the few texts with long numbers.
"""

import re
from collections.abc import Callable
from enum import IntFlag
from functools import lru_cache

import re2

from behavior_pipeline.redaction.finders import context
from behavior_pipeline.redaction.finders.checksums import IBAN_LENGTHS, luhn
from behavior_pipeline.redaction.finders.credentials import HEADER_LABEL, LABEL
from behavior_pipeline.redaction.finders.numbers import AFTER_CAPITALS, DATE, DECIMAL, NOT_DIGITS, RUN
from behavior_pipeline.redaction.finders.phrases import KEYS, ZIP_KEY
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


# White space as Python's `\s` has it below U+0080, line ends of JSON, and both with signs of quoting.
SPACE = r"[\s\x0b\x1c-\x1f]"
BREAK = rf"(?:\\+[nrtbf]|{SPACE})"
QUOTING = r"(?:\\+[nrtbf]|[\\\"'`\]\s\x0b\x1c-\x1f])*"
FORM_SIGNS = (
    r"@|%40", r"[13][0-9A-Za-z]{25}", r"\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]", r"://",
    r":[0-9A-Za-z]{0,8}:[0-9A-Za-z]{0,8}:", r"[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{3}[A-Z]",
    r"[A-Z]{5}[0-9]{4}[A-Z]",
)  # fmt: skip
PHRASE_SIGNS = (
    r"ame(?: is| was|:| ist| +(?:[A-Z]|[^\x00-\x7f]))",
    r"(?:st_?|ll_?|le_?|ly_?|en_?|sur_?)[nN]ame[\\\"']|Surname[\\\"']", r"M(?:rs?|s|x)(?:[^a-z]|\z)",
    r"(?:Dr|Herr|Frau)(?:[^a-z]|\z)", r"I(?:['\x{2019}](?:ll|m)| am| will) (?:turn |be )?[0-9]",
    r"at (?:the|an) age of [0-9]", r"zip|Z(?:ip|IP)|PLZ", r"[A-Z]{2} [0-9]{5}",
    r"[A-Z][0-9][A-Z] [0-9][A-Z][0-9]",
)  # fmt: skip
ADDRESS_SIGNS = (r"Box [0-9]", r"tra(?:ss|ß)e ?[0-9]", r"[0-9] [A-Z][a-z .]")
# What secrets with a form of their own begin with or hold; where a value follows a word that announces one.
MARKS = (
    *(form.literal for form in PREFIXED),
    *("AKIA", "ASIA", "ABIA", "ACCA", "PRIVATE KEY", "hooks.slack", "api/webhooks"),
)
ANNOUNCED = (
    r"(?:passw(?:or)?d|passwort|passphrase|pass[_\- ]?code|pass|pwd|kennwort|mot de passe|contrase(?:ñ|n)a"
    r"|senha|has(?:ł|l)o|wachtwoord|пароль|密码|パスワード|비밀번호|key(?:[_\- ]?id)?|identified by"
    r"|secret|token|auth|credentials?|sharedaccess(?:key|signature)|[?&]sig|cookie|authori[sz]ation)[0-9]{0,2}"
    rf"(?:{QUOTING}(?:[:=>,]|->)| (?:is|was|ist|war|lautet|est|es|é|to|=>?)(?:[: ]|{BREAK})"
    rf"|(?:{BREAK}|[\\\"'`,])+(?:value|[\"'\\]))"
)
SECRET_SIGNS = (
    "|".join(map(re.escape, MARKS)).replace(r"\ ", " "), rf"(?i:{ANNOUNCED})", r"(?i:bearer|basic)[ \t]",
    r"(?:-u|--user|--proxy-user)[ =]", "://",
    r"(?i:--?[a-z\-]*(?:pass|pwd|key|secret|token|auth|word|passwd|passphrase)[0-9]{0,2})[ ]",
    rf"(?i:(?:login|user|account)) [^\s]{{1,64}}{BREAK}+(?i:pass)",
)  # fmt: skip
# Escapes and signs that mean something else than they are.
HIDDEN = (r"\\u", unusual().pattern)
# A number that goes on in the next part of a message; an IBAN in small letters.
LONG_SIGNS = (
    r"[0-9][\s.\-_/]*(?:\\[nrt])*\"[^{}]*\},\s?\{[^{}]*\":\s?\"(?:\\[nrt])*[\s.\-_/]*[0-9]",
    rf"(?:^|[^0-9A-Za-z])(?i:{'|'.join(IBAN_LENGTHS)})[0-9]{{2}}[ \-]?[A-Za-z0-9]{{4}}"
    r"[ \-]?[A-Za-z0-9]{3}",
)
SIX, CARD_DIGITS = 6, range(13, 20)
# Six digits with nothing but signs between them, in the middle of no word; the same with other spaces.
SIX_DIGITS = r"(?:^|[^0-9a-z]|\\[nrtbf])[0-9](?:[ \-./()\\]{0,3}[0-9]){5,}(?:[^0-9a-z]|\z)"
WIDE_SIX = r"[0-9](?:(?:[ \-./()\\]|[^\x00-\x7f])*[0-9]){5}"
SPREAD = r"[0-9](?:(?:\\+[nrtbf]|[\s_\-./,\"'\]\[])*[0-9]){12}"
SPREAD_RUN = re.compile(r"[0-9](?:(?:\\+[nrtbf]|[\s_\-./,\"'\]\[])*[0-9]){12,}")
WHOLE = re.compile(r"[0-9]{12,}\.0")  # a number of JSON that was made a float
GLUED = re.compile(r"^[a-z][0-9]+|[0-9]+[a-z]$")
FEW_DIGITS = 9  # shorter numbers are nobody's without a word that says whose
MEMORY = 64 << 20  # what RE2 may keep of a pattern: with less it starts anew too often


def _searched(*signs: str) -> Callable[[bytes], object]:
    """Return what searches UTF-8 for any of some signs."""
    options = re2.Options()
    options.max_mem = MEMORY
    search: Callable[[bytes], object] = re2.compile("|".join(signs).encode(), options).search
    return search


SIGNS = (*HIDDEN, *FORM_SIGNS, *PHRASE_SIGNS, *ADDRESS_SIGNS, *SECRET_SIGNS, *LONG_SIGNS)
ANY_SIGN, BUT_NUMBERS = _searched(*SIGNS, SIX_DIGITS, SPREAD), _searched(*SIGNS)
SPREAD_OUT = _searched(SPREAD)
ANY_SIGN_WIDE = _searched(*SIGNS, WIDE_SIX, SPREAD)  # other spaces and dashes may stand between the digits
BY_SUSPICION = (
    (Suspicion.FORMS, _searched(*FORM_SIGNS)),
    (Suspicion.PHRASES, _searched(*PHRASE_SIGNS)),
    (Suspicion.ADDRESSES, _searched(*ADDRESS_SIGNS)),
    (Suspicion.SECRETS, _searched(*SECRET_SIGNS)),
    (Suspicion.NUMBERS, _searched(WIDE_SIX, SPREAD)),
)


def may_hold(text: str) -> bool:
    """Return whether a text (or JSON text) has to be looked at."""
    raw = text.encode("utf-8", "surrogatepass")
    if not text.isascii():
        return ANY_SIGN_WIDE(raw) is not None
    if ANY_SIGN(raw) is None:
        return False
    if BUT_NUMBERS(raw) is not None or _has_number(text):
        return True
    return SPREAD_OUT(raw) is not None and _has_card(text)


def suspicions(view: str) -> Suspicion:
    """Return which recognisers have to read a view; in sum it is no less than `may_hold` of its text."""
    raw, suspected = view.encode("utf-8", "surrogatepass"), Suspicion.NONE
    if ANY_SIGN_WIDE(raw) is None:
        return suspected
    for suspicion, search in BY_SUSPICION:
        if search(raw) is not None:
            suspected |= suspicion
    return suspected


@lru_cache(maxsize=4096)
def said_by(label: str) -> Suspicion:
    """Return which recognisers have to read a text because of the name of its field alone."""
    suspected = Suspicion.NONE
    if KEYS.search(label) or ZIP_KEY.search(label):
        suspected |= Suspicion.PHRASES
    if LABEL.search(label) or HEADER_LABEL.search(label):
        suspected |= Suspicion.SECRETS
    return suspected


def _has_number(text: str) -> bool:
    return any(_could_be(text, *run.span()) for run in RUN.finditer(text))


def _has_card(text: str) -> bool:
    """Return whether digits in lines or lists may be a card's: their check digit fits, or they are many."""
    for run in SPREAD_RUN.finditer(text):
        digits = NOT_DIGITS.sub("", run.group())
        if len(digits) not in CARD_DIGITS or luhn(digits):
            return True
    return False


def _could_be(text: str, start: int, end: int) -> bool:
    """Return whether a run of digits could be anybody's number: no date, decimal or part of a word."""
    run = text[start:end]
    if (date := DATE.match(run)) is not None and len(NOT_DIGITS.sub("", run[date.end() :])) < SIX:
        return context.near(text, start, start + date.end(), label="", group=context.BIRTH)
    if DECIMAL.fullmatch(run) and " " not in run and not WHOLE.fullmatch(run):
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
