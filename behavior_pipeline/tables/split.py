"""Good rows and refused ones: a row that breaks its table's contract costs itself, never its partition.

The last net. What a trace can hold is bounded where it is read, with a reason; what is refused here is a kind
of value that nobody thought of, so it is told of where a partition is written.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from behavior_pipeline.provenance.digests import short_digest
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.contract import Table
from behavior_pipeline.tables.rows import Rows
from behavior_pipeline.tables.traces import EVALUATIONS, INGESTED, QUARANTINE, SPANS

DIGEST_DIGITS = 16
OF_DUMPS = (SPANS.name, EVALUATIONS.name)


@dataclass(frozen=True)
class Split:
    """Rows that keep the contract; of the others the key with `place`, the row's number from 1."""

    kept: pd.DataFrame | Rows
    refused: pd.DataFrame
    problems: Counter[str]


def is_split(table: Table) -> bool:
    """Return whether single rows of a table may be refused: those that are about one trace or span."""
    return "trace_id" in table.columns and "day" in table.key


def split(table: Table, rows: pd.DataFrame | Rows) -> Split:
    """Return which rows keep a table's contract, and which break it; of rows of one key the first counts."""
    return _split_on_disk(table, rows) if isinstance(rows, Rows) else _split_frame(table, rows)


def without_broken(
    tables: Mapping[str, Table], frames: Mapping[str, pd.DataFrame | Rows]
) -> tuple[dict[str, pd.DataFrame | Rows], pd.DataFrame, list[str]]:
    """Return a partition's frames without broken rows, the rows of QUARANTINE for those, and the problems.

    The account of a day's records follows: what was stored and is refused now was quarantined.
    """
    splits = {name: split(tables[name], rows) for name, rows in frames.items() if is_split(tables[name])}
    lost = set[str]().union(
        *(one.refused["trace_id"] for name, one in splits.items() if name not in OF_DUMPS)
    )
    kept = dict(frames)
    for name, one in splits.items():
        kept[name] = one.kept if name in OF_DUMPS else _without(one.kept, lost)
    account = kept.get(INGESTED.name)
    if SPANS.name in splits and isinstance(account, pd.DataFrame):
        moved = account["file"].map(splits[SPANS.name].refused["file"].value_counts()).fillna(0).astype(int)
        kept[INGESTED.name] = account.assign(
            stored=account["stored"] - moved, quarantined=account["quarantined"] + moved
        )
    problems = [
        f"{tables[name].qualified}: {problem} ({count} rows)"
        for name, one in splits.items()
        for problem, count in one.problems.items()
        if count
    ]
    return kept, _quarantined(tables, splits), problems


def _without(rows: pd.DataFrame | Rows, trace_ids: AbstractSet[str]) -> pd.DataFrame | Rows:
    """Return rows without those of traces that another table of the same write refused."""
    if not trace_ids:
        return rows
    if isinstance(rows, Rows):
        return _without_on_disk(rows, trace_ids)
    return rows[~rows["trace_id"].isin(trace_ids)].reset_index(drop=True)


def _quarantined(tables: Mapping[str, Table], splits: Mapping[str, Split]) -> pd.DataFrame:
    """Return the rows of QUARANTINE for what was refused: the table for a file, digests for the ids."""
    rows = [
        {
            "day": key["day"], "file": tables[name].qualified, "line": key["place"], "record": 0,
            "byte_offset": 0, "reason": str(Reason.BROKEN_CONTRACT),
            "digest": short_digest(str(key["trace_id"]), length=DIGEST_DIGITS),
        }
        for name, one in splits.items()
        for key in one.refused.to_dict("records")
    ]  # fmt: skip
    return QUARANTINE.frame(rows)


def _split_frame(table: Table, frame: pd.DataFrame) -> Split:
    rows = frame[list(table.columns)].reset_index(drop=True)
    broken, problems = np.zeros(len(rows), dtype=bool), Counter[str]()
    typed = {}
    for name in table.columns:
        typed[name], why = _fitted(table, name, rows[name])
        for problem, bad in why.items():
            problems[problem] += int(bad.sum())
            broken |= bad
    whole = pd.DataFrame(typed)
    repeated = (whole[~broken].duplicated(list(table.key))).reindex(whole.index, fill_value=False).to_numpy()
    if repeated.any():
        problems[f"{list(table.key)}: not unique"] += int(repeated.sum())
    broken |= repeated
    refused = whole.loc[broken, _shown(table)].assign(place=np.flatnonzero(broken) + 1)
    return Split(whole[~broken].reset_index(drop=True), refused, problems)


