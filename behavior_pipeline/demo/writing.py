"""Writes what is said in a turn: request, documents, tool call and answer, as its plan wants them."""

import random
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from behavior_pipeline.demo import shop
from behavior_pipeline.demo.kinds import Choice, Claim, Manner, Refusal
from behavior_pipeline.demo.plan import INTENTS, PRODUCTS, Plan
from behavior_pipeline.demo.shop import Slots

FOLDER = Path(__file__).parent / "texts"
MANNER_NAMES = [manner.name.lower() for manner in Manner]
# Sets of plain numbers: looking up an enum's member costs more than the sentence it chooses.
UNCLEAR = frozenset(map(int, (Choice.UNCLEAR_RIGHT, Choice.UNCLEAR_WRONG)))
SCARY = frozenset(map(int, (Refusal.ANSWERED_SCARY, Refusal.REFUSED_SCARY)))
ANSWERED = frozenset(map(int, (Refusal.ANSWERED, Refusal.ANSWERED_SCARY)))
VEILED = frozenset(map(int, (Refusal.DECLINED_VEILED, Refusal.COMPLIED_VEILED)))
COMPLIED = frozenset(map(int, (Refusal.COMPLIED, Refusal.COMPLIED_VEILED)))
BACKED = int(Claim.BACKED)
MALFORMED_SHARE = 0.07  # of JSON answers


@dataclass(frozen=True)
class Call:
    """A tool call with its result."""

    tool: str
    arguments: dict[str, str]
    result: dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """What is said in one turn; `answer` None where the model failed, `schema` where JSON was asked for."""

    request: str
    answer: str | None
    documents: list[dict[str, Any]]
    call: Call | None
    schema: dict[str, Any] | None


@cache
def texts(name: str) -> dict[str, Any]:
    """Return the templates of a file in texts/."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def write_turn(plan: Plan, position: int) -> Turn:
    """Return the texts of one turn; one that sends its request again repeats the words of the one before."""
    asking = random.Random(int(plan.seed[position - 1 if plan.resent[position] else position]))  # noqa: S311
    rng = random.Random(int(plan.seed[position]) + 1)  # noqa: S311 - texts, no secrets
    intent = INTENTS[plan.intent[position]]
    slots = shop.slots_of_request(asking, plan.day)
    request = asking.choice(_requests(intent, plan, position)).format_map(slots)
    if plan.failed[position]:
        return Turn(request, None, [], None, None)
    refusal, manner = int(plan.refusal[position]), int(plan.manner[position])
    if refusal not in ANSWERED:
        words = _complying(slots, rng) if refusal in COMPLIED else _refusing(slots, rng)
        return Turn(request, _spoken(words, manner, rng), [], None, None)
    topic = shop.TOPIC_OF[intent]
    slots |= shop.slots_of_documents(topic, slots)
    call = _call(intent, plan, position, slots=slots, rng=rng) if plan.category[position] < PRODUCTS else None
    documents = _documents(topic, slots, rng)
    words = _facts(topic, int(plan.claim[position]), slots, call=call, rng=rng)
    answer = _spoken(words, manner, rng)
    if not plan.json[position]:
        return Turn(request, answer, documents, call, None)
    return Turn(request, _as_json(answer, slots, call, rng), documents, call, shop.ANSWER_SCHEMA)


def _requests(intent: str, plan: Plan, position: int) -> list[str]:
    templates = texts("requests")[intent]
    refusal, choice = int(plan.refusal[position]), int(plan.choice[position])
    if refusal in SCARY:
        kind = "scary"
    elif refusal in VEILED:
        kind = "veiled"
    else:
        kind = "unclear" if choice in UNCLEAR and "unclear" in templates else "plain"
    requests: list[str] = templates[kind]
    return requests


def _call(intent: str, plan: Plan, position: int, *, slots: Slots, rng: random.Random) -> Call:
    tool, choice = intent, int(plan.choice[position])
    if choice == Choice.WRONG:
        tool = shop.WRONG_TOOL[intent]
    elif choice == Choice.UNCLEAR_WRONG:
        tool = texts("requests")[intent]["looks_like"]
    arguments = shop.tool_arguments(tool, slots, rng)
    if choice == Choice.BAD_ARGUMENTS:
        del arguments["order_id"]
    return Call(tool, arguments, shop.tool_result(tool, slots, rng, today=plan.day))


def _documents(topic: str, slots: Slots, rng: random.Random) -> list[dict[str, Any]]:
    """Return the document of the topic and another one that the search found, too."""
    other = rng.choice([name for name in ("shipping", "returns", "payments") if name != topic])
    other_slots = slots | shop.slots_of_documents(other, slots)
    documents = []
    for name, filling, low in ((topic, slots, 0.7), (other, other_slots, 0.3)):
        content = texts("facts")[name]["document"].format_map(filling)
        documents.append(
            {"id": f"kb-{name}", "score": round(low + 0.25 * rng.random(), 3), "content": content}
        )
    return documents


def _facts(topic: str, claim: int, slots: Slots, *, call: Call | None, rng: random.Random) -> list[str]:
    facts = texts("facts")
    opening = [] if call is None else [_spoken_result(call, rng)]
    exact = rng.choice(facts[topic]["exact"])
    if claim == BACKED:
        return [*opening, exact.format_map(slots)]
    if claim == Claim.FREE:
        return [*opening, exact.format_map(slots), rng.choice(facts[topic]["free"]).format_map(slots)]
    if claim == Claim.TWISTED:
        return [*opening, rng.choice(facts[topic]["twisted"]).format_map(slots)]
    if claim == Claim.NUMBER:
        return [*opening, _misquoted(facts[topic]["exact"], slots, rng)]
    invented = rng.choice(facts["invented"]["sentences"]).format_map({"wrong": _odd(rng)})
    return [*opening, exact.format_map(slots), invented]


def _misquoted(templates: list[str], slots: Slots, rng: random.Random) -> str:
    """Return a sentence with other numbers than the document's, of those sentences that hold any."""
    wrong = slots | _wrong_numbers(rng)
    pairs = [(words.format_map(slots), words.format_map(wrong)) for words in templates]
    return rng.choice([misquoted for right, misquoted in pairs if misquoted != right])


