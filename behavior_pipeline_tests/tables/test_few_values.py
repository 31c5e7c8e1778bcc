"""What groups by values of traces does not grow with them: the most used stand alone, the rest adds up."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.tables.few_values import LONGEST_VALUE, few_names, few_values, short_name, slice_word
from behavior_pipeline.words import ALL, OTHER

KEY = ("slice_key", "slice_value", "field")


def rows_of(counts: list[tuple[str, int]]) -> pd.DataFrame:
    cells = [(ALL, ALL, "x", sum(count for _, count in counts), 1)]
    cells += [("tier", value, field, count, 1) for value, count in counts for field in "xy"]
    return pd.DataFrame(cells, columns=[*KEY, "expected", "late"])


@given(st.dictionaries(st.text(max_size=4), st.integers(0, 9), max_size=20), st.integers(1, 5))
def test_nothing_is_lost_and_no_key_has_more_values(counts: dict[str, int], most: int) -> None:
    rows = rows_of(list(counts.items()))
    few = few_values(rows, key=KEY, rank="expected", sums=["expected", "late"], most=most)
    assert few["expected"].sum() == rows["expected"].sum()
    assert few["late"].sum() == rows["late"].sum()
    assert not few.duplicated(list(KEY)).any()
    assert few.loc[few["slice_key"] == "tier", "slice_value"].nunique() <= most + 1
    assert (few["slice_key"] == ALL).sum() == 1


def test_the_largest_stay_and_a_sum_of_missing_counts_is_missing() -> None:
    rows = rows_of([("a", 5), ("b", 3), ("c", 1), ("d", 1)]).astype({"expected": "Float64"})
    rows.loc[rows["slice_value"].isin(["c", "d"]) & (rows["field"] == "y"), "expected"] = None
    few = few_values(rows, key=KEY, rank="expected", sums=["expected", "late"], most=2)
    assert few["slice_value"].unique().tolist() == [ALL, "a", "b", OTHER]
    rest = few[few["slice_value"] == OTHER].set_index("field")["expected"]
    assert rest["x"] == 2
    assert pd.isna(rest["y"])


def test_names_beyond_the_most_used_are_other() -> None:
    assert few_names(pd.Series(["a", "b", "b", "c"]), 2).tolist() == ["a", "b", "b", OTHER]


def test_what_is_too_long_for_a_category_is_other_and_a_long_name_stays_itself() -> None:
    assert slice_word("x" * LONGEST_VALUE) == "x" * LONGEST_VALUE
    assert slice_word("x" * 500_000) == OTHER
    one, two = short_name("m" * 500_000), short_name("m" * 500_001)
    assert len(one) < 200
    assert one != two
    assert short_name("gpt-4o") == "gpt-4o"
