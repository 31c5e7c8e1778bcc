"""How many slice values, and names of models and tools, stand by themselves: the most used, then `other`.

Applications exist that put an id into a slice, a prompt's whole text into its version, or a new tool name
into every trace. What groups by them must not grow with them: not its rows, not its pages.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from behavior_pipeline.provenance.digests import short_digest
from behavior_pipeline.words import ALL, OTHER

if TYPE_CHECKING:
    import pandas as pd

LONGEST_VALUE = 120  # characters of a slice value: a longer one is no category
LONGEST_NAME = 200
NAME_HEAD = 150
MOST_VALUES = 200  # of a slice key on a day; weeks watch the top five


def slice_word(value: Any) -> str:
    """Return a slice value as text; one too long to be a category is `other`."""
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else OTHER


def short_name(text: str) -> str:
    """Return a name; of one longer than names are, its beginning and a digest, so that it stays one."""
    if len(text) <= LONGEST_NAME:
        return text
    return f"{text[:NAME_HEAD]}\N{HORIZONTAL ELLIPSIS}{short_digest(text)}"


def few_names(names: "pd.Series[Any]", most: int) -> "pd.Series[Any]":
    """Return names of which the most used stay, equal ones by their order, and the rest are `other`."""
    counts = names.value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable")
    return names.where(names.isin(counts.index[:most]), OTHER)


def few_values(
    rows: "pd.DataFrame", *, key: Sequence[str], rank: str, sums: Sequence[str], most: int = MOST_VALUES
) -> "pd.DataFrame":
    """Return rows of which each slice key keeps its largest values by the sum of `rank`; the rest add up.

    `key` names the columns of a row beside `sums`; a sum of nothing but missing counts is missing.
    """
    import pandas as pd  # noqa: PLC0415 - not where dumps are read

    sliced = rows[rows["slice_key"] != ALL]
    sizes = sliced.groupby(["slice_key", "slice_value"], sort=True)[rank].sum()
    ranked = sizes.sort_values(ascending=False, kind="stable")
    kept = ranked[ranked.groupby(level="slice_key").cumcount() < most]
    if len(kept) == len(sizes):
        return rows
    pairs = pd.MultiIndex.from_frame(rows[["slice_key", "slice_value"]])
    stays = pairs.isin(kept.index) | (rows["slice_key"] == ALL).to_numpy()
    named = rows.assign(slice_value=rows["slice_value"].where(stays, OTHER))
    grouped = named.groupby(list(key), as_index=False, sort=False, dropna=False)
    return grouped[list(sums)].sum(min_count=1)[list(rows.columns)]
