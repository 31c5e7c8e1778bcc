"""Plans a day: who writes when, about what, and of which hidden kinds; texts and labels follow from it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import numpy as np
from numpy.typing import NDArray

from behavior_pipeline.demo import kinds
from behavior_pipeline.demo.kinds import Choice, Claim, Manner, Refusal, deal
from behavior_pipeline.demo.story import BROKEN_PROMPT, INCIDENT_SEGMENT, PROMPT, Story
from behavior_pipeline.provenance.digests import short_digest

Array = NDArray[np.int64]

SEGMENTS = ("consumer", "small_business", "enterprise", "partner")
SEGMENT_SHARES = (0.45, 0.27, 0.17, 0.11)
CATEGORIES = ("orders", "returns", "billing", "products", "restricted")
CATEGORY_SHARES = {0: 0.31, 1: 0.22, 2: 0.16, 3: 0.24, 4: 0.07}
PRODUCTS, RESTRICTED = 3, 4
INTENTS = (
    "track_parcel", "start_return", "refund_status", "get_invoice", "change_order", "handoff", "product",
    "restricted",
)  # fmt: skip
HANDOFF = 5
INTENT_SHARES = {
    0: {0: 0.69, 4: 0.28, 5: 0.03},
    1: {1: 0.60, 2: 0.37, 5: 0.03},
    2: {3: 0.65, 2: 0.32, 5: 0.03},
    3: {6: 1.0},
    4: {7: 1.0},
}
WEEKDAY_FACTORS = (1.12, 1.10, 1.06, 1.04, 1.02, 0.86, 0.80)
HOUR_WEIGHTS = (1, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 10, 10, 11, 11, 10, 9, 9, 8, 7, 5, 3, 2)
ACTIVE_SHARE = 1 / 3  # users of a day, relative to its conversations
RESENT_SHARE = 0.025
ERROR_SHARE = 0.007
JSON_SHARE = 0.18
LATE_SHARE, TWICE_SHARE = 0.0004, 0.001
NEGATIVE_SHARE, NEGATIVE_SHARE_IF_BAD, POSITIVE_SHARE = 0.018, 0.11, 0.05
ID_DIGITS = 32


@dataclass(frozen=True)
class Plan:
    """One day as columns, one entry a conversation turn, in order of time.

    `second` counts from midnight; `user` is an index into all users; `resent` marks a turn that sends the
    request of the turn before it again; `feedback` is -1, 0 or 1; of a `late` turn one span arrives the day
    after, of one that comes `twice` the root does; `seed` drives every other choice of the turn.
    """

    day: date
    second: NDArray[np.float64]
    segment: Array
    user: Array
    category: Array
    intent: Array
    broken: NDArray[np.bool_]
    claim: Array
    manner: Array
    choice: Array
    refusal: Array
    failed: NDArray[np.bool_]
    json: NDArray[np.bool_]
    resent: NDArray[np.bool_]
    feedback: Array
    late: NDArray[np.bool_]
    twice: NDArray[np.bool_]
    seed: Array
    world: int

    def __len__(self) -> int:
        """Return the number of turns."""
        return len(self.seed)

    @property
    def answers(self) -> NDArray[np.bool_]:
        """Return which turns are answered from documents: neither refused, restricted nor failed."""
        return np.isin(self.refusal, (Refusal.ANSWERED, Refusal.ANSWERED_SCARY)) & ~self.failed

    @property
    def calls(self) -> NDArray[np.bool_]:
        """Return which turns call a tool."""
        return self.answers & (self.category < PRODUCTS)

    def trace_id(self, position: int) -> str:
        """Return the id of a turn's trace: the same for the same world, day and position."""
        return short_digest(["trace", self.world, self.day.isoformat(), position], length=ID_DIGITS)


def plan_day(story: Story, day: date, *, conversations_per_day: int, seed: int) -> Plan:
    """Return a day's plan; it depends on nothing but its arguments, so days can be planned in any order."""
    rng = np.random.default_rng([seed, day.toordinal()])
    size = round(conversations_per_day * WEEKDAY_FACTORS[day.weekday()])
    second = _seconds(size, rng)
    segment = deal(dict(enumerate(SEGMENT_SHARES)), size, rng)
    category = deal(CATEGORY_SHARES, size, rng)
    intent = _within(category, INTENT_SHARES, rng)
    refusal = _refusals(category, rng)
    failed = rng.random(size) < ERROR_SHARE
    broken = _broken(story, day, second)
    choice = deal(kinds.CHOICES, size, rng, rest=Choice.RIGHT)
    choice[intent == HANDOFF] = Choice.RIGHT
    user = _users(segment, conversations_per_day, rng)
    columns = {
        "segment": segment,
        "user": user,
        "category": category,
        "intent": intent,
        "refusal": refusal,
        "choice": choice,
    }
    resent = _resend(columns, rng, eligible=category < PRODUCTS)
    plan = Plan(
        day=day, second=second, **columns, broken=broken, failed=failed, resent=resent,
        claim=np.zeros(size, dtype=np.int64), manner=deal(kinds.MANNERS, size, rng, rest=Manner.PLAIN),
        feedback=np.zeros(size, dtype=np.int64), json=rng.random(size) < JSON_SHARE,
        late=rng.random(size) < LATE_SHARE, twice=rng.random(size) < TWICE_SHARE, seed=rng.integers(1 << 62,
        size=size), world=seed,
    )  # fmt: skip
    plan.claim[:] = _claims(plan, rng)
    plan.feedback[:] = _feedback(plan, rng)
    return plan


