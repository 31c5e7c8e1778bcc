"""How many times likelier a trace is drawn for its slices: small ones get more of the same judge budget."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from behavior_pipeline.statistics.estimate import Vector

WATCHED = 5  # values of a key that stand alone, most traffic first; the rest is one slice, none another
SMALLEST_SHARE = 0.02  # a smaller slice is favoured as if it were of this size
REST, ABSENT = "\0rest", "\0absent"  # no attribute holds a NUL


def factors(slices: Sequence[Mapping[str, object]]) -> Vector:
    """Return a factor a trace, 1 on average: sqrt(sum over keys of 1 / share of its slice).

    With one key it is share^-.5, the power allocation of Bankier (1988); with several it minimises the sum
    over all slices of share x variance, of equally good slices. The shares are those of these traces.
    """
    keys = sorted({key for values in slices for key in values})
    total = np.zeros(len(slices))
    for key in keys:
        total += 1 / _shares([_word(values.get(key)) for values in slices])
    if not len(slices) or not total.any():
        return np.ones(len(slices))
    made = np.sqrt(total)
    return np.asarray(made / made.mean(), dtype=float)


def _shares(words: Sequence[str]) -> Vector:
    """Return the share of each trace's slice, at least SMALLEST_SHARE."""
    counts = Counter(words)
    ranked = sorted(counts, key=lambda word: (word == ABSENT, -counts[word], word))
    alone = {*[word for word in ranked if word != ABSENT][:WATCHED], ABSENT}
    named = [word if word in alone else REST for word in words]
    sizes = Counter(named)
    return np.maximum([sizes[word] / len(words) for word in named], SMALLEST_SHARE)


def _word(value: object) -> str:
    return ABSENT if value is None else str(value)
