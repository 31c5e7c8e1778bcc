"""Finds numbers that belong to somebody: cards, accounts, telephones, identity numbers, dates of birth.

Every run of six digits or more is looked at. What it is follows from its check digits, its form and the words
around it; dates, decimals, and numbers of things (orders, tickets, builds) are left alone.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from behavior_pipeline.redaction.finders import checksums, context, presidio
from behavior_pipeline.redaction.finders.mixed_ids import iban_in_groups, mixed_ids
from behavior_pipeline.redaction.folded import JOINS
from behavior_pipeline.redaction.hits import CERTAIN, LIKELY, SAID, Hit

RUN = re.compile(r"[0-9](?:[ \-./()\\]{0,3}[0-9]){5,}")
AFTER_CAPITALS = re.compile(r"[A-Z]{2} [0-9]")
DIGITS_ONLY = re.compile(r"[0-9](?:.*[0-9])?", re.DOTALL)
NOT_DIGITS = re.compile(r"[^0-9]+")
DATE = re.compile(
    r"(?<![0-9])(?:(?:19|20)[0-9]{2}([-./ ])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12][0-9]|3[01])"
    r"|(?:0?[1-9]|[12][0-9]|3[01])([-./])(?:0?[1-9]|[12][0-9]|3[01])\2(?:19|20)[0-9]{2})(?![0-9])"
)
DATE_DIGITS = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
DECIMAL = re.compile(r"[0-9]+\.[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,3}(?: [0-9]{3})+")
IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
CARD = re.compile(
    r"(?<![0-9])(?:[0-9]{4}([ \-.]?)[0-9]{4}\1[0-9]{4}\1[0-9]{1,7}|3[47][0-9]{2}([ \-]?)[0-9]{6}\2[0-9]{5}"
    r"|3[0689][0-9]{2}([ \-]?)[0-9]{6}\3[0-9]{4}|[0-9]{12,19})(?![0-9])"
)
# Digits of a card with any signs between: lines, tabs, underscores, lists; no more digits on either side.
SPREAD = re.compile(
    r"(?<![0-9])(?<![0-9][\s_,])(?<![0-9], )"
    r"[0-9](?:[\s_\-./,\"'\]\[]{0,6}[0-9]){12,18}(?![\s_,]{0,2}[0-9])"
)
FOURS = frozenset({4, 8, 12, 16})
AMEX_GROUPS = (4, 6, 5)
CLOSE = re.compile(r"[0-9]+(?:[\s_\-.][0-9]+)*")
# Whose numbers are sixteen digits (Amex, old JCB: fifteen): long enough to count without a word beside them.
ISSUER = re.compile(
    r"(?:4|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|6011|64[4-9]|65|62|35(?:2[89]|[3-8])|9792|220[0-4])"
    r"[0-9]+"
)
FIFTEEN = re.compile(r"3[47][0-9]{13}|(?:2131|1800)[0-9]{11}")
US_PHONE = re.compile(
    r"(?<![0-9.\-/])(?:1[ .\-])?(?:\([2-9][0-9]{2}\) ?[2-9][0-9]{2}[\-. ][0-9]{4}"
    r"|[2-9][0-9]{2}([\-.])[2-9][0-9]{2}\1[0-9]{4})(?![0-9\-/.])"
)
TOLL_FREE = re.compile(r"(?:1[ .\-]?)?\(?8(?:00|33|44|55|66|77|88)[) .\-]")
YEARS = re.compile(r"(?:19|20)[0-9]{2} ?[-/] ?(?:19|20)[0-9]{2}")
SSN = re.compile(r"(?<![0-9\-])([0-9]{3})-([0-9]{2})-([0-9]{4})(?![0-9\-])")
PHONE_DIGITS, ID_DIGITS, BANK_DIGITS, TAX_DIGITS = range(7, 13), range(6, 13), range(7, 18), range(8, 14)
MOST_GROUPS, LEAST_GROUP = 6, 2
PLUS_DIGITS = range(9, 16)
SSN_DIGITS = 9
LEAST_DIGITS = 6
CARD_WITHOUT_WORDS = 16
JOINED = re.compile(f"[{JOINS}]")
ALIKE = re.compile(r"([0-9])\1*")


class Run(NamedTuple):
    """A run of digits with signs between them, and what is known of its surroundings."""

    view: str
    start: int
    end: int
    label: str

    @property
    def text(self) -> str:
        """Return the run as it stands."""
        return self.view[self.start : self.end]

    @property
    def digits(self) -> str:
        """Return its digits alone."""
        return NOT_DIGITS.sub("", self.text)

    @property
    def in_word(self) -> bool:
        """Return whether a letter, digit or underscore touches it."""
        return bool(JOINED.match(self.view, self.start - 1, self.start) or JOINED.match(self.view, self.end))

    def without_words(self) -> "Run":
        """Return the run without the groups of digits that are parts of words."""
        start, end = self.start, self.end
        if JOINED.match(self.view, start - 1, start):
            start = next((at for at in range(start, end) if not self.view[at].isdigit()), end)
        if JOINED.match(self.view, end):
            end = next((at for at in range(end, start, -1) if not self.view[at - 1].isdigit()), start)
        return self._replace(start=start, end=end)

    def stripped(self) -> "Run":
        """Return the run from its first digit to its last one."""
        inner = DIGITS_ONLY.search(self.view, self.start, self.end)
        return self._replace(start=inner.start(), end=inner.end()) if inner else self._replace(end=self.start)

    def near(self, group: context.Words, *, same_sentence: bool = False) -> bool:
        """Return whether a word of the group stands near it, and none that says it numbers a thing."""
        return (
            context.near(
                self.view, self.start, self.end, label=self.label, group=group, same_sentence=same_sentence
            )
            and not context.is_part(self.view, self.start)
            and not context.is_thing(self.view, self.start, label=self.label)
        )

    def hit(self, kind: str, certainty: int) -> Hit:
        """Return the whole run as a find."""
        return Hit(self.start, self.end, kind, certainty)


def numbers(view: str, label: str) -> Iterator[Hit]:
    """Yield what the runs of digits of a view are; `label` is what the place of the text says of it."""
    yield from _spread_cards(view)
    for run in RUN.finditer(view):
        start, until = run.span()
        for date in DATE.finditer(view, start, until):
            yield from _birth(Run(view, *date.span(), label))
            yield from _number(Run(view, start, date.start(), label))
            start = date.end()
        yield from _number(Run(view, start, until, label))


def _spread_cards(view: str) -> Iterator[Hit]:
    """Yield cards whose digits stand in lines, columns or lists, or one by one; issuer and check must fit."""
    for match in SPREAD.finditer(view):
        digits = NOT_DIGITS.sub("", match.group())
        if not _is_grouped(match.group()) or ALIKE.fullmatch(digits) or not checksums.luhn(digits):
            continue
        if (len(digits) == CARD_WITHOUT_WORDS and ISSUER.fullmatch(digits)) or FIFTEEN.fullmatch(digits):
            yield Hit(*match.span(), "CREDIT_CARD", CERTAIN)


def _is_grouped(text: str) -> bool:
    """Return whether digits stand in groups as those of cards do; far apart in groups of four at most."""
    groups = tuple(map(len, NOT_DIGITS.split(text)))
    if groups == AMEX_GROUPS or set(groups) in ({1}, {2}, {4}):
        return True
    return len(groups) > 1 and set(groups) <= FOURS and CLOSE.fullmatch(text) is not None


def _birth(run: Run) -> Iterator[Hit]:
    if run.near(context.BIRTH):
        yield run.hit("DATE_OF_BIRTH", SAID)


def _number(run: Run) -> Iterator[Hit]:
    if run.in_word:
        yield from mixed_ids(run.view, run.start, run.end, label=run.label)
        run = run.without_words()  # what is left of it may be a number of its own
    run = run.stripped()
    if len(run.digits) >= LEAST_DIGITS:
        yield from iban_in_groups(run.view, run.start, run.end)
        if AFTER_CAPITALS.match(run.view, max(0, run.start - 3)):
            yield from mixed_ids(run.view, run.start, run.end, label=run.label)
        if not DECIMAL.fullmatch(run.text) or " " in run.text:
            yield from _plain(run)


def _plain(run: Run) -> Iterator[Hit]:
    for rule in (_cards, _us_social, _phones, _identities, _said_by_words):
        yield from rule(run)


def _cards(run: Run) -> Iterator[Hit]:
    for match in CARD.finditer(run.text):
        digits = NOT_DIGITS.sub("", match.group())
        if ALIKE.fullmatch(digits) or not checksums.luhn(digits):
            continue
        if _looks_like_card(run, match.group(), digits) or run.near(context.CARD):
            yield Hit(run.start + match.start(), run.start + match.end(), "CREDIT_CARD", CERTAIN)


def _looks_like_card(run: Run, text: str, digits: str) -> bool:
    """Return whether a number that passes the check is a card's without a word beside it saying so."""
    if len(digits) == CARD_WITHOUT_WORDS and ISSUER.fullmatch(digits):
        return len(text) > len(digits) or not context.is_thing(run.view, run.start, label=run.label)
    return FIFTEEN.fullmatch(digits) is not None


