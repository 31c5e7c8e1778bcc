"""What every asset does around its one core function: take its partitions, replace them, say what it did."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Any, Self

import dagster as dg
import orjson
import pandas as pd

from behavior_pipeline.errors import ContractError
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.provenance.runtime import git_revision, package_version
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.contract import Table
from behavior_pipeline.tables.rows import Rows
from behavior_pipeline.tables.split import is_split, without_broken
from behavior_pipeline.tables.traces import QUARANTINE

ROWS_A_COMMIT = 60_000


class PartitionWriter:
    """Collects the partitions of one asset in one run, and writes several small ones in one commit.

    Computing happens outside of any lock; rows of many small partitions share a commit, since a commit costs
    more than their rows. What was computed before an error is still written. `fixed` names partition
    columns that are the same for all rows, as dimension='tone'.
    """

    def __init__(
        self, context: dg.AssetExecutionContext, lake: Lake, *, column: str, fixed: Mapping[str, str]
    ) -> None:
        self.context, self.lake, self.column = context, lake, column
        self._fixed = dict(fixed)
        self.asset = context.asset_key.to_user_string()
        self.partitions = sorted(date.fromisoformat(key) for key in context.partition_keys)
        self._pending: dict[date, Mapping[str, pd.DataFrame | Rows]] = {}
        self._metadata: dict[date, dict[str, Any]] = {}
        self._tuples: dict[date, list[str]] = {}
        self._runs: list[dict[str, Any]] = []
        self._read = 0
        self._started = datetime.now(UTC)

    def __enter__(self) -> Self:
        """Note which state of the lake is read."""
        self._read = self.lake.snapshot()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what is left and the account of the run."""
        self.flush()
        if self._runs:
            self.lake.append("analysis_runs", pd.DataFrame(self._runs))

    def replace(
        self,
        partition: date,
        frames: Mapping[str, pd.DataFrame | Rows],
        *,
        metadata: Mapping[str, Any],
        tuple_ids: list[str] | None = None,
    ) -> None:
        """Replace a day or week of some tables."""
        self._pending[partition] = frames
        self._metadata[partition] = dict(metadata)
        self._tuples[partition] = tuple_ids or []
        if sum(len(rows) for tables in self._pending.values() for rows in tables.values()) >= ROWS_A_COMMIT:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting; an asset that reads its own last partition calls this after each one."""
        if not self._pending:
            return
        partitions = list(self._pending)
        where = {self.column: partitions, **self._fixed}
        splits = any(is_split(self.lake.tables[name]) for name in next(iter(self._pending.values())))
        nothing = QUARANTINE.empty() if splits else None
        try:
            snapshot = self.lake.replace(self._frames(), where, refused=nothing)
        except ContractError:
            if not splits or (refused := self._refuse_broken()).empty:
                raise
            snapshot = self.lake.replace(self._frames(), where, refused=refused)
        for partition in partitions:
            self._account(partition, snapshot)
        self._pending.clear()

    def _frames(self) -> dict[str, pd.DataFrame | Rows]:
        """Return the rows of all partitions that wait, by table."""
        waiting = self._pending.values()
        return {
            name: _joined([tables[name] for tables in waiting], self.lake.tables[name])
            for name in next(iter(waiting))
        }

    def _refuse_broken(self) -> pd.DataFrame:
        """Leave out of what waits the rows that break a contract, and return what quarantine says of them."""
        refused = [QUARANTINE.empty()]
        for partition, frames in self._pending.items():
            kept, rows, problems = without_broken(self.lake.tables, frames)
            if len(rows):
                self._pending[partition] = kept
                self._metadata[partition]["refused"] = len(rows)
                refused.append(rows)
                self.context.log.warning(
                    f"{partition}: {len(rows)} rows of traces break a contract and are in quarantine, reason"
                    f" {Reason.BROKEN_CONTRACT}; the others stand. {'; '.join(problems)}"
                )
        return QUARANTINE.joined(refused)

    def _account(self, partition: date, snapshot: int) -> None:
        rows = {name: len(frame) for name, frame in self._pending[partition].items()}
        shown = {f"rows_{name}": count for name, count in rows.items()}
        self.context.add_asset_metadata(
            {**shown, **self._metadata[partition], "snapshot": snapshot}, partition_key=partition.isoformat()
        )
        self._runs.append(
            {
                "run_id": self.context.run.run_id,
                "asset": self.asset,
                "partition": partition.isoformat(),
                "tuple_ids": orjson.dumps(self._tuples[partition]).decode(),
                "package_version": package_version(),
                "git_revision": git_revision(),
                "snapshots_read": orjson.dumps([self._read]).decode(),
                "snapshot_written": snapshot,
                "started_at": self._started,
                "finished_at": datetime.now(UTC),
                "rows": next(iter(rows.values())),
            }
        )


def _joined(frames: list[pd.DataFrame | Rows], table: Table) -> pd.DataFrame | Rows:
    """Join the partitions' rows."""
    on_disk = [frame for frame in frames if isinstance(frame, Rows)]
    if on_disk:
        return Rows.joined(on_disk)
    return table.joined(frame for frame in frames if isinstance(frame, pd.DataFrame))


def day_writer(context: dg.AssetExecutionContext, lake: Lake, **fixed: str) -> PartitionWriter:
    """Return the writer of a daily asset."""
    return PartitionWriter(context, lake, column="day", fixed=fixed)


def week_writer(context: dg.AssetExecutionContext, lake: Lake, **fixed: str) -> PartitionWriter:
    """Return the writer of a weekly asset."""
    return PartitionWriter(context, lake, column="week", fixed=fixed)
