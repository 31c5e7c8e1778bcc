"""What was found where in a text, and which of several overlapping finds counts."""

from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

# How sure a find is: a name or a form alone; a form near a word that says what it is; check digits; a secret,
# which nothing else may cover: of an address of a page with a password, the page stays readable.
LIKELY, SAID, CERTAIN, SECRET = 1, 2, 3, 4


class Hit(NamedTuple):
    """A find of one kind from `start` to `end` (exclusive)."""

    start: int
    end: int
    kind: str
    certainty: int


def settle(hits: Iterable[Hit], text: str) -> list[Hit]:
    """Return hits without overlaps, in the order of the text.

    Overlapping finds of one kind are one. Of two of which one holds the other, the longer counts; of two that
    overlap in part the more certain one, and of the other what is left of it: no part of a find stays.
    """
    kept = chain.from_iterable(map(_settled, _clusters(_joined(hits))))
    return sorted(_bare(hit, text) for hit in kept if any(map(str.isalnum, text[hit.start : hit.end])))


def _clusters(hits: Iterable[Hit]) -> Iterable[list[Hit]]:
    """Yield hits that overlap, directly or by others, together: a text may hold ten thousand of them."""
    cluster: list[Hit] = []
    end = 0
    for hit in sorted(hits):
        if cluster and hit.start >= end:
            yield cluster
            cluster = []
        cluster.append(hit)
        end = max(end, hit.end)
    if cluster:
        yield cluster


def _settled(hits: list[Hit]) -> list[Hit]:
    outer: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start - hit.end, -hit.certainty, hit)):
        if not any(_covers(other, hit) for other in outer):
            outer.append(hit)
    kept: list[Hit] = []
    for hit in sorted(outer, key=lambda hit: (-hit.certainty, hit.start - hit.end, hit)):
        others = [other for other in kept if _overlap(hit, other)]
        if others and hit.kind == "EMAIL_ADDRESS":
            continue  # the password of a URL before its host reads like one
        kept += _around(hit, others)
    return kept


def _joined(hits: Iterable[Hit]) -> Iterable[Hit]:
    last: dict[str, Hit] = {}
    for hit in sorted(set(hits)):
        before = last.get(hit.kind)
        if before is None or hit.start >= before.end:
            if before is not None:
                yield before
            last[hit.kind] = hit
        else:
            certainty = max(before.certainty, hit.certainty)
            last[hit.kind] = Hit(before.start, max(before.end, hit.end), hit.kind, certainty)
    yield from last.values()


def _bare(hit: Hit, text: str) -> Hit:
    """Return a hit without white space at its ends."""
    covered = text[hit.start : hit.end]
    start = hit.start + len(covered) - len(covered.lstrip())
    return hit._replace(start=start, end=start + len(covered.strip()))


def _covers(other: Hit, hit: Hit) -> bool:
    """Return whether a longer find counts in place of one that it holds."""
    return (
        other.start <= hit.start
        and hit.end <= other.end
        and (hit.certainty < SECRET or other.certainty == SECRET)
    )


def _overlap(one: Hit, other: Hit) -> bool:
    return one.start < other.end and other.start < one.end


def _around(hit: Hit, taken: list[Hit]) -> Iterable[Hit]:
    """Yield the parts of a hit that no other one covers."""
    start = hit.start
    for other in sorted(taken):
        if start < other.start:
            yield hit._replace(start=start, end=other.start)
        start = max(start, other.end)
    if start < hit.end:
        yield hit._replace(start=start)