def _us_social(run: Run) -> Iterator[Hit]:
    for match in SSN.finditer(run.text):
        area, group, serial = match.groups()
        if area not in ("000", "666") and group != "00" and serial != "0000":
            kind = "US_ITIN" if area.startswith("9") else "US_SSN"
            yield Hit(run.start + match.start(), run.start + match.end(), kind, CERTAIN)
    if len(run.digits) == SSN_DIGITS and run.near(context.SOCIAL):
        yield run.hit("US_SSN", SAID)


def _phones(run: Run) -> Iterator[Hit]:
    view, start, count = run.view, run.start, len(run.digits)
    if view[max(0, start - 2) : start].rstrip("(").endswith("+"):
        if count in PLUS_DIGITS:
            yield from _asked(run, view.rindex("+", 0, start), valid=False)
        return
    if TOLL_FREE.match(run.text) or context.AMOUNT.match(view[run.end : run.end + 8]):
        return
    opened = start - (view[start - 1 : start] == "(")
    for form in US_PHONE.finditer(view[opened : run.end]):
        yield Hit(opened + form.start(), opened + form.end(), "PHONE_NUMBER", SAID)
    if (
        IPV4.fullmatch(run.text)
        or YEARS.fullmatch(run.text)
        or not run.near(context.PHONE, same_sentence=True)
    ):
        return
    if _is_phone_like(run):
        yield Hit(opened, run.end, "PHONE_NUMBER", LIKELY)
    elif count > max(PHONE_DIGITS):
        yield from _asked(run, start, valid=True)


