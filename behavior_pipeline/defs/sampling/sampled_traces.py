"""Asset sampled_traces: which traces are judged, with which probability and why."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import dagster as dg
import pandas as pd

from behavior_pipeline.defs.cases_cache import checked_of, traces_of
from behavior_pipeline.defs.partition_writer import day_step
from behavior_pipeline.defs.partitions import daily
from behavior_pipeline.defs.resources import Pipeline, dimensions
from behavior_pipeline.evaluators.check import Case
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.sampling.draw import draw_day

SCHEDULED = "dagster/schedule_name"
LOW_SCORE_DAYS = 14
LOW_SCORES = """
SELECT DISTINCT traces.conversation_id
FROM analysis.scores AS scores JOIN content.traces AS traces USING (day, trace_id)
WHERE scores.evaluator LIKE 'judge:%' AND scores.score < 0.5 AND traces.conversation_id IS NOT NULL
  AND day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
"""


@dg.asset(
    partitions_def=daily,
    deps=["traces", *(f"scores_{name}" for name, spec in dimensions().items() if spec.kind == "checked")],
    group_name="sampling",
    kinds={"duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def sampled_traces(context: dg.AssetExecutionContext, pipeline: Pipeline) -> None:
    """Traces drawn for the judges, anomalies more often, with stratum and inclusion probability.

    Scheduled one-day runs also read low judge scores of earlier days of a conversation from the lake. That is
    not declared as a dependency, since it would be a cycle; ranges, backfills and runs by hand draw without
    it, so that they give the same rows in any order, and say so in `reason`.
    """
    with day_step(context, pipeline.lake) as step:
        for day in step.partitions:
            rows, parsed = traces_of(step.lake, day, run_id=context.run.run_id)
            drawn = draw_day(
                pipeline.dimensions,
                rows,
                day=day,
                check_scores=checks_of(pipeline, parsed, day, run_id=context.run.run_id),
                low_score=low_scores(context, pipeline, day),
                salt=pipeline.settings.sampling.salt,
                stored_rates=step.lake.read("sampling_rates", {"day": day}),
                stored_rows=step.lake.read("sampled_traces", {"day": day}),
            )
            frames = {
                "sampled_traces": drawn.sampled,
                "sampling_rates": drawn.rates,
                "sampling_frames": drawn.frames,
            }
            counts = drawn.sampled["dimension"].value_counts()
            step.replace(
                day,
                frames,
                metadata={f"drawn_{name}": int(counts.get(name, 0)) for name in sorted(counts.index)},
            )


def checks_of(
    pipeline: Pipeline, parsed: Sequence[Case], day: date, *, run_id: str
) -> Mapping[str, pd.DataFrame]:
    """Return a day's check results: stored ones of checked dimensions, computed ones of the composite."""
    found = {}
    for name, spec in pipeline.dimensions.items():
        if spec.kind == "checked":
            found[name] = pipeline.lake.read(f"scores_{name}", {"day": day})
        elif spec.kind == "composite":
            found[name] = checked_of(spec, parsed, day, root=pipeline.settings.root, run_id=run_id)
    return found


def low_scores(context: dg.AssetExecutionContext, pipeline: Pipeline, day: date) -> set[str] | None:
    """Return the conversations with a low judge score on an earlier day, or None where they are not read."""
    scheduled = SCHEDULED in context.run.tags and len(context.partition_keys) == 1
    if not scheduled or not pipeline.settings.sampling.low_score_signal:
        return None
    window = {"first": day - timedelta(days=LOW_SCORE_DAYS), "last": day - timedelta(days=1)}
    return set(lake_conversations(pipeline.lake, window))


def lake_conversations(lake: Lake, window: Mapping[str, date]) -> list[str]:
    """Return the conversations with a low judge score within a window of days."""
    return list(lake.sql(LOW_SCORES, window)["conversation_id"])
