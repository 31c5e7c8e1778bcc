"""Tells owners of judges that are new, and of gates that were shut, with the queue that opens them again."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pandas as pd

from behavior_pipeline.delivery.deliver import Delivery, deliver_once
from behavior_pipeline.delivery.ledger import Ledger
from behavior_pipeline.delivery.recalibration import recalibration_message
from behavior_pipeline.labelling.recalibration import Recalibration, new_judges, of_new_judge, suspensions
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.steps.pipeline import Pipeline

JUDGE_DAYS = """
SELECT DISTINCT dimension, judge, day FROM analysis.tuple_days
WHERE judge <> 'none' AND judge NOT LIKE '%@none'
"""
QUEUED = """
SELECT dimension, judge, count(*) AS items FROM analysis.recalibration_queue WHERE day = $day GROUP BY ALL
"""
QUEUED_IN_WEEK = """
SELECT dimension, count(*) AS items FROM analysis.label_queue
WHERE week = $week AND role = 'fresh' GROUP BY dimension
"""


def judge_days(lake: Lake) -> pd.DataFrame:
    """Return the days on which each judge has answered for each dimension."""
    return lake.sql(JUDGE_DAYS)


def tell_of_new_judges(pipeline: Pipeline, day: date) -> list[Delivery]:
    """Tell the owners of judges that are new on a day, as far as days are stored now."""
    first_days = new_judges(judge_days(pipeline.lake))
    counts = {
        (row["dimension"], row["judge"]): int(row["items"])
        for row in pipeline.lake.records(QUEUED, {"day": day})
    }
    wanted = [
        of_new_judge(
            row["dimension"],
            judge=row["judge"],
            previous=row["previous_judge"],
            day=day,
            items=counts.get((row["dimension"], row["judge"]), 0),
        )
        for row in first_days[first_days["day"] == pd.Timestamp(day)].to_dict("records")
        if row["dimension"] in pipeline.dimensions
    ]
    return _tell(pipeline, wanted)


def tell_of_shut_gates(pipeline: Pipeline, week: date) -> list[Delivery]:
    """Tell the owners of gates that were shut in a week."""
    lake = pipeline.lake
    queued = {row["dimension"]: int(row["items"]) for row in lake.records(QUEUED_IN_WEEK, {"week": week})}
    agreement = lake.read("calibration_agreement", {"week": week})
    return _tell(pipeline, suspensions(agreement, pipeline.dimensions, week=week, queued=queued))


def _tell(pipeline: Pipeline, wanted: Sequence[Recalibration]) -> list[Delivery]:
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
