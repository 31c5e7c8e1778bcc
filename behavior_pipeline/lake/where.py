"""Conditions on columns: one value, some values, or a range."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

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
    if isinstance(wanted, Collection) and not isinstance(wanted, str):
        if not wanted:
            return "FALSE", []
        return f"{column} IN ({', '.join([value] * len(wanted))})", list(wanted)
    return f"{column} = {value}", [wanted]
