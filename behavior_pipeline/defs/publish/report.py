"""Asset report: data/reports/index.html, what moved and why, for people who read one page."""

import dagster as dg

from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.lake.published import open_published
from behavior_pipeline.report.page import write_report
from behavior_pipeline.report.summary import summary


@dg.asset(deps=["published"], group_name="publish", kinds={"html"}, owners=["team:behavior"])
def report(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """One self-contained page of what moved, since when, because of what, and who owns it."""
    root = pipeline.settings.root
    path = write_report(root)
    with open_published(root) as published:
        scorecard = dg.MetadataValue.md(summary(published))
    context.add_output_metadata(
        {"path": dg.MetadataValue.path(str(path)), "bytes": path.stat().st_size, "scorecard": scorecard}
    )
