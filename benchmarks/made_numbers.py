"""Makes numbers in forms that people and programs write: fixed before the recognisers changed.

Cards split by all kinds of signs or over parts of a message, IBANs in small letters, numbers announced in
other languages, definitions of tools with values in them; and, for false hits, numbers of things announced in
the same languages.
"""
# ruff: noqa: E501 - one text a line

import json
import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

A_KIND = 25
DIGITS = "0123456789"


class Numbered(NamedTuple):
    """A made number: its kind, the column of the row, that column's content, and the pieces that must go."""

    kind: str
    column: str
    content: str
    values: tuple[str, ...]


def _some(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(DIGITS, k=count))


def _luhn(digits: str) -> int:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10


def card(rng: random.Random) -> str:
    """Return a number of sixteen digits of one of the large issuers."""
    head = rng.choice(("4", "51", "53", "55", "2221", "2720", "6011", "65"))
    body = head + _some(rng, 15 - len(head))
    return next(body + digit for digit in DIGITS if _luhn(body + digit) == 0)


def iban(rng: random.Random) -> str:
    """Return an IBAN of a country whose account numbers are digits alone."""
    country, length = rng.choice((("DE", 18), ("ES", 20), ("PL", 24), ("AT", 16), ("PT", 21), ("BE", 12)))
    account = _some(rng, length)
    number = int(account + "".join(str(ord(letter) - 55) for letter in country) + "00")
    return f"{country}{98 - number % 97:02}{account}"


def _fours(text: str) -> list[str]:
    return [text[start : start + 4] for start in range(0, len(text), 4)]


def _user(*texts: str) -> str:
    return json.dumps([{"role": "user", "parts": [{"type": "text", "content": text} for text in texts]}])


def split_card(rng: random.Random) -> Numbered:
    """Return a card with signs between its digits that are no spaces or dashes."""
    number = card(rng)
    sign = rng.choice(("\n", "\t", "_", "  ", " - ", "\r\n", " / ", "."))
    text = rng.choice(
        (sign.join(_fours(number)), " ".join(number), "-".join(number), sign.join(_fours(number)))
    )
    content = rng.choice((f"Please charge {text} today.", f"card:\n{text}\nthanks", f"my card is {text}"))
    return Numbered("split_card", "input_messages", _user(content), (text,))


def card_in_json(rng: random.Random) -> Numbered:
    """Return a card as numbers of JSON: whole, as a float, or in a list of four."""
    groups = ["0"]
    while any(four.startswith("0") for four in groups):
        groups = _fours(card(rng))
    number = "".join(groups)
    value: object = rng.choice((int(number), float(number), [int(four) for four in groups], groups))
    text = json.dumps(value)
    column = rng.choice(("tool_arguments", "tool_result"))
    return Numbered("card_in_json", column, json.dumps({"number": value}), (text,))


def parted_card(rng: random.Random) -> Numbered:
    """Return a card over two or three parts of a message."""
    number = card(rng)
    groups = _fours(number)
    cut = rng.randint(1, 3)
    first, second = rng.choice((
        (" ".join(groups[:cut]), " ".join(groups[cut:])), (number[: cut * 4 + 2], number[cut * 4 + 2 :]),
        (" ".join(groups[:cut]) + " ", " ".join(groups[cut:])),
    ))  # fmt: skip
    parts = (f"Charge my card {first}", f"{second} please.")
    return Numbered("parted_card", "input_messages", _user(*parts), (first, second))


def small_iban(rng: random.Random) -> Numbered:
    """Return an IBAN in small letters, in one word or in groups."""
    number = iban(rng).lower()
    text = rng.choice((number, " ".join(_fours(number)), number))
    content = rng.choice((f"send it to {text} please", f"iban: {text}", f"meine iban lautet {text}."))
    return Numbered("small_iban", "input_messages", _user(content), (text,))


def announced(rng: random.Random) -> Numbered:
    """Return a number without a form of its own that words of another language announce."""
    number = rng.choice((_some(rng, 9), _some(rng, 10), _some(rng, 8)))
    number = str(rng.randint(1, 9)) + number[1:]
    word = rng.choice((
        "Meine Reisepassnummer ist {}", "Führerscheinnummer: {}", "Kontonummer {}", "Telefonnummer: {}",
        "mein Personalausweis: {}", "Rufnummer {}", "Numéro de passeport : {}", "numéro de compte bancaire {}",
        "n° de téléphone {}", "mon permis de conduire est le {}", "número de cuenta bancaria: {}",
        "pasaporte número {}", "mi número de teléfono es {}", "numero di conto corrente {}",
        "numero di passaporto: {}", "il mio numero di telefono è {}", "número do passaporte {}",
        "conta bancária: {}", "telemóvel {}", "paspoortnummer {}", "rekeningnummer: {}", "telefoonnummer {}",
        "numer paszportu {}", "numer konta: {}", "numer rachunku bankowego {}", "numer dowodu osobistego: {}",
    ))  # fmt: skip
    return Numbered("announced", "input_messages", _user(f"Guten Tag. {word.format(number)}."), (number,))


