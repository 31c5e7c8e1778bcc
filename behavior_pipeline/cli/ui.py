"""Command ui: the Dagster UI on a data root."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from behavior_pipeline.cli.data_root import CHECKOUT, use_data_root


def ui(
    data: Annotated[Path | None, typer.Option(help="The data root, as data or data/demo.")] = None,
    port: Annotated[int, typer.Option(help="The port on this machine.")] = 3000,
) -> None:
    """Open the Dagster UI (asset graph, runs, schedules); stop it with Ctrl-C."""
    if data is not None:
        use_data_root(data)
    os.environ.setdefault("DAGSTER_HOME", str(CHECKOUT))
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    dagster = Path(sys.executable).with_name("dagster")
    workspace = str(CHECKOUT / "workspace.yaml")
    # a replaced process gets Ctrl-C itself and ends its own children
    os.execv(dagster, [str(dagster), "dev", "-w", workspace, "-h", "127.0.0.1", "-p", str(port)])  # noqa: S606
