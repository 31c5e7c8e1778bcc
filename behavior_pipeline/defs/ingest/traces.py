"""Asset traces: spans joined to requests, their facts without text, and the day's coverage."""

import dagster as dg

from behavior_pipeline.defs.partition_writer import day_step
from behavior_pipeline.defs.partitions import daily, trailing_days
from behavior_pipeline.defs.resources import Pipeline
from behavior_pipeline.settings.model import Settings, settings
from behavior_pipeline.tables.traces import TRACE_FACTS
from behavior_pipeline.traces import build
from behavior_pipeline.traces.coverage.of_day import arrivals_sql, coverage_of_day
from behavior_pipeline.traces.trace_day import trace_days, trace_sql


class TracesConfig(dg.Config):
    """`with_late` reads later days' spans for the traces of these days, too."""

    with_late: bool = False


@dg.asset(
    partitions_def=daily,
    deps=[
        dg.AssetDep("spans", partition_mapping=trailing_days(settings().lateness_days)),
    ],
    group_name="ingest",
    kinds={"duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def traces(context: dg.AssetExecutionContext, pipeline: Pipeline, config: TracesConfig) -> None:
    """One row a request, built on the day its root arrived, from the spans of that day and those before."""
    with day_step(context, pipeline.lake) as step:
        ends = {"first": step.partitions[0], "last": step.partitions[-1]}
        built = trace_days(step.lake.sql, **ends, lateness_days=pipeline.settings.lateness_days)
        arrived = step.lake.sql(arrivals_sql(), ends)
        for day in step.partitions:
            window = built.window(day, with_late=config.with_late)
            held = step.lake.records(trace_sql("spans_of_traces"), window) if window["traces"] else []
            rows = build.build_traces(held, day, building_of(pipeline.settings))
            late = built.late.get(day, 0)
            read = {name: step.lake.read(name, {"day": day}) for name in ("ingested", "not_consented")}
            read["arrivals"] = arrived[arrived["day"].dt.date == day]
            covered = coverage_of_day(day, traces=rows, spans=held, late_spans=late, **read)
            frames = {"traces": rows, "trace_facts": rows[list(TRACE_FACTS.columns)], "coverage": covered}
            step.replace(
                day,
                frames,
                metadata={"late_spans": late, "orphaned": int((~rows["has_root"].astype(bool)).sum())},
            )


def building_of(settings: Settings) -> build.Building:
    """Return how traces are built, from the settings."""
    names = settings.attributes
    return build.Building(
        settings.slices, names.feature, names.feature_flag_prefix, settings.prices, settings.signals
    )
