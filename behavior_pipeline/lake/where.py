"""Conditions on columns: one value, some values, or a range."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from behavior_pipeline.errors import StorageError
from behavior_pipeline.tables.contract import Table


class Between(NamedTuple):
    """A range of values with both ends in it; None leaves an end open."""

    low: Any = None
    high: Any = None


def condition(table: Table, where: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return a table's WHERE clause (empty without conditions) and its parameters."""
    types = table.sql_types()
    if unknown := [name for name in where if name not in types]:
        raise StorageError(
            happened=f"{table.qualified} has no columns {unknown}",
            kept="nothing was read or changed",
            remedy=f"its columns are {list(types)}",
        )
    clauses, parameters = [], []
    for name, wanted in where.items():
        clause, values = _clause(f'"{name}"', types[name], wanted)
        clauses.append(clause)
        parameters += values
    return ("WHERE " + " AND ".join(clauses) if clauses else ""), parameters


def _clause(column: str, kind: str, wanted: Any) -> tuple[str, list[Any]]:
    value = f"CAST(? AS {kind})"
    if isinstance(wanted, Between):
        ends = [(">=", wanted.low), ("<=", wanted.high)]
        closed = [(sign, end) for sign, end in ends if end is not None]
        return " AND ".join(f"{column} {sign} {value}" for sign, _ in closed) or "TRUE", [
            end for _, end in closed
        ]
    if wanted is None:
        return f"{column} IS NULL", []
    if isinstance(wanted, str) or not isinstance(wanted, Iterable):
        return f"{column} = {value}", [_python_number(wanted)]
    values = as_list(wanted)
    return (f"{column} IN ({', '.join([value] * len(values))})" if values else "FALSE"), values


def as_list(wanted: Any) -> list[Any]:
    """Return one value or some (a list, a set, a column) as a list of values that DuckDB takes."""
    several = isinstance(wanted, Iterable) and not isinstance(wanted, str)
    return [_python_number(value) for value in (wanted if several else [wanted])]


def _python_number(value: Any) -> Any:
    """Return a number of NumPy as Python's."""
    return value.item() if isinstance(value, np.number | np.bool_) else value