def _is_phone_like(run: Run) -> bool:
    """Return whether digits are grouped as people write telephones: in few groups, not digit by digit."""
    groups = NOT_DIGITS.split(run.text)
    return (
        len(run.digits) in PHONE_DIGITS
        and not ALIKE.fullmatch(run.digits)
        and len(groups) <= MOST_GROUPS
        and max(map(len, groups)) >= LEAST_GROUP
    )


def _asked(run: Run, start: int, *, valid: bool) -> Iterator[Hit]:
    for answer in presidio.phones(run.view[start : run.end], valid=valid):
        yield Hit(start + answer.start, start + answer.end, "PHONE_NUMBER", SAID if valid else CERTAIN)


def _identities(run: Run) -> Iterator[Hit]:
    text, digits = run.text, run.digits
    for kind, form, fits in WITH_FORM:
        if form.fullmatch(text) and fits(text):
            yield run.hit(kind, CERTAIN)
    for kind, group, fits in WITH_WORDS:
        if fits(digits) and run.near(group):
            yield run.hit(kind, CERTAIN)
    for name in presidio.BY_LENGTH.get(len(digits), ()):
        if run.near(presidio.words_of(name)) and presidio.confirms(name, text):
            yield run.hit(presidio.kind_of(name), CERTAIN)


Fits = Callable[[str], bool]
# Written so that the form alone says what they are, as far as the check digits agree.
WITH_FORM: tuple[tuple[str, re.Pattern[str], Fits], ...] = (
    ("BR_CPF", re.compile(r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}"), checksums.br_cpf),
    ("CH_AHV", re.compile(r"756\.[0-9]{4}\.[0-9]{4}\.[0-9]{2}"), checksums.ch_ahv),
    ("KR_RRN", re.compile(r"[0-9]{6}-[1-8][0-9]{6}"), partial(presidio.confirms, "KrRrnRecognizer")),
    ("CN_RESIDENT_ID", re.compile(r"[1-9][0-9]{5}(?:19|20)[0-9]{10}"), checksums.cn_resident),
)
WITH_WORDS: tuple[tuple[str, context.Words, Fits], ...] = (
    ("BR_CPF", context.CPF, checksums.br_cpf),
    ("NL_BSN", context.BSN, checksums.nl_bsn),
    ("FR_NIR", context.NIR, checksums.fr_nir),
    ("CH_AHV", context.AHV, checksums.ch_ahv),
)


def _said_by_words(run: Run) -> Iterator[Hit]:
    """Yield numbers without a form of their own: only the words before them say what they are."""
    count = len(run.digits)
    if count in ID_DIGITS and run.near(context.LICENSE):
        yield run.hit("US_DRIVER_LICENSE", SAID)
    if count in ID_DIGITS and run.near(context.PASSPORT):
        yield run.hit("PASSPORT", SAID)
    if count in BANK_DIGITS and run.near(context.BANK):
        yield run.hit("BANK_ACCOUNT", SAID)
    if count in ID_DIGITS and run.near(context.IDENTITY):
        yield run.hit("IDENTITY_CARD", SAID)
    if count in TAX_DIGITS and run.near(context.TAX):
        yield run.hit("TAX_ID", SAID)
    if DATE_DIGITS.fullmatch(run.text) and run.near(context.BIRTH):
        yield run.hit("DATE_OF_BIRTH", SAID)