def announced_checked(rng: random.Random) -> Numbered:
    """Return a card of thirteen to nineteen digits, or a tax number, that other languages announce."""
    if rng.random() < 0.5:
        length = rng.choice((13, 14, 17, 18, 19))
        body = "63" + _some(rng, length - 3)
        number = next(body + digit for digit in DIGITS if _luhn(body + digit) == 0)
        word = rng.choice((
            "Kartennummer: {}", "Meine Kreditkartennummer lautet {}", "numéro de carte : {}", "carte bancaire {}",
            "número de tarjeta: {}", "numero della carta {}", "número do cartão {}", "kaartnummer: {}",
            "numer karty {}",
        ))  # fmt: skip
    else:
        number, word = german_tax_id(rng), rng.choice(("Steuer-ID: {}", "Meine Steueridentifikationsnummer ist {}",
                                                       "Steuer-Identifikationsnummer {}", "IdNr. {}"))  # fmt: skip
    return Numbered("announced_checked", "input_messages", _user(word.format(number)), (number,))


def german_tax_id(rng: random.Random) -> str:
    """Return a German tax number: ten digits of which one comes twice, and the one that ISO 7064 asks for."""
    digits = rng.sample(DIGITS, 9)
    while digits[0] == "0":
        rng.shuffle(digits)
    body = digits[:1] + rng.sample([*digits[1:], rng.choice(digits)], 9)
    product = 10
    for digit in body:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return "".join(body) + str((11 - product) % 10)


def in_definition(rng: random.Random) -> Numbered:
    """Return a card in a tool definition: in a value's place, or very deep."""
    number = card(rng)
    schema: dict[str, object] = rng.choice((
        {"enum": [number, "none"]}, {"const": number}, {"$comment": f"e.g. {number}"}, {"default": {"n": number}},
        {"examples": [{"n": number}]}, {"default": number}, {"description": number},
    ))  # fmt: skip
    deep: object = {"type": "object", "properties": {"n": schema}}
    for _ in range(rng.choice((0, 0, 70, 120))):
        deep = {"type": "object", "properties": {"a": deep}}
    definitions = [{"type": "function", "name": "pay", "parameters": deep}]
    return Numbered("in_definition", "tool_definitions", json.dumps(definitions), (number,))


KINDS: dict[str, Callable[[random.Random], Numbered]] = {
    "split_card": split_card, "card_in_json": card_in_json, "parted_card": parted_card, "small_iban": small_iban,
    "announced": announced, "announced_checked": announced_checked, "in_definition": in_definition,
}  # fmt: skip


def made_numbers(seed: int = 1) -> Iterator[Numbered]:
    """Yield 25 numbers of each kind."""
    rng = random.Random(seed)  # noqa: S311 - numbers, no secrets
    for make in KINDS.values():
        for _ in range(A_KIND):
            yield make(rng)


THINGS = (
    "Bestellnummer: {}", "Rechnung Nr. {}", "Artikelnummer {}", "Sendungsnummer {}", "Vorgang {} ist offen",
    "numéro de commande : {}", "facture n° {}", "référence {}", "número de pedido: {}", "factura {}", "código {}",
    "numero d'ordine {}", "fattura {}", "numero di serie: {}", "número da encomenda {}", "fatura {}",
    "bestelnummer {}", "factuurnummer: {}", "numer zamówienia {}", "faktura nr {}", "numer seryjny {}",
    "Die Karte zeigt {} Orte", "la carte des vins compte {} bouteilles", "la tarjeta gráfica tiene {} núcleos",
    "karta graficzna {} rdzeni", "Zeilen: {}\n{}\n{}\n{}", "a\tb\tc\n{}\t{}\t{}\n{}\t{}\t{}", "ids: {}_{}_{}",
    "rows [{}, {}, {}, {}]", "{{\"values\": [{}, {}, {}]}}", "x = {} - {} - {}", "de{}ad{}be", "commit de{}",
    "Konto seit 2019, {} Buchungen", "mein Telefon hat {} MB", "compte créé, {} points", "{} / {} / {} tests",
)  # fmt: skip


def harmless_numbers(count: int, seed: int = 1) -> Iterator[str]:
    """Yield so many texts with numbers of things, announced in several languages."""
    rng = random.Random(seed)  # noqa: S311 - texts, no secrets
    for _ in range(count):
        text = rng.choice(THINGS)
        many = text.count("{}") - text.count("{{}}")
        lengths = (4, 4, 5, 8, 10, 12) if many > 1 else (5, 8, 9, 10, 12, 14)
        numbers = [str(rng.randint(1, 9)) + _some(rng, rng.choice(lengths) - 1) for _ in range(many)]
        yield text.format(*numbers)
