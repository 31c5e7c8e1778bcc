"""Slices out of cells: sums over all cells that have a value of a key."""

from collections.abc import Sequence
from functools import lru_cache

import orjson
import pandas as pd

from behavior_pipeline.words import ALL


@lru_cache(maxsize=100_000)
def values_of(cell: str) -> tuple[tuple[str, str], ...]:
    """Return the slice values of a cell."""
    return tuple((str(key), str(value)) for key, value in orjson.loads(cell).items())


def sliced(cells: pd.DataFrame, by: Sequence[str], *, sums: Sequence[str]) -> pd.DataFrame:
    """Return `sums` by the columns of `by`, slice_key and slice_value, with `all` for the whole."""
    columns = [*by, "slice_key", "slice_value"]
    if cells.empty:
        return pd.DataFrame(columns=[*columns, *sums])
    numbers = cells[[*by, "cell", *sums]].groupby([*by, "cell"], as_index=False)[list(sums)].sum()
    places = pd.DataFrame(
        [
            (text, key, value)
            for text in numbers["cell"].unique()
            for key, value in ((ALL, ALL), *values_of(text))
        ],
        columns=["cell", "slice_key", "slice_value"],
    )
    return numbers.merge(places, on="cell").groupby(columns, as_index=False, sort=True)[list(sums)].sum()
