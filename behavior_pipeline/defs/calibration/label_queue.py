"""Asset label_queue: whom people are asked to label next, from the traces of the week that ended."""

import dagster as dg

from behavior_pipeline.defs.partition_writer import week_writer
from behavior_pipeline.defs.partitions import weekly_asset
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.label_queue import label_queue_of_week
from behavior_pipeline.steps.pipeline import dimensions


@weekly_asset(
    "calibration",
    kinds={"python", "duckdb"},
    deps=[
        "labels",
        "traces",
        "calibration_scores",
        "calibration_agreement",
        *(f"scores_{name}" for name, spec in dimensions().items() if spec.judge),
    ],
)
def label_queue(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """Next week's items to label: a sample by judge verdict, anchors again, uncertain ones apart."""
    with week_writer(context, pipeline.lake) as writer:
        for week in writer.partitions:
            rows = label_queue_of_week(pipeline, week)
            counts = (rows["role"] + "_" + rows["dimension"]).value_counts().sort_index()
            metadata = {str(name): int(count) for name, count in counts.items()}
            writer.replace(week, {"label_queue": rows}, metadata=metadata)
