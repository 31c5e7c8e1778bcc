"""Every table of the lake, in one list."""

from collections.abc import Iterable

from behavior_pipeline.tables import (
    calibration,
    cells,
    drift,
    labelling,
    labels,
    quality,
    scores,
    traces,
    weekly,
)
from behavior_pipeline.tables.contract import Table


def lake_tables(dimensions: Iterable[str]) -> dict[str, Table]:
    """Return all tables by name, with one scores table for each dimension."""
    fixed = [
        value
        for module in (traces, scores, labels, calibration, labelling, weekly, cells, drift, quality)
        for value in vars(module).values()
        if isinstance(value, Table)
    ]
    return {table.name: table for table in [*fixed, *map(scores.scores_table, dimensions)]}
