"""Asset recalibration_deliveries: owners are told of a new judge on the first day on which it scored."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime

import dagster as dg
import pandas as pd

from behavior_pipeline.defs.calibration.maintenance_plan import JUDGE_DAYS
from behavior_pipeline.defs.markdown import markdown_table
from behavior_pipeline.defs.partitions import daily
from behavior_pipeline.defs.resources import Pipeline
from behavior_pipeline.delivery.deliver import Delivery, deliver_once
from behavior_pipeline.delivery.ledger import Ledger
from behavior_pipeline.delivery.recalibration import recalibration_message
from behavior_pipeline.labelling.recalibration import (
    Recalibration,
    new_judges,
    of_new_judge,
    suspensions,
)

QUEUED = """
SELECT dimension, judge, count(*) AS items FROM analysis.recalibration_queue WHERE day = $day GROUP BY ALL
"""
QUEUED_IN_WEEK = """
SELECT dimension, count(*) AS items FROM analysis.label_queue
WHERE week = $week AND role = 'fresh' GROUP BY dimension
"""


@dg.asset(
    partitions_def=daily,
    deps=["recalibration_queue"],
    group_name="recalibration",
    kinds={"postgres"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def recalibration_deliveries(context: dg.AssetExecutionContext, pipeline: Pipeline) -> None:
    """Who was told that another judge answers, with the command that writes its first 40 items; once each."""
    for key in sorted(context.partition_keys):
        told = tell(pipeline, of_day(pipeline, date.fromisoformat(key)))
        rows = pd.DataFrame([asdict(one) for one in told], columns=list(Delivery.__dataclass_fields__))
        failed = sum(one.status == "failed" for one in told)
        metadata = {"told": len(told), "failed": failed, "deliveries": markdown_table(rows)}
        context.add_asset_metadata(metadata, partition_key=key)


def of_day(pipeline: Pipeline, day: date) -> list[Recalibration]:
    """Return the judges that are new on a day, as far as days are stored now."""
    found = new_judges(pipeline.lake.sql(JUDGE_DAYS))
    counts = {
        (row["dimension"], row["judge"]): int(row["items"])
        for row in pipeline.lake.records(QUEUED, {"day": day})
    }
    return [
        of_new_judge(
            row["dimension"],
            judge=row["judge"],
            previous=row["previous_judge"],
            day=day,
            items=counts.get((row["dimension"], row["judge"]), 0),
        )
        for row in found[found["day"] == pd.Timestamp(day)].to_dict("records")
        if row["dimension"] in pipeline.dimensions
    ]


def tell_week(pipeline: Pipeline, week: date) -> list[Delivery]:
    """Tell the owners of gates that were shut in a week."""
    lake = pipeline.lake
    queued = {row["dimension"]: int(row["items"]) for row in lake.records(QUEUED_IN_WEEK, {"week": week})}
    agreement = lake.read("calibration_agreement", {"week": week})
    return tell(pipeline, suspensions(agreement, pipeline.dimensions, week=week, queued=queued))


def tell(pipeline: Pipeline, wanted: Sequence[Recalibration]) -> list[Delivery]:
    """Tell the owners by the routes of their dimensions."""
    specs = pipeline.dimensions
    return deliver_once(
        [
            (recalibration_message(one, specs[one.dimension].owner), specs[one.dimension].route)
            for one in wanted
        ],
        pipeline.settings.routes,
        ledger=Ledger(pipeline.lake.server.connect),
        root=pipeline.settings.root,
        clock=lambda: datetime.now(UTC),
    )
