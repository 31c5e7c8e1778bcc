"""One asset check an asset: the rows of the run's partitions keep the contracts of its tables."""

from collections.abc import Sequence

import dagster as dg

from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.errors import ContractError
from behavior_pipeline.steps.pipeline import dimensions
from behavior_pipeline.tables.registry import lake_tables

ASSET_OF_TABLE = {
    "dump_files": "raw_dumps",
    "ingested": "spans",
    "quarantine": "spans",
    "not_consented": "spans",
    "evaluations": "spans",
    "trace_facts": "traces",
    "coverage": "traces",
    "sampling_population": "sampled_traces",
    "sampling_rates": "sampled_traces",
    "sampling_frames": "sampled_traces",
    "daily_series": "weekly_scores",
    "weekly_tuple_shares": "weekly_scores",
    "weekly_cells": "weekly_scores",
    "weekly_quantiles": "weekly_scores",
    "weekly_levels": "weekly_scores",
    "weekly_traffic": "weekly_scores",
    "quality_results": "data_quality",
    "refusal_balance": "scorecard",
    "drift_decisions": "drift_findings",
    "drift_state": "drift_findings",
    "drift_decisions_daily": "drift_findings_daily",
    "drift_state_daily": "drift_findings_daily",
}
WITHOUT_ASSET = {"analysis_runs", "events", "tuple_days", "judgements"}


def contract_check(asset: str, tables: Sequence[str]) -> dg.AssetChecksDefinition:
    """Return the check of an asset's tables; rows that break a contract were refused at the lake's door."""

    @dg.asset_check(
        asset=asset,
        name="contract",
        blocking=True,
        description=f"Rows of {', '.join(tables)} keep their contracts.",
    )
    def contract(context: dg.AssetCheckExecutionContext, pipeline: PipelineResource) -> dg.AssetCheckResult:
        counts: dict[str, int | str] = {}
        problems = []
        for name in tables:
            table = pipeline.lake.tables[name]
            try:
                counts[f"rows_{name}"] = pipeline.lake.check(
                    name, {table.partition[0]: list(context.partition_keys)}
                )
            except ContractError as broken:
                problems.append(broken.happened)
        return dg.AssetCheckResult(
            passed=not problems, metadata={**counts, "problems": "; ".join(problems) or "none"}
        )

    return contract


def tables_of_assets() -> dict[str, list[str]]:
    """Return the tables that each asset writes."""
    tables: dict[str, list[str]] = {}
    for name, table in lake_tables(dimensions()).items():
        if name not in WITHOUT_ASSET and table.partition:
            tables.setdefault(ASSET_OF_TABLE.get(name, name), []).append(name)
    return tables


@dg.definitions
def defs() -> dg.Definitions:
    """Return the contract checks of all tables."""
    return dg.Definitions(asset_checks=[contract_check(*entry) for entry in tables_of_assets().items()])
