"""Asset recalibration_deliveries: owners are told of a new judge on the first day on which it scored."""

from datetime import date

import dagster as dg

from behavior_pipeline.defs.markdown import deliveries_metadata
from behavior_pipeline.defs.partitions import daily_asset
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.recalibration import tell_of_new_judges


@daily_asset("recalibration", kinds={"postgres"}, deps=["recalibration_queue"])
def recalibration_deliveries(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """Who was told that another judge answers, with the command that writes its first 40 items; once each."""
    for key in sorted(context.partition_keys):
        deliveries = tell_of_new_judges(pipeline, date.fromisoformat(key))
        context.add_asset_metadata(deliveries_metadata(deliveries), partition_key=key)