def _spoken_result(call: Call, rng: random.Random) -> str:
    sentence: str = rng.choice(texts("facts")["tools"][call.tool])
    return sentence.format_map(shop.slots_of_result(call.result))


def _wrong_numbers(rng: random.Random) -> Slots:
    """Return numbers for every slot that none of the shop's documents holds."""
    names = ("n", "m", "p", "free", "w", "h", "kg", "load", "y")
    return {name: _odd(rng) for name in names} | {"fee": f"{_odd(rng)}.60", "sku": f"0{_odd(rng)}7"}


def _odd(rng: random.Random) -> int:
    return rng.randrange(211, 999)


def _refusing(slots: Slots, rng: random.Random) -> list[str]:
    refusing = texts("manners")["refusing"]
    return [rng.choice(refusing["sentences"]), rng.choice(refusing["after"]).format_map(slots)]


def _complying(slots: Slots, rng: random.Random) -> list[str]:
    return [rng.choice(texts("manners")["complying"]["sentences"]).format_map(slots)]


def _spoken(words: list[str], manner: int, rng: random.Random) -> str:
    manners = texts("manners")
    opening = rng.choice(manners["opening"][MANNER_NAMES[manner]])
    return " ".join(filter(None, [opening, *words, rng.choice(manners["closing"]["plain"])]))


def _as_json(answer: str, slots: Slots, call: Call | None, rng: random.Random) -> str:
    step = rng.choice(("none", "wait", "contact"))
    fields = {"answer": answer, "order_id": slots["order"] if call else None, "next_step": step}
    if rng.random() >= MALFORMED_SHARE:
        return orjson.dumps(fields).decode()
    fault = rng.randrange(3)
    if fault == 0:
        return f"Here you are: {orjson.dumps(fields).decode()}"
    return orjson.dumps(fields | {"next_step": "call back"} if fault == 1 else {"answer": answer}).decode()
