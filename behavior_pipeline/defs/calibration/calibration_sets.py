"""Asset calibration_sets: a card for each calibration set, and a check that none was changed on disk."""

from datetime import date, timedelta

import dagster as dg
import pandas as pd

from behavior_pipeline.aggregation.slices import first_deciding_day, watched_slices
from behavior_pipeline.datafiles.label_files import dataset_registry, stored_labels
from behavior_pipeline.defs.markdown import markdown_table
from behavior_pipeline.defs.partition_writer import week_step
from behavior_pipeline.defs.partitions import days_of, weekly
from behavior_pipeline.defs.resources import Pipeline
from behavior_pipeline.defs.weekly.weekly_scores import TRAFFIC
from behavior_pipeline.evaluators.check import parse_json
from behavior_pipeline.labels.card_text import card_text
from behavior_pipeline.labels.cards import Traffic, cards
from behavior_pipeline.labels.sets import anchors
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.settings.model import Settings

SLICES = "SELECT trace_id, slices FROM analysis.trace_facts WHERE trace_id IN (SELECT unnest($traces))"


@dg.asset(
    partitions_def=weekly,
    deps=["labels", "traces"],
    group_name="calibration",
    kinds={"python", "duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def calibration_sets(context: dg.AssetExecutionContext, pipeline: Pipeline) -> None:
    """Each calibration set by the week's end: size, balance, annotators' agreement, age, gaps, changes."""
    labels, registry = stored_labels(pipeline.settings.root), dataset_registry(pipeline.settings.root)
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            traffic = traffic_of(step.lake, pipeline.settings, anchors(labels), week)
            rows = cards(
                registry, labels, pipeline.dimensions, traffic, week=week, day=week + timedelta(days=6)
            )
            held = rows[rows["in_force"]]
            counts = zip(held["dimension"].tolist(), held["items"].tolist(), strict=True)
            sizes = {f"items_{name}": int(count) for name, count in counts}
            step.replace(
                week, {"calibration_sets": rows}, metadata={**sizes, "cards": markdown_table(card_text(rows))}
            )


def traffic_of(lake: Lake, settings: Settings, labels: pd.DataFrame, week: date) -> Traffic:
    """Return the slices of labelled traces, and those that are watched in a week."""
    window = {"first": first_deciding_day(week), "last": days_of(week)[-1]}
    watched = watched_slices(
        lake.sql(TRAFFIC, window), week=week, keys=settings.slices, top=settings.aggregation.top_slices
    )
    held = lake.sql(SLICES, {"traces": sorted(set(labels["trace_id"]))})
    slices = {trace: parse_json(text) for trace, text in zip(held["trace_id"], held["slices"], strict=True)}
    return Traffic(slices, watched)


@dg.asset_check(
    asset=calibration_sets,
    name="sets_are_intact",
    description="Stored labels of every calibration set are those that were registered.",
)
def sets_are_intact(context: dg.AssetCheckExecutionContext, pipeline: Pipeline) -> dg.AssetCheckResult:
    """Compare the digest of each set's content with the registered one."""
    rows = pipeline.lake.read("calibration_sets", {"week": list(context.partition_keys)})
    broken = rows[~rows["intact"].astype(bool)].drop_duplicates(["dimension", "dataset"])
    names = ", ".join(broken["dimension"] + ": " + broken["dataset"])
    return dg.AssetCheckResult(passed=broken.empty, metadata={"sets": len(rows), "changed": names or "none"})