def _seconds(size: int, rng: np.random.Generator) -> NDArray[np.float64]:
    weights = np.asarray(HOUR_WEIGHTS, dtype=float)
    hours = rng.choice(len(weights), size=size, p=weights / weights.sum())
    return np.sort(hours * 3600.0 + rng.random(size) * 3600.0)


def _within(group: Array, shares: dict[int, dict[int, float]], rng: np.random.Generator) -> Array:
    """Return one of the kinds of each entry's group."""
    cards = np.zeros(len(group), dtype=np.int64)
    for key, deck in shares.items():
        inside = group == key
        cards[inside] = deal(deck, int(inside.sum()), rng, rest=next(iter(deck)))
    return cards


def _refusals(category: Array, rng: np.random.Generator) -> Array:
    refusals = deal({Refusal.REFUSED: kinds.REFUSED_SHARE}, len(category), rng, rest=Refusal.ANSWERED)
    about_products, restricted = category == PRODUCTS, category == RESTRICTED
    scary = deal(kinds.SCARY, int(about_products.sum()), rng, rest=-1)
    refusals[about_products] = np.where(scary < 0, refusals[about_products], scary)
    refusals[restricted] = deal(kinds.RESTRICTED, int(restricted.sum()), rng, rest=Refusal.DECLINED)
    return refusals


def _broken(story: Story, day: date, second: NDArray[np.float64]) -> NDArray[np.bool_]:
    midnight = datetime.combine(day, time(), tzinfo=UTC)
    start, end = ((moment - midnight).total_seconds() for moment in (story.deployed, story.rolled_back))
    return (second >= start) & (second < end)


def _users(segment: Array, conversations_per_day: int, rng: np.random.Generator) -> Array:
    """Return users so that a day's are about a third of its conversations; each belongs to one segment."""
    users = np.zeros(len(segment), dtype=np.int64)
    first = 0
    for key, share in enumerate(SEGMENT_SHARES):
        inside = segment == key
        everyone = max(2, round(share * conversations_per_day))
        active = rng.choice(everyone, size=max(1, round(everyone * ACTIVE_SHARE)), replace=False)
        users[inside] = first + rng.choice(active, size=int(inside.sum()))
        first += everyone
    return users


def _resend(
    columns: dict[str, Array], rng: np.random.Generator, *, eligible: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Mark turns that repeat the request of the turn before and make them its user's."""
    resent = rng.random(len(eligible)) < RESENT_SHARE
    resent[:1] = False
    resent[1:] &= eligible[:-1] & eligible[1:] & ~resent[:-1]
    again = np.flatnonzero(resent)
    for values in columns.values():
        values[again] = values[again - 1]
    return resent


def _claims(plan: Plan, rng: np.random.Generator) -> Array:
    claims = np.full(len(plan), Claim.BACKED, dtype=np.int64)
    incident = (plan.segment == SEGMENTS.index(INCIDENT_SEGMENT)) & plan.broken
    ordinary = (plan.segment == SEGMENTS.index(INCIDENT_SEGMENT)) & ~plan.broken
    others = ~incident & ~ordinary
    for name, inside in (("broken", incident), ("consumer", ordinary), ("other", others)):
        chosen = inside & plan.answers
        claims[chosen] = deal(kinds.CLAIMS[name], int(chosen.sum()), rng, rest=Claim.BACKED)
    return claims


def _feedback(plan: Plan, rng: np.random.Generator) -> Array:
    """Return thumbs: bad answers get more of those that point down, and few users bother at all."""
    bad = plan.claim >= Claim.INVENTED
    mood = rng.random(len(plan))
    down = mood < np.where(bad | plan.resent, NEGATIVE_SHARE_IF_BAD, NEGATIVE_SHARE)
    return np.where(down, -1, np.where(mood > 1 - POSITIVE_SHARE, 1, 0))


def prompt_version(plan: Plan, position: int) -> str:
    """Return the prompt that was live at a turn."""
    return BROKEN_PROMPT if plan.broken[position] else PROMPT
