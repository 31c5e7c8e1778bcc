"""Asset alert_deliveries: who was told of the week's alerts, when, with what result."""

from dataclasses import asdict
from datetime import UTC, date, datetime

import dagster as dg
import pandas as pd

from behavior_pipeline.defs.markdown import markdown_table
from behavior_pipeline.defs.partitions import weekly
from behavior_pipeline.defs.recalibration import recalibration_deliveries
from behavior_pipeline.defs.resources import Pipeline
from behavior_pipeline.delivery.deliver import Delivery, deliver
from behavior_pipeline.delivery.ledger import Ledger


@dg.asset(
    partitions_def=weekly,
    deps=["drift_alerts", "label_queue"],
    group_name="drift",
    kinds={"postgres"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def alert_deliveries(context: dg.AssetExecutionContext, pipeline: Pipeline) -> None:
    """Alerts handed to their routes once for each change of state, and queues of gates that were shut."""
    for key in sorted(context.partition_keys):
        week = date.fromisoformat(key)
        told = [*deliver_week(pipeline, week), *recalibration_deliveries.tell_week(pipeline, week)]
        failed = sum(one.status == "failed" for one in told)
        rows = pd.DataFrame([asdict(one) for one in told], columns=list(Delivery.__dataclass_fields__))
        metadata = {"told": len(told), "failed": failed, "deliveries": markdown_table(rows)}
        context.add_asset_metadata(metadata, partition_key=key)


def deliver_week(pipeline: Pipeline, week: date) -> list[Delivery]:
    """Deliver the alerts of a week."""
    return deliver(
        pipeline.lake.read("drift_alerts", {"week": week}),
        pipeline.settings.routes,
        ledger=Ledger(pipeline.lake.server.connect),
        root=pipeline.settings.root,
        clock=lambda: datetime.now(UTC),
    )


@dg.asset_check(
    asset="alert_deliveries", description="Every alert of the run's weeks reached all of its targets."
)
def alerts_are_delivered(context: dg.AssetCheckExecutionContext, pipeline: Pipeline) -> dg.AssetCheckResult:
    """Count deliveries that failed and were not made good since."""
    told = Ledger(pipeline.lake.server.connect).frame()
    own = told[pd.to_datetime(told["week"]).isin(pd.to_datetime(list(context.partition_keys)))]
    last = own.sort_values("attempt").drop_duplicates(["alert_id", "state", "target"], keep="last")
    failed = int((last["status"] != "sent").sum())
    return dg.AssetCheckResult(
        passed=failed == 0, severity=dg.AssetCheckSeverity.WARN, metadata={"failed": failed}
    )
