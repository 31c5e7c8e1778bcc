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
    """phone|telephone*|cellphone|mobile|cell|whatsapp*|fax|sms|hotline|tel|call me|call us|call him
    |call her|call them|my number|reach me|reach us|reach him|reach her|text me|contact me
    |contact us|ring me|dial|handy|handynummer|mobilnummer|rufnummer|telefon*|tlf|téléphone*
    |teléfono*|móvil|celular*|cellulare|telefone|komórk*|telefoon*|mobiel*|gsm|gsm-nummer|rufnummer*
    |telemóvel*|telemovel*|numéro de portable|mon portable|numer tel*|numer kom*|nr tel*
    |telefonszám*|puhelin*|телефон*|~電話|~电话|~手机|~전화|~โทร|~هاتف"""
)
# The word for a card also names maps, menus and parts of computers: most languages need a second one.
CARD = words(
    """card|cards|credit|debit|visa|mastercard|amex|american express|maestro|diners|jcb|kreditkart*
    |bankkarte*|girokarte*|ec-karte*|kartennummer*|karten-nr*|kartennr*|kartennr|meine karte
    |karte ist|karte lautet|karte:|carte bancaire*|carte bleue|carte de crédit|carte de débit
    |numéro de carte|numéro de la carte|numéro de ma carte|n° de carte|ma carte|carte n°
    |tarjeta de crédito|tarjeta de débito|número de tarjeta|número de la tarjeta
    |número de mi tarjeta|mi tarjeta|tarjeta número|tarjeta:|carta di credito|carta di debito
    |numero di carta|numero della carta|mia carta|cartão*|creditcard*|kaartnummer*|bankpas*
    |pasnummer*|mijn kaart|karty kredytow*|karta kredytow*|kartą kredytow*|numer karty|nr karty
    |numer mojej karty|moja karta|karty płatnicz*|номер карт*|карта:|карты:|моя карта|kortnummer*
    |kreditkort*|~信用卡|~卡号|~カード|~카드"""
)
SOCIAL = words("social security|ssn|ssns|social sec")
LICENSE = words(
    """driver license*|driver's license*|drivers license*|driver licence*|driver's licence*
    |drivers licence*|driving license*|driving licence*|führerschein*|permis de conduire
    |patente di guida|carnet de conducir|licencia de conducir|prawo jazdy|prawa jazdy|rijbewijs*
    |dl number|dl no"""
)
PASSPORT = words(
    """passport*|reisepass*|passeport*|pasaporte*|passaporto*|paszport*|paspoort*|passaporte*
    |паспорт*|~护照|~護照|~パスポート|~여권"""
)
BANK = words(
    """bank account*|checking account*|savings account*|chequing account*|bank acct|kontonummer*
    |kontonr*|konto-nr*|bankverbindung*|compte bancaire*|numéro de compte|n° de compte
    |cuenta bancaria|número de cuenta|numero de cuenta|conto corrente|conto bancario|numero di conto
    |conta bancária|conta corrente|número da conta|número de conta|rekeningnummer*|bankrekening*
    |rachunek bank*|rachunku bank*|numer konta|numer rachunku|nr konta|~銀行口座|~银行账"""
)
IDENTITY = words(
    """identity card|id card number|national id number|personalausweis*|ausweisnummer*|ausweisnr*
    |carte d'identité|carte nationale d'identité|documento de identidad|cédula de identidad|dni
    |carta d'identità|cartão de cidadão|bilhete de identidade|identiteitskaart*|dowód osobist*
    |dowodu osobist*|dowodem osobist*"""
)
TAX = words(
    """tax id|tax number|taxpayer*|steuer-id*|steuer id*|steueridentifikation*
    |steuer-identifikation*|steuernummer*|steuer-nr*|idnr|numéro fiscal|identification fiscale
    |numéro d'impôt|identificación fiscal|número fiscal|codice fiscale|contribuinte|belastingnummer*
    |numer nip|nip"""
)
BIRTH = words(
    """born|birth*|dob|d.o.b|geboren*|geburt*|naissance|né|née|nacimiento|nacido|nacida|nascita
    |nato il|nata il|nascimento|urodz*|född*|geboorte*|рожд*|~出生|~生年月日|~생년월일"""
)
WHOSE = Words(
    tuple(
        term
        for group in (PHONE, SOCIAL, LICENSE, PASSPORT, BANK, BIRTH, IDENTITY, TAX)
        for term in group.terms
    )
)
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
    r"|confirmation|transaction|request|claim|build|isbn|ean|upc|model|version|imei"
    r"|(?<!steuer-)(?<!steuer )id(?!nr)|session|job|batch|lot"
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
