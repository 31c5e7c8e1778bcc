"""Asset alert_deliveries: who was told of the week's alerts, when, with what result."""

from datetime import date

import dagster as dg

from behavior_pipeline.defs.markdown import deliveries_metadata
from behavior_pipeline.defs.partitions import weekly_asset
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.alerts import deliver_week, undelivered
from behavior_pipeline.steps.recalibration import tell_of_shut_gates


@weekly_asset("drift", kinds={"postgres"}, deps=["drift_alerts", "label_queue"])
def alert_deliveries(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """Alerts handed to their routes once for each change of state, and queues of gates that were shut."""
    for key in sorted(context.partition_keys):
        week = date.fromisoformat(key)
        deliveries = [*deliver_week(pipeline, week), *tell_of_shut_gates(pipeline, week)]
        context.add_asset_metadata(deliveries_metadata(deliveries), partition_key=key)


@dg.asset_check(
    asset="alert_deliveries", description="Every alert of the run's weeks reached all of its targets."
)
def alerts_are_delivered(
    context: dg.AssetCheckExecutionContext, pipeline: PipelineResource
) -> dg.AssetCheckResult:
    """Count deliveries that failed and were not made good since."""
    failed = undelivered(pipeline.lake, [date.fromisoformat(key) for key in context.partition_keys])
    return dg.AssetCheckResult(
        passed=failed == 0, severity=dg.AssetCheckSeverity.WARN, metadata={"failed": failed}
    )
