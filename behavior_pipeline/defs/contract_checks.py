"""One asset check a table: the rows of the run's partitions keep the table's contract."""

from collections.abc import Iterator

import dagster as dg

from behavior_pipeline.defs.resources import Pipeline, dimensions
from behavior_pipeline.errors import ContractError
from behavior_pipeline.tables.registry import lake_tables

ASSET_OF_TABLE = {
    "dump_files": "raw_dumps",
    "ingested": "spans",
    "quarantine": "spans",
    "not_consented": "spans",
    "trace_facts": "traces",
    "coverage": "traces",
    "sampling_rates": "sampled_traces",
    "sampling_frames": "sampled_traces",
    "daily_series": "weekly_scores",
    "weekly_tuple_shares": "weekly_scores",
}
WITHOUT_ASSET = {"analysis_runs", "events", "tuple_days", "judgements"}


def contract_check(table: str, asset: str) -> dg.AssetChecksDefinition:
    """Return the check of one table; what it reports was refused at the door already, were it broken then."""

    @dg.asset_check(asset=asset, name=f"contract_{table}", blocking=True, description=f"Rows of {table} keep its contract.")
    def contract(context: dg.AssetCheckExecutionContext, pipeline: Pipeline) -> dg.AssetCheckResult:
        held = pipeline.lake.tables[table]
        rows = pipeline.lake.read(table, {held.partition[0]: list(context.partition_keys)})
        try:
            held.validate(rows)
        except ContractError as broken:
            return dg.AssetCheckResult(passed=False, metadata={"rows": len(rows), "problem": broken.happened})
        return dg.AssetCheckResult(passed=True, metadata={"rows": len(rows)})

    return contract


def _checks() -> Iterator[dg.AssetChecksDefinition]:
    for name, table in lake_tables(dimensions()).items():
        if name not in WITHOUT_ASSET and table.partition:
            yield contract_check(name, ASSET_OF_TABLE.get(name, name))


@dg.definitions
def defs() -> dg.Definitions:
    """Return the contract checks of all tables."""
    return dg.Definitions(asset_checks=list(_checks()))
