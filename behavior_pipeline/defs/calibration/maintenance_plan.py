"""Asset maintenance_plan: which gates, judges, rubrics, sets and slices want people, and whose they are."""

from datetime import date, timedelta

import dagster as dg
import pandas as pd

from behavior_pipeline.datafiles.label_files import dataset_in_force, dataset_registry
from behavior_pipeline.defs.calibration.calibration_agreement import pass_shares
from behavior_pipeline.defs.markdown import markdown_table
from behavior_pipeline.defs.partition_writer import week_step
from behavior_pipeline.defs.partitions import days_of, weekly
from behavior_pipeline.defs.resources import Pipeline
from behavior_pipeline.labelling.queue import month_start
from behavior_pipeline.labelling.upkeep import MONTH, Upkeep, plan_of_week
from behavior_pipeline.lake.where import Between

ONE_WEEK = timedelta(weeks=1)

JUDGE_DAYS = """
SELECT DISTINCT dimension, judge, day FROM analysis.tuple_days
WHERE judge <> 'none' AND judge NOT LIKE '%@none'
"""


@dg.asset(
    partitions_def=weekly,
    deps=["labels", "calibration_scores", "calibration_agreement", "label_queue", "calibration_slices"],
    group_name="calibration",
    kinds={"python", "duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def maintenance_plan(context: dg.AssetExecutionContext, pipeline: Pipeline) -> None:
    """What people have to do for the judges: why, until when, how many labels, and the command."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            rows = of_week(pipeline, week)
            step.replace(week, {"maintenance_plan": rows}, metadata=metadata_of(rows))


def of_week(pipeline: Pipeline, week: date) -> pd.DataFrame:
    """Return the plan of a week."""
    lake, last = pipeline.lake, days_of(week)[-1]
    trailing = {"week": Between(week - MONTH + ONE_WEEK, week)}
    registry = dataset_registry(pipeline.settings.root)
    upkeep = Upkeep(
        week=week,
        agreement=lake.read("calibration_agreement", {"week": week}),
        scores=lake.read("calibration_scores", trailing),
        labels=lake.read("labels", {"week": Between(None, week)}),
        queue=lake.read("label_queue", {"week": [week, month_start(week)]}),
        judge_days=lake.sql(JUDGE_DAYS),
        slices=lake.read("calibration_slices", {"week": week}),
        datasets={name: dataset_in_force(registry, name, last) for name in pipeline.dimensions},
        pass_shares={name: by_week[week] for name, by_week in pass_shares(lake, week).items()},
    )
    return plan_of_week(pipeline.dimensions, upkeep)


def metadata_of(rows: pd.DataFrame) -> dict[str, object]:
    """Return the plan as a table, and the labels missing for each shut gate as numbers that plot."""
    gates = rows[(rows["task"] == "gate") & rows["labels_missing"].notna()]
    missing = {
        f"labels_missing_{row['dimension']}": int(row["labels_missing"]) for row in gates.to_dict("records")
    }
    return {**missing, "plan": markdown_table(rows.drop(columns=["week"]))}
