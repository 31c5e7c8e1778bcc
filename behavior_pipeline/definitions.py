"""What Dagster loads: every definition below `defs/`, folder by folder; this file names no asset."""

import warnings
from pathlib import Path

import dagster as dg

from behavior_pipeline.defs.columns import with_columns
from behavior_pipeline.defs.resources import PipelineResource


@dg.definitions
def definitions() -> dg.Definitions:
    """Return the definitions of the `defs` folder with the resource and the executor that all share."""
    package = Path(__file__).parent
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)  # pinned to the version in which it was tried
        folder = dg.load_from_defs_folder(path_within_project=package).map_asset_specs(func=with_columns)
    return dg.Definitions.merge(
        folder,
        dg.Definitions(resources={"pipeline": PipelineResource()}, executor=dg.in_process_executor),
    )
