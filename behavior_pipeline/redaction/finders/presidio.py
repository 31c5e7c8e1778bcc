"""Presidio's recognisers, one at a time and only where a number could be one of theirs.

No language model, no network: the e-mail recogniser asks a suffix list that came with its package.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from behavior_pipeline.redaction.finders.context import Words

CHECKED = 1.0  # Presidio's score of a find whose check digits fit
# Kinds whose form or check digits one number in some ten meets by chance: a word must say what it is.
BY_LENGTH = {
    9: ("CaSinRecognizer", "AuTfnRecognizer"),
    10: ("NhsRecognizer", "AuMedicareRecognizer", "SePersonnummerRecognizer"),
    11: ("PlPeselRecognizer", "DeTaxIdRecognizer", "TrNationalIdRecognizer", "NgNinRecognizer",
         "AuAbnRecognizer"),
    12: ("InAadhaarRecognizer", "SePersonnummerRecognizer"),
    13: ("ThTninRecognizer", "KrRrnRecognizer", "ZaIdNumberRecognizer"),
}  # fmt: skip
MORE_WORDS = {
    "NhsRecognizer": ("nhs",),
    "CaSinRecognizer": ("sin", "nas", "insurance number"),
    "SePersonnummerRecognizer": ("personal number",),
    "ZaIdNumberRecognizer": ("south african id", "rsa id", "sa id"),
    "UkNinoRecognizer": ("ni number", "nino", "national insurance number"),
    "InPanRecognizer": ("pan card", "pan number", "pan no"),
    "PlPeselRecognizer": ("numer pesel",),
    "DeTaxIdRecognizer": (
        "steuer-id*",
        "steuer id*",
        "steueridentifikation*",
        "steuer-identifikation*",
        "idnr",
        "steuernummer*",
    ),
}
# Presidio's own words, without those that say too little: "id" stands beside any number.
VAGUE = frozenset({"id", "identity", "canada", "pan", "fin", "cf", "ssn", "tax", "smart id", "id number"})
PHONE_REGIONS = (
    "US", "GB", "DE", "FR", "ES", "IT", "PL", "NL", "SE", "CH", "AT", "PT", "IN", "BR", "AU", "JP", "KR",
    "CN", "MX", "ZA", "IL", "TR",
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A find of one of Presidio's recognisers, and whether check digits confirmed it."""

    start: int
    end: int
    kind: str
    checked: bool


@cache
def recogniser(name: str) -> Any:
    """Return one of Presidio's recognisers, made at first use: importing Presidio takes a second."""
    from presidio_analyzer import predefined_recognizers  # noqa: PLC0415

    return getattr(predefined_recognizers, name)()


@cache
def words_of(name: str) -> Words:
    """Return the words that say a number is of this recogniser's kind."""
    of_presidio = [word.strip().lower() for word in recogniser(name).context or ()]
    return Words(tuple(word for word in (*of_presidio, *MORE_WORDS.get(name, ())) if word not in VAGUE))


def ask(name: str, text: str) -> Iterator[Found]:
    """Yield what one recogniser finds in a short text."""
    one = recogniser(name)
    for result in one.analyze(text, one.supported_entities):
        yield Found(result.start, result.end, result.entity_type, result.score >= CHECKED)


def kind_of(name: str) -> str:
    """Return the kind that a recogniser finds."""
    return str(recogniser(name).supported_entities[0])


def confirms(name: str, text: str) -> bool:
    """Return whether the check digits of a whole text are those of this recogniser's kind."""
    return any(answer.checked and answer.end - answer.start == len(text) for answer in ask(name, text))


@cache
def _phones(leniency: int, regions: tuple[str, ...]) -> Any:
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer  # noqa: PLC0415

    return PhoneRecognizer(supported_regions=regions, leniency=leniency)


def phones(text: str, *, valid: bool) -> Iterator[Found]:
    """Yield phone numbers of a short text: valid ones of some regions, or any possible one after a plus."""
    one = _phones(1, PHONE_REGIONS) if valid else _phones(0, ("US",))
    for result in one.analyze(text, ["PHONE_NUMBER"]):
        yield Found(result.start, result.end, "PHONE_NUMBER", checked=valid)


@cache
def _suffixes() -> Any:
    """Return the public suffix list of the package; without URLs and cache it never asks the network."""
    from tldextract import TLDExtract  # noqa: PLC0415

    return TLDExtract(suffix_list_urls=(), cache_dir=None)


def has_public_suffix(domain: str) -> bool:
    """Return whether a domain name ends in a suffix under which names are registered."""
    return bool(_suffixes()(domain).suffix)
