"""Asset sampled_traces: which traces are judged, with which probability and why."""

import dagster as dg

from behavior_pipeline.defs.partition_writer import day_writer
from behavior_pipeline.defs.partitions import daily_asset
from behavior_pipeline.defs.resources import PipelineResource, checked_dimensions
from behavior_pipeline.steps.pipeline import dimensions
from behavior_pipeline.steps.sampled_traces import draw

SCHEDULED = "dagster/schedule_name"


@daily_asset(
    "sampling",
    kinds={"duckdb"},
    deps=["traces", *(f"scores_{name}" for name, spec in dimensions().items() if spec.kind == "checked")],
)
def sampled_traces(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """Traces drawn for the judges, anomalies more often, with stratum and inclusion probability.

    Scheduled one-day runs also read low judge scores of earlier days of a conversation from the lake. That is
    not declared as a dependency, since it would be a cycle; ranges, backfills and runs by hand draw without
    it, so that they give the same rows in any order, and say so in `reason`.
    """
    pipeline.cases.expect(checked_dimensions(context), run_id=context.run.run_id)
    low_scores = is_scheduled(context) and pipeline.settings.sampling.low_score_signal
    with day_writer(context, pipeline.lake) as writer:
        for day in writer.partitions:
            drawn = draw(pipeline, day, run_id=context.run.run_id, low_scores=low_scores)
            frames = {
                "sampled_traces": drawn.sampled,
                "sampling_population": drawn.population,
                "sampling_rates": drawn.rates,
                "sampling_frames": drawn.frames,
            }
            counts = drawn.sampled["dimension"].value_counts()
            metadata = {f"drawn_{name}": int(counts.get(name, 0)) for name in sorted(counts.index)}
            writer.replace(day, frames, metadata=metadata)


def is_scheduled(context: dg.AssetExecutionContext) -> bool:
    """Return whether the schedule launched this run of one day."""
    return SCHEDULED in context.run.tags and len(context.partition_keys) == 1
