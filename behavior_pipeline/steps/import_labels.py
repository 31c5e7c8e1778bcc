"""Imports a label file into the data root of this process."""

from datetime import UTC, date, datetime
from pathlib import Path

from behavior_pipeline.datafiles.label_files import import_labels
from behavior_pipeline.labels.report import Import
from behavior_pipeline.steps.pipeline import Pipeline

KNOWN = "SELECT DISTINCT trace_id FROM analysis.trace_facts"


def import_into_lake(pipeline: Pipeline, file: Path) -> Import:
    """Keep the good labels of a file beside the lake, of traces that it holds, and say what was kept out."""
    settings = pipeline.settings
    return import_labels(
        file,
        settings.root,
        rules=settings.labels,
        specs=pipeline.dimensions,
        known_traces=set(pipeline.lake.sql(KNOWN)["trace_id"]),
        today=datetime.now(UTC).date(),
        start_day=date.fromisoformat(settings.start_day),
    )
