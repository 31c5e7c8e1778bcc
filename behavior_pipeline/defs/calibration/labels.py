"""Asset labels: the human labels that were given in a week, from the imported files."""

import dagster as dg
import pandas as pd

from behavior_pipeline.datafiles.label_files import trace_labels
from behavior_pipeline.defs.partition_writer import week_writer
from behavior_pipeline.defs.partitions import weekly_asset
from behavior_pipeline.defs.resources import PipelineResource


@weekly_asset("calibration", kinds={"csv", "duckdb"})
def labels(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """Human labels given in the week, as `behavior-pipeline labels import` kept them under `labels/`."""
    with week_writer(context, pipeline.lake) as writer:
        stored = trace_labels(pipeline.settings.root)
        for week in writer.partitions:
            rows = stored[stored["week"] == pd.Timestamp(week)]
            writer.replace(week, {"labels": rows}, metadata={"annotators": int(rows["annotator"].nunique())})
