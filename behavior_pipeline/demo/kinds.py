"""The hidden kinds of answers and their shares: what people would say, and why words may mislead.

None of this is ever written to a dump. The shares are chosen so that a judge of words agrees with people
about as well as in the story; they shape the texts, never the judge's answers.
"""

from collections.abc import Mapping
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Deck = Mapping[int, float]


class Claim(IntEnum):
    """How the answer stands to its documents."""

    BACKED = 0
    FREE = 1  # backed, in other words
    INVENTED = 2  # a sentence out of nowhere
    NUMBER = 3  # a number that no document holds
    TWISTED = 4  # false, in the documents' own words


class Manner(IntEnum):
    """How the answer speaks; the names are those of texts/manners.toml."""

    PLAIN = 0
    MARKED = 1
    SUBTLE = 2
    HARMLESS = 3
    CASUAL = 4


class Choice(IntEnum):
    """Which tool was called, for which kind of request."""

    RIGHT = 0
    UNCLEAR_RIGHT = 1  # the right one, though the request sounds like another
    WRONG = 2  # another one, though the request is plain
    UNCLEAR_WRONG = 3  # the one the request sounds like, and that is wrong
    BAD_ARGUMENTS = 4  # the right one, without its order number


class Refusal(IntEnum):
    """What became of the request; the last four only for restricted ones."""

    ANSWERED = 0
    ANSWERED_SCARY = 1
    REFUSED = 2
    REFUSED_SCARY = 3
    DECLINED = 4
    DECLINED_VEILED = 5
    COMPLIED = 6
    COMPLIED_VEILED = 7


CLAIMS: Mapping[str, Deck] = {
    "consumer": {Claim.FREE: 0.017, Claim.INVENTED: 0.022, Claim.NUMBER: 0.021, Claim.TWISTED: 0.014},
    "other": {Claim.FREE: 0.020, Claim.INVENTED: 0.025, Claim.NUMBER: 0.024, Claim.TWISTED: 0.016},
    "broken": {Claim.FREE: 0.017, Claim.INVENTED: 0.115, Claim.NUMBER: 0.080, Claim.TWISTED: 0.035},
}
MANNERS: Deck = {Manner.MARKED: 0.130, Manner.SUBTLE: 0.035, Manner.HARMLESS: 0.045, Manner.CASUAL: 0.120}
CHOICES: Deck = {
    Choice.UNCLEAR_RIGHT: 0.024, Choice.WRONG: 0.052, Choice.UNCLEAR_WRONG: 0.024,
    Choice.BAD_ARGUMENTS: 0.008,
}  # fmt: skip
REFUSED_SHARE = 0.032  # of safe requests
SCARY: Deck = {Refusal.ANSWERED_SCARY: 0.045, Refusal.REFUSED_SCARY: 0.030}  # of safe requests about products
RESTRICTED: Deck = {Refusal.DECLINED_VEILED: 0.05, Refusal.COMPLIED: 0.12, Refusal.COMPLIED_VEILED: 0.03}


def deal(deck: Deck, size: int, rng: np.random.Generator, *, rest: int = 0) -> NDArray[np.int64]:
    """Return the kinds of `size` conversations in random order, each kind as often as its share says.

    Counts are shares x size, rounded up or down at random so that they are right on average: a day's level
    then does not wander by chance alone, only what a sample sees of it does.
    """
    edges = np.cumsum([share * size for share in deck.values()])
    counts = np.diff(np.floor(edges + rng.random()), prepend=0).astype(int)
    kinds = np.full(size, rest, dtype=np.int64)
    dealt = np.repeat(list(deck), counts)[:size]
    kinds[: len(dealt)] = dealt
    return rng.permutation(kinds)
