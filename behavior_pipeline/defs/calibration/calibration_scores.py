"""Asset calibration_scores: what the judge of the week says of the items that people labelled."""

from collections.abc import Sequence
from datetime import date, timedelta

import dagster as dg
import pandas as pd

from behavior_pipeline.calibration.items.week import items_of_week
from behavior_pipeline.datafiles.label_files import dataset_in_force, dataset_registry
from behavior_pipeline.defs.judged_items import cases_of, judged_items
from behavior_pipeline.defs.partition_writer import week_step
from behavior_pipeline.defs.partitions import days_of, weekly
from behavior_pipeline.defs.resources import Pipeline
from behavior_pipeline.defs.scoring import ask, question_of
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.evaluators.check import Case
from behavior_pipeline.judging.within_budget import RankedItem
from behavior_pipeline.lake.where import Between
from behavior_pipeline.scoring.calibrated import calibration_rows
from behavior_pipeline.scoring.checked import check_scores
from behavior_pipeline.tables.calibration import CALIBRATION_SCORES


@dg.asset(
    partitions_def=weekly,
    deps=["labels", "traces"],
    group_name="calibration",
    kinds={"python", "duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def calibration_scores(context: dg.AssetExecutionContext, pipeline: Pipeline) -> None:
    """The week's fresh labels and the anchors in force, each with that week's verdict of the judge."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            given = step.lake.read("labels", {"week": Between(None, week)})
            named = [spec for name, spec in pipeline.dimensions.items() if (given["dimension"] == name).any()]
            items = {spec.name: items_of(pipeline, spec, week, given) for spec in named}
            held = cases_of(step.lake, {trace_id for rows in items.values() for trace_id in rows["trace_id"]})
            rows = CALIBRATION_SCORES.joined(
                rescored(pipeline, spec, week, items[spec.name], held)
                for spec in named
                if len(items[spec.name])
            )
            counts = rows["dimension"].value_counts()
            metadata = {f"items_{name}": int(counts[name]) for name in sorted(counts.index)}
            step.replace(week, {"calibration_scores": rows}, metadata=metadata)


def items_of(pipeline: Pipeline, spec: DimensionSpec, week: date, labels: pd.DataFrame) -> pd.DataFrame:
    """Return the labelled items of a dimension: the week's fresh ones and the anchors in force at its end."""
    dataset = dataset_in_force(dataset_registry(pipeline.settings.root), spec.name, week + timedelta(days=6))
    return items_of_week(labels, spec, week=week, dataset=dataset)


def rescored(
    pipeline: Pipeline, spec: DimensionSpec, week: date, items: pd.DataFrame, everything: Sequence[Case]
) -> pd.DataFrame:
    """Return the dimension's items of the week with what checks and judge say of them.

    Fresh items get the answer that production got (the cache holds it), anchors are asked again each week,
    of the judge that is in use at its end.
    """
    mine = set(items["trace_id"])
    held = [case for case in everything if case.trace_id in mine]
    checked = check_scores(spec, held, root=pipeline.settings.root) if spec.checks else None
    verdicts = {}
    if spec.judge is not None:
        question = question_of(spec, spec.judge)
        for role, scope, on in (("fresh", "", None), ("anchor", week.isoformat(), days_of(week)[-1])):
            wanted = set(items.loc[items["role"] == role, "trace_id"])
            held_by_role = [case for case in held if case.trace_id in wanted]
            ranked = [
                RankedItem(item, 1.0, 0.0) for item in judged_items(pipeline, spec, held_by_role, on=on)
            ]
            verdicts[role] = ask(pipeline, question, ranked, scope=scope).frame()
    return calibration_rows(spec, items, week=week, checked=checked, verdicts=verdicts)