def _fitted(table: Table, name: str, cells: "pd.Series[Any]") -> tuple["pd.Series[Any]", dict[str, Any]]:
    """Return a column in its type, and by problem where a cell breaks it; what does not fit is NULL."""
    column, dtype = table.columns[name], table.dtype(name)
    foreign = ~np.fromiter((_fits(cell, dtype) for cell in cells), dtype=bool, count=len(cells))
    typed = cells.astype(object).where(~foreign, None).astype(dtype)
    problems = {f"{name}: type": foreign}
    missing = typed.isna().to_numpy(dtype=bool)
    if not column.nullable:
        problems[f"{name}: not_nullable"] = missing & ~foreign
    if column.checks and not missing.all():
        for check in column.checks:
            passed = check(typed[~missing]).check_output
            problems[f"{name}: {check.name}"] = (
                (~passed.astype(bool)).reindex(typed.index, fill_value=False).to_numpy(dtype=bool)
            )
    return typed, problems


def _fits(cell: Any, dtype: Any) -> bool:
    if type(cell) is int and dtype == "Int64":
        return -(2**63) <= cell < 2**63
    try:
        if isinstance(cell, str):
            cell.encode()  # half a surrogate pair is no UTF-8
            if dtype.startswith("string"):
                return True
        pd.Series([cell], dtype=object).astype(dtype)
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def _split_on_disk(table: Table, rows: Rows) -> Split:
    """Go through rows file by file; a file with a broken row is written again without it."""
    refused, problems, paths, count = [], Counter[str](), [], 0
    for path in rows.paths:
        batch = parquet.read_table(path)
        broken = np.zeros(batch.num_rows, dtype=bool)
        for problem, bad in _broken_on_disk(table, batch):
            problems[problem] += int(bad.sum())
            broken |= bad
        kept = batch.filter(pa.array(~broken))
        if broken.any():
            keys = batch.filter(pa.array(broken)).select(_shown(table)).to_pandas()
            refused.append(keys.assign(place=count + np.flatnonzero(broken) + 1))
            parquet.write_table(
                kept, path := path.with_suffix(f".{table.name}.kept.parquet"), compression="snappy"
            )
        count += batch.num_rows
        if kept.num_rows:
            paths.append(path)
    keys = pd.concat(refused) if refused else pd.DataFrame(columns=[*_shown(table), "place"])
    return Split(replace(rows, paths=tuple(paths), count=count - len(keys)), keys, problems)


def _without_on_disk(rows: Rows, trace_ids: AbstractSet[str]) -> Rows:
    paths, count = [], 0
    for path in rows.paths:
        batch = parquet.read_table(path)
        ids = batch.column("trace_id")
        lost = pc.is_in(ids, pa.array(sorted(trace_ids), ids.type))
        kept = batch.filter(pc.invert(lost))
        if kept.num_rows < batch.num_rows:
            parquet.write_table(kept, path := path.with_suffix(".whole.parquet"), compression="snappy")
        count += kept.num_rows
        paths += [path] if kept.num_rows else []
    return replace(rows, paths=tuple(paths), count=count)


def _shown(table: Table) -> list[str]:
    """Return what may be known of a refused row: which one it is."""
    return [name for name in table.columns if name in table.key or name in ("trace_id", "file")]


def _broken_on_disk(table: Table, batch: pa.Table) -> Iterable[tuple[str, Any]]:
    for name, column in table.columns.items():
        cells = batch.column(name)
        if not column.nullable and cells.null_count:
            yield f"{name}: not_nullable", cells.is_null().to_numpy()
        if column.checks and len(values := pd.Series(cells.unique().drop_null().to_pylist())):
            for check in column.checks:
                if len(bad := values[~check(values).check_output.astype(bool)]):
                    yield (
                        f"{name}: {check.name}",
                        pc.is_in(cells, pa.array(bad, type=cells.type)).to_numpy(zero_copy_only=False),
                    )
