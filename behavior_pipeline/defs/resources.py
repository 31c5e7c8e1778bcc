"""The resource of all assets: what steps work with, as Dagster knows it."""

import dagster as dg

from behavior_pipeline.steps.pipeline import Pipeline, close_cases, dimensions


class PipelineResource(dg.ConfigurableResource, Pipeline):
    """What assets work with: settings, dimensions and the lake.

    Nothing is opened when definitions are loaded; a process that only draws the graph needs no database.
    """

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Let go of what the run has read, on disk, too: a code server lives longer than its runs."""
        close_cases()


def checked_dimensions(context: dg.AssetExecutionContext) -> set[str]:
    """Return the dimensions whose checks the assets of this run ask for."""
    chosen = context.run.asset_selection
    checked = {name: spec for name, spec in dimensions().items() if spec.checks}
    if chosen is None:
        return set(checked)
    drawing = dg.AssetKey("sampled_traces") in chosen
    return {
        name
        for name, spec in checked.items()
        if dg.AssetKey(f"scores_{name}") in chosen or (drawing and spec.kind == "composite")
    }
