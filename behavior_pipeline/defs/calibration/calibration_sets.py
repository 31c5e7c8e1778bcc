"""Asset calibration_sets: a card for each calibration set, and a check that none was changed on disk."""

import dagster as dg

from behavior_pipeline.defs.markdown import markdown_table
from behavior_pipeline.defs.partition_writer import week_writer
from behavior_pipeline.defs.partitions import weekly_asset
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.labels.card_text import card_text
from behavior_pipeline.steps.calibration_sets import cards_of_week
from behavior_pipeline.steps.weeks import sunday_of


@weekly_asset("calibration", kinds={"python", "duckdb"}, deps=["labels", "traces"])
def calibration_sets(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """Each calibration set by the week's end: size, balance, annotators' agreement, age, gaps, changes."""
    with week_writer(context, pipeline.lake) as writer:
        for week in writer.partitions:
            rows = cards_of_week(pipeline, week, day=sunday_of(week))
            in_force = rows[rows["in_force"]]
            counts = zip(in_force["dimension"].tolist(), in_force["items"].tolist(), strict=True)
            sizes = {f"items_{name}": int(count) for name, count in counts}
            metadata = {**sizes, "cards": markdown_table(card_text(rows))}
            writer.replace(week, {"calibration_sets": rows}, metadata=metadata)


@dg.asset_check(
    asset=calibration_sets,
    name="sets_are_intact",
    description="Stored labels of every calibration set are those that were registered.",
)
def sets_are_intact(
    context: dg.AssetCheckExecutionContext, pipeline: PipelineResource
) -> dg.AssetCheckResult:
    """Compare the digest of each set's content with the registered one."""
    rows = pipeline.lake.read("calibration_sets", {"week": list(context.partition_keys)})
    broken = rows[~rows["intact"].astype(bool)].drop_duplicates(["dimension", "dataset"])
    names = ", ".join(broken["dimension"] + ": " + broken["dataset"])
    return dg.AssetCheckResult(passed=broken.empty, metadata={"sets": len(rows), "changed": names or "none"})
