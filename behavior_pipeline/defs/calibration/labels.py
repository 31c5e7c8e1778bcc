"""Asset labels: the human labels that were given in a week, from the imported files."""

import dagster as dg
import pandas as pd

from behavior_pipeline.datafiles.label_files import stored_labels
from behavior_pipeline.defs.partition_writer import week_step
from behavior_pipeline.defs.partitions import weekly
from behavior_pipeline.defs.resources import PipelineResource


@dg.asset(
    partitions_def=weekly,
    group_name="calibration",
    kinds={"csv", "duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def labels(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """Human labels given in the week, as `behavior-pipeline labels import` kept them under `labels/`."""
    with week_step(context, pipeline.lake) as step:
        stored = stored_labels(pipeline.settings.root)
        for week in step.partitions:
            rows = stored[stored["week"] == pd.Timestamp(week)]
            step.replace(week, {"labels": rows}, metadata={"annotators": int(rows["annotator"].nunique())})
