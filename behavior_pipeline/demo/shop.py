"""The shop of the demo: its goods, places, documents and tools. All of it is made up."""

import random
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

ITEMS = (
    "lamp", "armchair", "kettle", "bookcase", "blanket", "mirror", "toaster", "rug", "stool", "wardrobe",
    "teapot",
    "heater", "cushion", "desk", "fan", "clock", "pan", "bench", "vase", "trolley", "curtain", "mattress",
    "blender",
    "shelf", "footstool", "cabinet", "hammock", "tray", "juicer", "sideboard",
)  # fmt: skip
NAMES = (
    "Alba", "Birk", "Corda", "Dalen", "Elva", "Fjord", "Gava", "Holm", "Iris", "Juno", "Kelda", "Lumo",
    "Mira", "Nova",
    "Orla", "Pira", "Runa", "Sisal", "Tove", "Vela",
)  # fmt: skip
MATERIALS = ("oak", "linen", "steel", "walnut", "ceramic", "wool", "bamboo", "leather", "glass", "cotton")
REGIONS = (
    "Denmark",
    "Austria",
    "Spain",
    "Ireland",
    "Finland",
    "Belgium",
    "Portugal",
    "Estonia",
    "Croatia",
    "Malta",
)
CITIES = ("Leipzig", "Utrecht", "Graz", "Porto", "Aarhus", "Ghent", "Turku", "Cork", "Split", "Tartu")
CARRIERS = ("NordPost", "Velopack", "Cargolin", "Hermelin", "Pontis")
STATUSES = ("in transit", "at the depot", "out for delivery", "delayed", "handed to the driver")
METHODS = ("credit cards", "bank accounts", "gift cards", "wallets")
TEAMS = ("billing", "logistics", "returns", "warranty")
REASONS = ("too_large", "wrong_item", "damaged", "changed_mind")
LOCALES = ("en-GB", "en-US", "en-IE", "en-AU")
LOCALE_WEIGHTS = (46, 30, 16, 8)

TOPIC_OF = {
    "track_parcel": "shipping", "change_order": "shipping", "start_return": "returns",
    "refund_status": "payments",
    "get_invoice": "payments", "handoff": "payments", "product": "product",
}  # fmt: skip
WRONG_TOOL = {
    "track_parcel": "get_invoice", "change_order": "get_invoice", "start_return": "get_invoice",
    "refund_status": "track_parcel", "get_invoice": "start_return",
}  # fmt: skip


def _tool(name: str, description: str, **more: list[str] | None) -> dict[str, Any]:
    properties: dict[str, Any] = {"order_id": {"type": "string"}}
    properties |= {
        key: {"type": "string"} | ({"enum": allowed} if allowed else {}) for key, allowed in more.items()
    }
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "function", "name": name, "description": description, "parameters": parameters}


TOOLS = [
    _tool("track_parcel", "Track a parcel: where it is and which day it arrives."),
    _tool("start_return", "Open a return or an exchange and email the return label.", reason=list(REASONS)),
    _tool("refund_status", "Look up the status of a refund."),
    _tool("get_invoice", "Fetch an invoice or receipt as PDF."),
    _tool("change_order", "Cancel an order or change its delivery address.", change=["cancel", "address"]),
    _tool("handoff", "Hand over to a human agent."),
]
ANSWER_SCHEMA = {
    "type": "object",
    "properties": {
        "answer": {"type": "string", "minLength": 1},
        "order_id": {"type": ["string", "null"]},
        "next_step": {"enum": ["none", "wait", "contact"]},
    },
    "required": ["answer", "order_id", "next_step"],
    "additionalProperties": False,
}

Slots = dict[str, Any]


