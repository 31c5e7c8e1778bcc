"""Asset traces: spans joined to requests, their facts without text, and the day's coverage."""

import dagster as dg

from behavior_pipeline.datafiles.scratch import scratch_folder
from behavior_pipeline.defs.partition_writer import day_writer
from behavior_pipeline.defs.partitions import daily_asset, trailing_days
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.settings.model import settings
from behavior_pipeline.steps.traces import arrived, build_day


class TracesConfig(dg.Config):
    """`with_late` reads later days' spans for the traces of these days, too."""

    with_late: bool = False


@daily_asset(
    "ingest",
    kinds={"duckdb"},
    deps=[
        dg.AssetDep("spans", partition_mapping=trailing_days(settings().lateness_days)),
    ],
)
def traces(context: dg.AssetExecutionContext, pipeline: PipelineResource, config: TracesConfig) -> None:
    """One row a request, built on the day its root arrived, from the spans of that day and those before."""
    scratch = scratch_folder(pipeline.settings.root / "tmp")  # outlives the writer, which writes from it
    with scratch as spill, day_writer(context, pipeline.lake) as writer:
        came = arrived(pipeline, writer.partitions)
        for day in writer.partitions:
            built = build_day(pipeline, day, came, with_late=config.with_late, spill=spill)
            metadata = {"late_spans": built.late_spans, "orphaned": built.orphaned}
            writer.replace(day, built.frames, metadata=metadata)
