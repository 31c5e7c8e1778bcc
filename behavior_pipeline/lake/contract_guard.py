"""Which rows may come into the lake: those of its contracts, from memory and from disk."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pandas as pd

from behavior_pipeline.errors import ContractError, StorageError
from behavior_pipeline.lake.where import as_list, condition
from behavior_pipeline.tables.contract import Table
from behavior_pipeline.tables.rows import Rows

KEPT = {
    "isin": "{0} IN {allowed_values}",
    "in_range": "{0} BETWEEN {min_value} AND {max_value}",
    "greater_than": "{0} > {min_value}",
    "greater_than_or_equal_to": "{0} >= {min_value}",
}


def refuse_rows(
    cursor: duckdb.DuckDBPyConnection, table: Table, rows: Rows, partition: Mapping[str, Any]
) -> None:
    """Raise ContractError where rows on disk break the contract, repeat a key or leave the partition."""
    count = refuse_broken(cursor, table, rows.relation())
    clause, parameters = condition(table, partition)
    inside = cursor.execute(f"SELECT count(*) FROM {rows.relation()} {clause}", parameters).fetchone()  # noqa: S608
    if inside is not None and inside[0] != count:
        raise _outside(table, ", ".join(partition), count - int(inside[0]))
    refuse_repeated(cursor, table, rows.relation())


def refuse_broken(
    cursor: duckdb.DuckDBPyConnection, table: Table, relation: str, parameters: Sequence[Any] = ()
) -> int:
    """Return how many rows a relation has; ContractError where values break the table's contract.

    DuckDB asks what the contract asks, once for all columns. That a key comes once is not seen here.
    """
    broken = dict(_broken(table))
    columns = "".join(f", count(*) FILTER ({refused})" for refused in broken.values())
    counts = cursor.execute(f"SELECT count(*){columns} FROM {relation}", parameters).fetchone() or (0,)  # noqa: S608
    failures = [f"{what} ({count} rows)" for what, count in zip(broken, counts[1:], strict=True) if count]
    if failures:
        raise table.refusal(failures)
    return int(counts[0])


def _broken(table: Table) -> Iterator[tuple[str, str]]:
    """Yield what a contract asks of the values of columns, each with the condition of rows that break it."""
    types = table.sql_types()
    for name, column in table.columns.items():
        if not column.nullable:
            yield f"{name}: not_nullable", f'"{name}" IS NULL'
        for rule in column.rules:
            kept = KEPT[rule.name].format(
                f'"{name}"', **{key: _literal(one) for key, one in rule.statistics.items()}
            )
            number = f' OR isnan("{name}")' if types[name] == "DOUBLE" else ""  # DuckDB's largest number
            yield f"{name}: {rule.name}", f"NOT ({kept}){number}"


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"({', '.join(map(_literal, value))})"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def refuse_repeated(
    cursor: duckdb.DuckDBPyConnection, table: Table, relation: str, parameters: Sequence[Any] = ()
) -> None:
    """Raise ContractError where a key comes twice in a relation; of each key a hash is held."""
    key = ", ".join(f'"{name}"' for name in table.key)
    repeated = cursor.execute(
        f"SELECT count(*) FROM (SELECT hash({key}) AS h FROM {relation} GROUP BY h HAVING count(*) > 1)",  # noqa: S608
        parameters,
    ).fetchone()
    if repeated is not None and repeated[0]:
        raise table.refusal([f"{list(table.key)}: not unique ({repeated[0]} keys)"])


def partition_of(table: Table, partition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the columns by which a table is partitioned."""
    absent = [name for name in table.partition if name not in partition]
    if absent or (partition and not table.partition):
        raise StorageError(
            happened=f"{table.qualified} is partitioned by {list(table.partition)}, not by {list(partition)}",
            kept="nothing was written",
            remedy="name every partition column; add rows to a table without partitions by append",
        )
    return {name: partition[name] for name in table.partition}


def refuse_strangers(table: Table, rows: pd.DataFrame, partition: Mapping[str, Any]) -> None:
    """Raise ContractError where rows lie outside of the partition that they replace."""
    for name, wanted in partition.items():
        strangers = ~rows[name].isin(pd.Series(as_list(wanted), dtype=object).astype(rows[name].dtype))
        if strangers.any():
            raise _outside(table, name, int(strangers.sum()))


def _outside(table: Table, columns: str, count: int) -> ContractError:
    return ContractError(
        happened=f"{count} rows for {table.qualified} lie outside of its partition by {columns}",
        kept="the partition as it was before; nothing of this write was committed",
        remedy="hand each partition its own rows",
    )