def slots_of_request(rng: random.Random, today: date) -> Slots:
    """Return what a user knows and names: order, item, dates, a product and where he lives."""
    item = rng.choice(ITEMS)
    return {
        "order": f"A-{rng.randrange(100_000, 1_000_000)}",
        "case": f"K-{rng.randrange(100_000, 1_000_000)}",
        "sku": str(rng.randrange(10_000, 100_000)),
        "item": item,
        "items": item + ("es" if item.endswith(("ch", "s", "x")) else "s"),
        "name": f"{rng.choice(NAMES)} {item}",
        "material": rng.choice(MATERIALS),
        "region": rng.choice(REGIONS),
        "city": rng.choice(CITIES),
        "method": rng.choice(METHODS),
        "amount": f"{rng.randrange(900, 90_000) / 100:.2f}",
        "date": (today - timedelta(days=rng.randrange(3, 21))).isoformat(),
    }


def slots_of_documents(topic: str, slots: Slots) -> Slots:
    """Return the numbers that a document holds: alike for the same region, item or product."""
    about = {"shipping": "region", "returns": "items", "payments": "method", "product": "sku"}[topic]
    return _numbers(topic, slots[about])


@lru_cache(1024)
def _numbers(topic: str, about: str) -> Slots:
    rng = random.Random(f"{topic} {about}")  # noqa: S311 - a shop's rules, no secret
    return {
        "n": rng.randrange(5, 31), "m": rng.randrange(2, 5) if topic == "shipping" else rng.randrange(7,
        15) * 3,
        "p": rng.randrange(5, 26), "fee": f"{rng.randrange(2, 15)}.{rng.choice((25, 45, 90))}",
        "free": rng.randrange(4, 20) * 10, "w": rng.randrange(31, 120), "h": rng.randrange(121, 210),
        "kg": rng.randrange(3, 30), "load": rng.randrange(32, 190), "y": rng.randrange(2, 7) * 12,
    }  # fmt: skip


def tool_arguments(tool: str, slots: Slots, rng: random.Random) -> dict[str, str]:
    """Return arguments that fit the tool's schema."""
    more = {
        "start_return": {"reason": rng.choice(REASONS)},
        "change_order": {"change": rng.choice(("cancel", "address"))},
    }
    return {"order_id": slots["order"], **more.get(tool, {})}


def tool_result(tool: str, slots: Slots, rng: random.Random, *, today: date) -> Slots:
    """Return what a tool answers; its values are slots of the sentences that tell it."""
    order = {"order_id": slots["order"]}
    ahead = tool == "track_parcel"
    day = (today + timedelta(days=rng.randrange(1, 9) if ahead else -rng.randrange(8))).isoformat()
    number = rng.randrange(10_000, 100_000)
    results: dict[str, Slots] = {
        "track_parcel": {
            "status": rng.choice(STATUSES), "carrier": rng.choice(CARRIERS), "expected": day,
            "city": rng.choice(CITIES),
        },
        "start_return": {"return_id": f"R-{number}", "label": "sent", "state": "open",
        "drop_off": rng.choice(CARRIERS)},
        "refund_status": {"refund": f"{rng.randrange(900, 60_000) / 100:.2f}", "currency": "EUR",
        "approved": day},
        "get_invoice": {"invoice": f"INV-{number}", "total": f"{rng.randrange(900, 60_000) / 100:.2f}",
        "currency": "EUR"},
        "change_order": {"change": "confirmed", "confirmed": day, "reference": f"C-{number}"},
        "handoff": {"ticket": f"T-{number}", "queue": rng.choice(TEAMS), "waiting_minutes": rng.randrange(2,
        40)},
    }  # fmt: skip
    return order | results[tool]


def slots_of_result(result: Slots) -> Slots:
    """Return a result under the slot names of the sentences."""
    day = result.get("expected") or result.get("approved") or result.get("confirmed")
    named = {
        "order": result["order_id"], "date": day, "amount": result.get("refund") or result.get("total"),
        "carrier": result.get("carrier") or result.get("drop_off"), "team": result.get("queue"),
        "reference": result.get("ticket") or result.get("reference"),
        "minutes": result.get("waiting_minutes"),
    }  # fmt: skip
    return result | {key: value for key, value in named.items() if value is not None}
