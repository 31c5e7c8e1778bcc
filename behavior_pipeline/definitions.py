"""What Dagster loads: every definition below `defs/`, found by folder; this file names no asset."""

from pathlib import Path

import dagster as dg

from behavior_pipeline.defs.resources import Pipeline


@dg.definitions
def definitions() -> dg.Definitions:
    """Return the definitions of the `defs` folder with the resource and the executor that all share."""
    package = Path(__file__).parent
    return dg.Definitions.merge(
        dg.load_from_defs_folder(path_within_project=package),
        dg.Definitions(resources={"pipeline": Pipeline()}, executor=dg.in_process_executor),
    )
