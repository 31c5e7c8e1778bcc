"""Asset series_links: by how much a new judge or rubric reads otherwise than the one before it."""

import dagster as dg

from behavior_pipeline.defs.partition_writer import week_writer
from behavior_pipeline.defs.partitions import weekly_asset
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.series_links import links_of_week


@weekly_asset("calibration", kinds={"python", "duckdb"}, deps=["calibration_scores", "calibration_agreement"])
def series_links(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """What joins a series over a change of judge or rubric: its shift on items that both have judged."""
    with week_writer(context, pipeline.lake) as writer:
        for week in writer.partitions:
            rows = links_of_week(pipeline, week)
            known = int(rows["shift"].notna().sum())
            writer.replace(week, {"series_links": rows}, metadata={"links": len(rows), "known": known})
