"""Command run: materialise days and the weeks that they complete."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from behavior_pipeline.cli.jobs.progress import run_all
from behavior_pipeline.cli.jobs.running import chunks
from behavior_pipeline.datafiles.buckets.s3 import SCHEME
from behavior_pipeline.datafiles.buckets.sources import local_path
from behavior_pipeline.errors import InputError
from behavior_pipeline.settings.model import settings


def run(
    start: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day (of arrival).")],
    end: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The last day, itself included.")],
    source: Annotated[
        str | None,
        typer.Option(help="Read dumps from this directory, or s3://bucket/prefix, instead of data/dumps/."),
    ] = None,
    with_late: Annotated[
        bool, typer.Option(help="Read spans that arrived after their trace was built, too.")
    ] = False,
    missing: Annotated[bool, typer.Option(help="Only what was never materialised.")] = False,
) -> None:
    """Materialise all daily assets from START to END, and the weekly ones of each week that END completes."""
    if source is not None:
        use_source(source)

    first = settings().start_day
    if start > end or start.date().isoformat() < first:
        raise InputError(
            happened=f"{start.date()} to {end.date()} is no range, or starts before start_day {first}",
            kept="nothing was run",
            remedy="give --start before --end; set start_day in pipeline.toml to your first day",
        )
    run_all(list(chunks(start.date(), end.date())), with_late=with_late, only_missing=missing)
    Console(markup=False).print(
        f"done; see `behavior-pipeline status` and {settings().root / 'reports' / 'index.html'}"
    )


def use_source(source: str) -> None:
    """Read dumps from one directory or bucket, in place of the configured sources."""
    # A directory is meant from where the command is typed, and not from the data root.
    root = source if source.startswith(SCHEME) else str(local_path(source, Path.cwd(), key="--source"))
    if not source.startswith(SCHEME) and not Path(root).is_dir():
        raise InputError(
            happened=f"the dump directory {source} does not exist", kept="everything that was stored before",
            remedy="check --source",
        )  # fmt: skip
    os.environ["BEHAVIOR_PIPELINE_SOURCES"] = json.dumps([{"name": "source", "root": root}])
