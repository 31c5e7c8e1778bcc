"""Which rows may come into the lake: those of its contracts, from memory and from disk."""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pandas as pd

from behavior_pipeline.errors import ContractError, StorageError
from behavior_pipeline.lake.where import as_list, condition
from behavior_pipeline.tables.contract import Table
from behavior_pipeline.tables.rows import Rows, guarded, refuse_broken


def refuse_rows(
    cursor: duckdb.DuckDBPyConnection, table: Table, rows: Rows, partition: Mapping[str, Any]
) -> None:
    """Raise ContractError where rows on disk break the contract, repeat a key or leave the partition.

    Memory holds some batches and a hash of each key.
    """
    refuse_broken(table, rows.batches(guarded(table)))
    clause, parameters = condition(table, partition)
    inside = clause.removeprefix("WHERE ") or "TRUE"
    strangers = cursor.execute(
        f"SELECT count(*) - count(*) FILTER ({inside}) FROM {rows.relation()}",  # noqa: S608
        parameters,
    ).fetchone()
    if strangers is not None and strangers[0]:
        raise _outside(table, ", ".join(partition), int(strangers[0]))
    refuse_repeated(cursor, table, rows.relation())


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
