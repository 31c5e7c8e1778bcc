"""The command line: `behavior-pipeline --help` teaches it."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from behavior_pipeline.cli import (
    alerts,
    demo,
    doctor,
    judges,
    label_files,
    label_sets,
    labels,
    maintenance,
    queue,
    redact,
    ui,
)
from behavior_pipeline.cli import run as runs
from behavior_pipeline.cli import status as outputs
from behavior_pipeline.cli.data_root import use_data_root
from behavior_pipeline.errors import BehaviorPipelineError

app = typer.Typer(
    name="behavior-pipeline",
    help="Turns the raw traces of a deployed LLM system into decisions with evidence.\n\n"
    "Start with [bold]demo[/bold]. Your own data: look through it with [bold]doctor[/bold], put dumps into "
    "data/dumps/, import labels with [bold]labels import[/bold], then [bold]run[/bold], and look with "
    "[bold]status[/bold], [bold]alerts list[/bold] and [bold]ui[/bold].",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
)


@app.callback()
def data_root(
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", help="The data root; default: BEHAVIOR_PIPELINE_DATA, else data/.", show_default=False
        ),
    ] = None,
) -> None:
    """Use a data root; one that holds a pipeline.toml brings its own configuration."""
    if data is not None:
        use_data_root(data)


def told(command: Callable[..., Any]) -> Callable[..., Any]:
    """Show errors of ours as one clear message instead of a traceback, and end with status 1."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except BehaviorPipelineError as error:
            body = Text.assemble(
                (error.happened, "bold"), "\n\nkept: ", error.kept, "\nto do: ", error.remedy, overflow="fold"
            )
            Console(stderr=True).print(Panel(body, title="error", border_style="red"))
            raise typer.Exit(1) from None

    return run


for command in (
    demo.demo, doctor.doctor, redact.redact, runs.run, outputs.status, maintenance.maintenance,
    outputs.export, ui.ui,
):  # fmt: skip
    app.command()(told(command))
for name, group, text in (
    (
        "alerts",
        (alerts.list_alerts, alerts.show),
        "What moved, since when, because of what, and who owns it.",
    ),
    (
        "labels",
        (
            labels.import_file,
            label_files.export_file,
            label_files.config_file,
            label_sets.sets,
            label_sets.diff,
            queue.queue_file,
        ),
        "Human labels: what to ask for, and what was given.",
    ),
    (
        "judges",
        (judges.compare, judges.tune_threshold, judges.recorded),
        "Which of two judges agrees better with people, and from which number on a verdict passes.",
    ),
):
    commands = typer.Typer(help=text, no_args_is_help=True)
    for command in group:
        word = command.__name__.removesuffix("_alerts").removesuffix("_file").replace("_", "-")
        commands.command(word)(told(command))
    app.add_typer(commands, name=name)


def main() -> None:
    """Run the command line."""
    sys.exit(app())
