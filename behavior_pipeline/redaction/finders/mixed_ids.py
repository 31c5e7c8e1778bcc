"""Finds identity numbers and accounts that mix letters and digits: IBAN, NIF, NINO, NRIC, passports."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from behavior_pipeline.redaction.finders import checksums, context, presidio
from behavior_pipeline.redaction.folded import JOINS
from behavior_pipeline.redaction.hits import CERTAIN, SAID, Hit

BEFORE, AFTER = 24, 36
LONGEST_WORD = 64
IBAN = re.compile(rf"(?<![{JOINS}])[A-Z]{{2}}[0-9]{{2}}(?:[ \-]?[A-Z0-9]){{11,30}}(?![{JOINS}])")
IBAN_HEAD = re.compile(r"(?<![^\W_])[A-Za-z]{2}[0-9]{2}(?![0-9])")
# In small letters the words behind it look alike: its country says where it ends (SWIFT, IBAN registry).
SMALL_IBAN = re.compile(rf"(?<![{JOINS}])[A-Za-z]{{2}}[0-9]{{2}}(?:[ \-]?[A-Za-z0-9]){{11,30}}(?![{JOINS}])")


class Form(NamedTuple):
    """How words of a kind look, what confirms one, and the words that must stand near it (None: none)."""

    kind: str
    look: re.Pattern[str]
    fits: Callable[[str], bool] | None = None
    said_by: Callable[[], context.Words] | None = None


def _form(kind: str, look: str, **rest: Callable[..., object]) -> Form:
    return Form(kind, re.compile(rf"(?<![{JOINS}\-]){look}(?![{JOINS}])"), **rest)  # type: ignore[arg-type]


FORMS = (
    _form("ES_NIF", "[0-9]{8}-?[A-Z]", fits=partial(presidio.confirms, "EsNifRecognizer")),
    _form("ES_NIE", "[X-Z][0-9]{7}-?[A-Z]", fits=partial(presidio.confirms, "EsNieRecognizer")),
    _form(
        "FI_PERSONAL_IDENTITY_CODE", "[0-9]{6}[-+ABCDEFYXWVU][0-9]{3}[0-9A-Y]",
        fits=partial(presidio.confirms, "FiPersonalIdentityCodeRecognizer"),
    ),
    _form("SG_NRIC_FIN", "[STFG][0-9]{7}[A-Z]", fits=checksums.sg_nric),
    _form("CN_RESIDENT_ID", "[1-9][0-9]{5}(?:19|20)[0-9]{9}X", fits=checksums.cn_resident),
    _form("UK_NINO", "[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?: [0-9]{2}){3} [A-D]"),
    _form(
        "UK_NINO", "[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]",
        said_by=partial(presidio.words_of, "UkNinoRecognizer"),
    ),
    _form("UK_DRIVING_LICENCE", "[A-Z9]{5}[0-9]{6}[A-Z9]{2}[A-Z0-9][A-Z]{2}"),
    _form("PASSPORT", "(?=[A-Z]*[0-9]{5})[A-Z0-9]{6,10}", said_by=lambda: context.PASSPORT),
    _form("US_DRIVER_LICENSE", "(?=[A-Z]*[0-9]{5})[A-Z0-9]{6,16}", said_by=lambda: context.LICENSE),
)  # fmt: skip


def mixed_ids(view: str, start: int, end: int, *, label: str) -> Iterator[Hit]:
    """Yield what the word around a run of digits is; words longer than any kind are passed over."""
    first, last = _edges(view, start, end)
    if last - first > BEFORE + AFTER + LONGEST_WORD:
        return
    yield from _ibans(view[first:last], first)
    for form in FORMS:
        for match in form.look.finditer(view[first:last]):
            at, until = first + match.start(), first + match.end()
            if form.fits is not None and not form.fits(match.group()):
                continue
            if form.said_by is None:
                yield Hit(at, until, form.kind, CERTAIN)
            elif _is_labelled(view, at, until, label=label, group=form.said_by()):
                yield Hit(at, until, form.kind, SAID)


def iban_in_groups(view: str, start: int, end: int) -> Iterator[Hit]:
    """Yield an IBAN in groups of four, whose last groups are a run of digits of their own."""
    if IBAN_HEAD.search(view, max(0, start - BEFORE), start):
        first, last = _edges(view, start, end)
        yield from _ibans(view[first:last], first)


def _is_labelled(view: str, start: int, end: int, *, label: str, group: context.Words) -> bool:
    return context.near(view, start, end, label=label, group=group) and not context.is_thing(
        view, start, label=label
    )


def _ibans(window: str, offset: int) -> Iterator[Hit]:
    for match in IBAN.finditer(window):
        for answer in presidio.ask("IbanRecognizer", match.group()):
            if answer.checked:
                at = offset + match.start()
                yield Hit(at + answer.start, at + answer.end, "IBAN_CODE", CERTAIN)
    for match in SMALL_IBAN.finditer(window):
        if length := checksums.small_iban(match.group()):
            yield Hit(offset + match.start(), offset + match.start() + length, "IBAN_CODE", CERTAIN)


def _edges(view: str, start: int, end: int) -> tuple[int, int]:
    """Return a window around a run that begins and ends between words, or is too long to be looked at."""
    first, last = max(0, start - BEFORE), min(len(view), end + AFTER)
    while (
        first > 0 and start - first < LONGEST_WORD and view[first - 1].isascii() and view[first - 1].isalnum()
    ):
        first -= 1
    while last < len(view) and last - end < LONGEST_WORD and view[last].isascii() and view[last].isalnum():
        last += 1
    return max(0, first - 1), last
