"""The column schema of every asset that writes a table, as its contract has it."""

from functools import cache

import dagster as dg

from behavior_pipeline.steps.pipeline import dimensions
from behavior_pipeline.tables.contract import Table
from behavior_pipeline.tables.registry import lake_tables

MAIN_TABLE = {"raw_dumps": "dump_files", "data_quality": "quality_results"}


def with_columns(spec: dg.AssetSpec) -> dg.AssetSpec:
    """Return an asset's spec with the columns of its main table; one without a table stays as it is."""
    name = spec.key.to_user_string()
    table = _tables().get(MAIN_TABLE.get(name, name))
    if table is None:
        return spec
    shown = {"dagster/column_schema": column_schema(table), "dagster/table_name": table.qualified}
    return spec.merge_attributes(metadata=shown)


def column_schema(table: Table) -> dg.TableSchema:
    """Return a table's columns with type, meaning and constraints; those of its key are the `grain`."""
    columns = [
        dg.TableColumn(
            name,
            kind,
            description=table.columns[name].description,
            constraints=dg.TableColumnConstraints(
                nullable=bool(table.columns[name].nullable), other=["grain"] if name in table.key else []
            ),
        )
        for name, kind in table.sql_types().items()
    ]
    return dg.TableSchema(columns=columns)


@cache
def _tables() -> dict[str, Table]:
    return lake_tables(dimensions())
