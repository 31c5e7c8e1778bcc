"""Makes texts that hold nothing personal and look as if they did: orders, versions, digests, dates."""

import random
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

Maker = Callable[[random.Random], str]


def digits(rng: random.Random, count: int) -> str:
    """Return a number of so many digits, the first of them not 0."""
    return str(rng.randint(1, 9)) + "".join(str(rng.randint(0, 9)) for _ in range(count - 1))


def _hex(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789abcdef") for _ in range(count))


def _when(rng: random.Random) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(30_000_000))


def _isbn(rng: random.Random) -> str:
    body = "978" + digits(rng, 9)
    check = -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body)) % 10
    return f"{body[:3]}-{body[3]}-{body[4:8]}-{body[8:]}-{check}" if rng.random() < 0.5 else body + str(check)


THINGS: dict[str, Maker] = {
    "order": lambda rng: digits(rng, rng.choice([6, 8, 9, 10, 12, 16])),
    "ref": lambda rng: f"A-{digits(rng, 4)}",
    "ticket": lambda rng: f"KX-{digits(rng, 5)}",
    "dated": lambda rng: f"{_when(rng):%Y%m%d}-{digits(rng, 4)}",
    "invoice": lambda rng: f"INV-{_when(rng):%Y}-{digits(rng, 6)}",
    "sku": lambda rng: "".join(rng.choices("ABCDEFGHKLMNPRSTUVWXYZ", k=3)) + f"-{digits(rng, 4)}-B",
    "parcel": lambda rng: "1Z" + "".join(rng.choices("0123456789ABCDEFGHJK", k=16)),
    "tracking": lambda rng: digits(rng, rng.choice([12, 15, 20, 22])),
    "isbn": _isbn,
    "ean": lambda rng: digits(rng, 13),
    "price": lambda rng: f"{rng.randint(1, 9999):,}.{rng.randint(0, 99):02d}",
    "amount": lambda rng: f"{rng.randint(1000, 9_999_999):,}",
    "date": lambda rng: f"{_when(rng):%Y-%m-%d}",
    "us_date": lambda rng: f"{_when(rng):%m/%d/%Y}",
    "german_date": lambda rng: f"{_when(rng):%d.%m.%Y}",
    "stamp": lambda rng: f"{_when(rng):%Y-%m-%dT%H:%M:%SZ}",
    "millis": lambda rng: str(int(_when(rng).timestamp() * 1000)),
    "nanos": lambda rng: str(int(_when(rng).timestamp()) * 10**9 + rng.randrange(10**9)),
    "time": lambda rng: f"{_when(rng):%H:%M:%S}",
    "version": lambda rng: ".".join(str(rng.randint(0, 40)) for _ in range(rng.choice([2, 3]))),
    "build": lambda rng: ".".join(str(rng.randint(0, 200)) for _ in range(4)),
    "call": lambda rng: f"call_{_hex(rng, 10)}",
    "trace": lambda rng: _hex(rng, 32),
    "span": lambda rng: _hex(rng, 16),
    "sha": lambda rng: _hex(rng, rng.choice([7, 40, 64])),
    "uuid": lambda rng: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    "completion": lambda rng: "chatcmpl-" + "".join(rng.choices("abcdefghijkABCDEFGHIJK0123456789", k=29)),
    "decimal": lambda rng: f"{rng.random():.10f}",
    "place": lambda rng: f"{rng.uniform(-90, 90):.6f}, {rng.uniform(-180, 180):.6f}",
    "percent": lambda rng: f"{rng.uniform(0, 100):.2f}%",
    "score": lambda rng: f"{rng.randint(0, 7)}-{rng.randint(0, 7)} {rng.randint(0, 7)}-{rng.randint(0, 7)}",
    "package": lambda rng: f"{rng.choice(['lodash', '@types/node'])}@{rng.randint(1, 30)}.4.0",
    "page": lambda rng: f"https://docs.example.com/{rng.choice(['guide', 'api', 'faq'])}/{digits(rng, 3)}",
    "file": lambda rng: f"report_{_when(rng):%Y%m%d}_{digits(rng, 6)}.pdf",
    "size": lambda rng: f"{rng.randint(100_000, 99_999_999)} bytes",
    "serial": lambda rng: "".join(rng.choices("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", k=12)),
    "model": lambda rng: f"atlas-{rng.randint(1, 4)}-large-{_when(rng):%Y-%m-%d}",
    "small": lambda rng: str(rng.randint(2, 120)),
    "years": lambda rng: f"{rng.randint(1950, 2000)}-{rng.randint(2001, 2026)}",
}  # fmt: skip
SENTENCES = (
    "Your order {order} was shipped on {date}.", "Order number: {order}, total {price} EUR.",
    "The refund for order {ref} is {price} USD and takes {small} days.",
    "Ticket {ticket} was closed at {stamp}.",
    "Bestellung {dated} vom {german_date}: {small} Artikel, {price} €.", "Rechnung {invoice} ist bezahlt.",
    "Commande n° {order} du {us_date}, montant {price} €.", "El pedido {order} llega el {date}.",
    "Zamówienie {order} z dnia {german_date} wysłano.", "ご注文番号 {order} は {date} に発送されました。",
    "Invoice {invoice} of {us_date} over ${amount}.", "SKU {sku}, EAN {ean}, {small} in stock.",
    "Parcel {parcel}, tracking number {tracking}.", "ISBN {isbn}, {small} pages, {years}.",
    "Upgrade from version {version} to {version}.", "Firmware version {build} fixes it, see {page}.",
    "pip install atlas=={version} and run build {order}.", "Commit {sha} broke test {small}.",
    "request_id={uuid} status=200 duration={decimal}", "trace {trace} span {span}",
    "{call} returned {amount} rows",
    "id: {completion}, finished at {millis}", "ts={nanos} level=info msg=\"done in {decimal} s\"",
    "The warehouse is at {place}.", "Accuracy rose from {percent} to {percent} over {amount} samples.",
    "She won {score} {score} in the final.", "Add {package} to your dependencies.",
    "See {page} (step {small}).",
    "Saved as {file} ({size}).", "Serial {serial}, model {model}.",
    "There are {amount} users in {small} regions.",
    "The meeting is from {time} to {time} on {date}.", "Section {version} of the manual of {years} says so.",
    "Use a page size of {small} and offset {order}.", "You must be at least {small} to enter.",
    "{{\"order_id\": \"{ref}\", \"amount\": {decimal}, \"quantity\": {small}, \"at\": \"{stamp}\"}}",
    "{{\"id\": \"{uuid}\", \"sku\": \"{sku}\", \"price\": {price}, \"created\": {millis}}}",
    "Reservation {serial}, gate {small}, seat {small}C, flight HAT{small}.",
    "Phone order {order} is on its way.",
    "The iPhone {small} costs {amount} won.",
    "Our model {model} has {amount} parameters and a card of {small} pages.",
    "Payment reference {tracking}, batch {order}.", "Case {order}: the account was opened on {date}.",
    "Chapter {small} describes {small} Easy Way of doing it.", "Call function {call} with {order}.",
)  # fmt: skip


def harmless_texts(count: int, seed: int = 1) -> Iterator[str]:
    """Yield so many texts of one to four sentences."""
    rng = random.Random(seed)  # noqa: S311 - texts, no secrets
    for _ in range(count):
        chosen = rng.choices(SENTENCES, k=rng.choice([1, 1, 2, 3, 4]))
        yield " ".join(_filled(sentence, rng) for sentence in chosen)


def _filled(sentence: str, rng: random.Random) -> str:
    class Values(dict[str, str]):
        def __missing__(self, name: str) -> str:
            return THINGS[name](rng)

    return sentence.format_map(Values())
