"""Every column says in a sentence what it holds, in which unit, and when it is NULL."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from behavior_pipeline.tables import contract
from behavior_pipeline.tables.contract import Column, Table
from behavior_pipeline.tables.registry import lake_tables

HELPERS = (
    contract.text, contract.json_text, contract.integer, contract.number, contract.boolean, contract.date,
    contract.instant,
)  # fmt: skip
UNITS = (
    "number of", "count of", "place in", "line of", "tokens", "nanoseconds", "ms", "days", "bytes", "USD",
    "standard deviations", "score points", "of any range", "1 or more", "1 at most", "from [01]",
    "[0-9] to [0-9]", "in .unit",
)  # fmt: skip
UNIT = re.compile(rf"\b({'|'.join(UNITS)})\b", re.IGNORECASE)
NUMERIC = ("Int64", "Float64")


def columns() -> Iterator[tuple[Table, str, Column, str]]:
    for table in lake_tables(["tone"]).values():
        for name, column in table.columns.items():
            yield table, name, column, str(column.description)


def named(table: Table, name: str) -> str:
    return f"{table.name}.{name}"


@pytest.mark.parametrize("helper", HELPERS)
def test_a_column_without_a_sentence_cannot_be_written(helper: Callable[..., Column]) -> None:
    with pytest.raises(TypeError, match="meaning"):
        helper(nullable=True)


def test_every_column_has_a_sentence_of_its_own() -> None:
    wanting: list[Any] = [
        named(table, name)
        for table, name, _, meaning in columns()
        if not meaning.endswith(".") or " " not in meaning or meaning[:-1].lower() == name.replace("_", " ")
    ]
    assert wanting == []


def test_every_number_says_its_unit_or_its_range() -> None:
    wanting = [
        named(table, name)
        for table, name, column, meaning in columns()
        if str(column.dtype) in NUMERIC and not UNIT.search(meaning)
    ]
    assert wanting == []


def test_every_nullable_column_says_when_it_is_null_or_its_table_does() -> None:
    wanting = [
        named(table, name)
        for table, name, column, meaning in columns()
        if column.nullable and "NULL" not in meaning + table.description
    ]
    assert wanting == []


def test_a_sentence_promises_null_only_where_the_contract_allows_it() -> None:
    wanting = [
        named(table, name)
        for table, name, column, meaning in columns()
        if not column.nullable and "NULL" in meaning
    ]
    assert wanting == []


def test_a_range_is_the_one_that_is_checked() -> None:
    wanting = [
        named(table, name)
        for table, name, column, meaning in columns()
        if any("max_value" in (check.statistics or {}) for check in column.checks)
        and " 0 to 1" not in meaning
    ]
    assert wanting == []
