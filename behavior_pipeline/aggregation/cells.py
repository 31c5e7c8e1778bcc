"""Cells: additive sums of a week or a day of every crossing of watched slices, from which slices are summed.

Aggregates, slices, complements, two-way slices and standardised means are sums of cells. Only crossings that
were seen have a row, and only the first keys of the settings make them: each key multiplies their number.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import duckdb
import pandas as pd

from behavior_pipeline.aggregation.engine import prepared
from behavior_pipeline.aggregation.slices import live_keys, watched_slices
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.tables.cells import DAILY_CELLS
from behavior_pipeline.tables.contract import Table
from behavior_pipeline.tables.rows import Rows
from behavior_pipeline.values import sql_beside

CELL_KEYS = 4
LOG_SECONDS, LOG_USD = "log_seconds", "log_usd"
METRIC_OF_CHECK = {"latency_target": LOG_SECONDS, "cost_budget": LOG_USD}


def daily_cells(
    *,
    day: date,
    specs: Mapping[str, DimensionSpec],
    scores: pd.DataFrame | Rows,
    facts: pd.DataFrame | Rows,
    tuples: pd.DataFrame,
    traffic: pd.DataFrame,
    keys: Sequence[str],
    top: int = 5,
    cell_keys: int = CELL_KEYS,
) -> pd.DataFrame:
    """Return DAILY_CELLS rows of a day, in slices as they are watched by then.

    `scores`, `facts` and `tuples` are the day's rows; `traffic` is [week, slice_key, slice_value, traces] up
    to the day, that of its own week as far as it goes.
    """
    week = pd.Timestamp(day) - pd.Timedelta(days=day.weekday())
    watched: dict[str, list[str]] = watched_slices(traffic, week=week.date(), keys=keys, top=top)
    known = tuples[tuples["dimension"].isin(list(specs))]  # scores without a version of these do not count
    live = live_keys(traffic, week=week.date())
    with prepared(
        scores, facts, known, watched=watched, live=live, more=cell_inputs(specs, keys[:cell_keys])
    ) as connection:
        return cells_in(connection, DAILY_CELLS, day=pd.Timestamp(day))


def cell_inputs(specs: Mapping[str, DimensionSpec], keys: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return the frames that cells.sql reads beside the prepared tables."""
    return {
        "cell_keys": pd.DataFrame({"slice_key": pd.Series(sorted(keys), dtype="string")}),
        "completed": pd.DataFrame(
            {"dimension": [name for name, spec in sorted(specs.items()) if spec.kind == "composite"]},
            dtype="string",
        ),
        "logged": pd.DataFrame(logged_metrics(specs), columns=["dimension", "metric"], dtype="string"),
    }


def logged_metrics(specs: Mapping[str, DimensionSpec]) -> list[tuple[str, str]]:
    """Return the dimensions whose check clocks or prices a trace, each with the metric of its own scale."""
    pairs = {
        (name, METRIC_OF_CHECK[use.check])
        for name, spec in specs.items()
        for use in spec.checks
        if use.check in METRIC_OF_CHECK
    }
    return sorted(pairs)


def cells_in(connection: duckdb.DuckDBPyConnection, table: Table, **period: pd.Timestamp) -> pd.DataFrame:
    """Return the cells of the prepared rows, all of one period, as rows of `table`."""
    connection.execute(sql_beside(__file__, "cells"))
    rows = connection.sql("from cell").df().assign(**period)
    return table.validate(rows[list(table.columns)])
