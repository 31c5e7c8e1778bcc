"""Words that say what a number is, or that it is nobody's: what stands near it, in many languages."""

import re
from dataclasses import dataclass
from functools import cached_property

BEFORE, AFTER = 48, 24
SENTENCE = re.compile(r"(?i)(?<!\btel)(?<!\bmob)(?<!\bph)(?<!\bno)(?<!\bnr)[.!?。\uff01\uff1f](?=\s)")
CLAUSE = re.compile(r"[.!?;。](?=\s|$)|\n")


@dataclass(frozen=True)
class Words:
    """Terms in small letters. One begins where a word does and ends where one does, or anywhere with a `*`.

    Terms with `~` before them stand in scripts that do not part words.
    """

    terms: tuple[str, ...]

    def stand_in(self, window: str) -> bool:
        """Return whether one of the terms stands in a text of small letters."""
        for bare, term in self._bare:  # noqa: SIM110 - called for every number: a generator takes twice as long
            if bare in window and _stands(bare, term, window):
                return True
        return False

    @cached_property
    def _bare(self) -> tuple[tuple[str, str], ...]:
        return tuple((term.strip("*~"), term) for term in self.terms)


def _stands(bare: str, term: str, window: str) -> bool:
    place = window.find(bare)
    while place >= 0:
        end = place + len(bare)
        begins = term[0] == "~" or not window[place - 1 : place].isalpha()
        if begins and (term[0] == "~" or term[-1] == "*" or not window[end : end + 1].isalpha()):
            return True
        place = window.find(bare, place + 1)
    return False


def words(text: str) -> Words:
    """Return the terms of a text, which stand between bars."""
    return Words(tuple(term.strip() for term in text.replace("\n", " ").split("|")))


PHONE = words(
    """phone|telephone*|cellphone|mobile|cell|whatsapp*|fax|sms|hotline|tel|call me|call us|call him|call her
    |call them|my number|reach me|reach us|reach him|reach her|text me|contact me|contact us|ring me|dial
    |handy|handynummer|mobilnummer|rufnummer|telefon*|tlf|téléphone*|teléfono*|móvil|celular*|cellulare|telefone|komórk*
    |numer tel*    |телефон*|~電話|~电话|~手机|~전화|~โทร|~هاتف"""
)
CARD = words(
    """card|cards|credit|debit|visa|mastercard|amex|american express|maestro|diners|jcb|kreditkarte*|karte*
    |carte|tarjeta*|carta di|cartão|karta|karty|kartę|карт*|~信用卡|~卡号|~カード|~카드"""
)
SOCIAL = words("social security|ssn|ssns|social sec")
LICENSE = words(
    """driver license*|driver's license*|drivers license*|driver licence*|driver's licence*|drivers licence*
    |driving license*|driving licence*|führerschein*|permis de conduire|patente di guida|carnet de conducir
    |licencia de conducir|prawo jazdy|prawa jazdy|rijbewijs*|dl number|dl no"""
)
PASSPORT = words(
    """passport*|reisepass*|passeport*|pasaporte*|passaporto*|paszport*|paspoort*|passaporte*|паспорт*|~护照|~護照
    |~パスポート|~여권"""
)
BANK = words(
    """bank account*|checking account*|savings account*|chequing account*|bank acct|kontonummer*
    |compte bancaire|cuenta bancaria|conto corrente|rachunek bank*|rachunku bank*|~銀行口座|~银行账"""
)
BIRTH = words(
    """born|birth*|dob|d.o.b|geboren*|geburt*|naissance|né|née|nacimiento|nacido|nacida|nascita|nato il
    |nata il|nascimento|urodz*|född*|geboorte*|рожд*|~出生|~生年月日|~생년월일"""
)
WHOSE = Words(PHONE.terms + SOCIAL.terms + LICENSE.terms + PASSPORT.terms + BANK.terms + BIRTH.terms)
CPF, BSN, AHV = words("cpf"), words("bsn|burgerservicenummer|sofinummer"), words("ahv|avs|ahv-nummer")
NIR = words("nir|sécurité sociale|insee|numéro de sécu*")
# What makes a number an amount, and what makes four numbers a version or a section.
AMOUNT = re.compile(
    r" ?(?:[€$£¥%]|(?:eur|usd|gbp|zł|kr|won|yen|mah|[kmg]b|ms|px|km|kg|bytes|tokens|users)\b)", re.IGNORECASE
)
VERSION = re.compile(
    r"(?:\bver(?:sion|s)?\.?|(?<![a-z])v|\b(?:release|build|firmware|rev(?:ision)?|driver|section|chapter|clause"
    r"|article|figure|table|step)|§|[a-z]/|[=<>~^]=?|@)$",
    re.IGNORECASE,
)
PART = re.compile(r"[^\W_][\-_/]")
# Numbers of things: "phone order 12345678" names no phone.
THING = re.compile(
    r"(?:(?:order|ticket|invoice|case|ref(?:erence)?|tracking|sku|item|product|part|serial|booking|reservation"
    r"|confirmation|transaction|request|claim|build|isbn|ean|upc|model|version|imei|id|session|job|batch|lot"
    r"|offset|shipment|parcel|bestellung|auftrag|rechnung|artikel|vorgang|commande|facture|pedido|factura|ordine"
    r"|zamówieni\w+)(?:s|en|\w?nummer)?[\s_.:#=\"'-]*(?:number|nr|no|num|n°|id|code|is|#|№)?[\s_.:#=\"'-]*"
    r"|(?:#|№|[$€£¥]\s?)|(?:注文番号|注文|订单号?|訂單|주문 ?번호?)[\s:\uff1a]*)$",
    re.IGNORECASE,
)


def near(view: str, start: int, end: int, *, label: str, group: Words, same_sentence: bool = False) -> bool:
    """Return whether a word of the group stands before a place, in its clause after it, or is said of it."""
    before = view[max(0, start - BEFORE) : start]
    if same_sentence:
        before = SENTENCE.split(before)[-1]
    after = view[end : end + AFTER]
    if (clause := CLAUSE.search(after)) is not None:
        after = after[: clause.start()]
    window = f"{label} {before} {after}".lower()
    return group.stand_in(window.replace("_", " ").replace("\u2019", "'"))


def is_part(view: str, start: int) -> bool:
    """Return whether a number goes on a longer name: INV-2026-600709, gift_card_5634230."""
    return PART.search(view, max(0, start - 2), start) is not None


def is_thing(view: str, start: int, *, label: str) -> bool:
    """Return whether the words before a number say that it numbers a thing."""
    before = f"{label} {view[:start]}" if start < BEFORE else view[start - BEFORE : start]
    return THING.search(before) is not None
