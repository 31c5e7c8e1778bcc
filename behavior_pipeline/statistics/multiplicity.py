"""Several tests at once: Holm's adjusted p-values."""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted so that the whole family keeps the level (Holm 1979, Scand. J. Statist. 6).

    The smallest is multiplied by the number of tests, the next by one less, and so on; none is then smaller
    than one before it, and none above 1.
    """
    count, reached = len(p_values), 0.0
    adjusted = [0.0] * count
    for rank, place in enumerate(sorted(range(count), key=p_values.__getitem__)):
        reached = max(reached, min(1.0, (count - rank) * p_values[place]))
        adjusted[place] = reached
    return adjusted
