"""The resource of all assets: what steps work with, as Dagster knows it."""

import dagster as dg

from behavior_pipeline.steps.pipeline import Pipeline


class PipelineResource(dg.ConfigurableResource, Pipeline):
    """What assets work with: settings, dimensions and the lake.

    Nothing is opened when definitions are loaded; a process that only draws the graph needs no database.
    """
