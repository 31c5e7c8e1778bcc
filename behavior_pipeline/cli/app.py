"""The command line: `behavior-pipeline --help` teaches it.

A command's module is imported when it is called. Its sentence stands here, too, so that help needs no module.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.panel import Panel
from rich.text import Text
from typer.core import TyperCommand

from behavior_pipeline.cli.data_root import use_data_root
from behavior_pipeline.errors import BehaviorPipelineError

Commands = Mapping[str, tuple[str, str]]  # name: (module:function, the first sentence of its help)

COMMANDS: Commands = {
    "demo": (
        "demo:demo",
        "Play sixteen weeks of a support assistant: a bad prompt in week 10, a moved judge in week 13.",
    ),
    "doctor": (
        "doctor:doctor",
        "Look through dumps before the first run: what is read, what is not, and what will be measurable.",
    ),
    "redact": (
        "redact:redact",
        "Show what would be redacted in a dump file and which attributes would be dropped; "
        "nothing is stored.",
    ),
    "run": (
        "run:run",
        "Materialise all daily assets from START to END, "
        "and the weekly ones of each week that END completes.",
    ),
    "status": (
        "status:status",
        "Say what is stored, how every dimension stands and whether its gate is open.",
    ),
    "maintenance": (
        "maintenance:maintenance",
        "Say which gates, judges, rubrics, sets and slices are due, whose they are, and what to run.",
    ),
    "export": (
        "status:export",
        "Write data/behavior.duckdb: every output table without raw content, for notebooks.",
    ),
    "ui": ("ui:ui", "Open the Dagster UI (asset graph, runs, schedules); stop it with Ctrl-C."),
}
ALERTS: Commands = {
    "list": (
        "alerts:list_alerts",
        "List alerts: state, dimension, slice, since when, owner and what is said of them.",
    ),
    "show": (
        "alerts:show",
        "Show an alert: its history, version tuples before and after, suspects and evidence.",
    ),
}
LABELS: Commands = {
    "import": (
        "labels:import_file",
        "Import human labels from a file; map other names and words under [labels] in pipeline.toml.",
    ),
    "export": (
        "labels:export_file",
        "Write imported labels as CSV or as Label Studio tasks, with the redacted texts of the lake.",
    ),
    "config": (
        "labels:config_file",
        "Write Label Studio's labelling configuration (XML) of a dimension.",
    ),
    "sets": (
        "label_sets:sets",
        "Show the card of every calibration set: size, balance, agreement of annotators, age, gaps, changes.",
    ),
    "diff": (
        "label_sets:diff",
        "Say which items a calibration set has, lacks or labels otherwise than another one of its dimension.",
    ),
    "queue": (
        "queue:queue_file",
        "Write the queue of a dimension: any beginning of its fresh items is a probability sample.",
    ),
}
JUDGES: Commands = {
    "compare": (
        "judges:compare",
        "Compare two judges on the same labelled items: agreement, paired difference, cost, and what to do.",
    ),
    "tune-threshold": (
        "judges:tune_threshold",
        "Find from which number on a verdict should pass; prints the setting and changes nothing.",
    ),
    "recorded": (
        "judges:recorded",
        "Say what the file of recorded verdicts holds, and which of its rows cannot be used, by line.",
    ),
}
DRIFT: Commands = {
    "explain": (
        "drift:explain",
        "Explain a series-week: findings, what was decided and why, and what would have alarmed.",
    ),
}
EVENTS: Commands = {
    "add": (
        "events:add",
        "Add an event: a suspect of what moved about then, and a mark in plots; twice is as once.",
    ),
    "import": (
        "events:import_file",
        "Import events from a CSV: good rows are kept, bad ones named by line; twice is as once.",
    ),
    "list": ("events:list_events", "List the events that are known, the newest first."),
}
GROUPS: Mapping[str, tuple[str, Commands]] = {
    "alerts": ("What moved, since when, because of what, and who owns it.", ALERTS),
    "drift": ("Why a series alarmed in a week, or why not.", DRIFT),
    "events": ("Deploys, outages and incidents that a team tells: suspects and plot marks.", EVENTS),
    "labels": ("Human labels: what to ask for, and what was given.", LABELS),
    "judges": (
        "Which of two judges agrees better with people, and from which number on a verdict passes.",
        JUDGES,
    ),
}

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


@contextmanager
def errors_told() -> Iterator[None]:
    """Show errors of ours as one clear message instead of a traceback, and end with status 1."""
    try:
        yield
    except BehaviorPipelineError as error:
        body = Text.assemble(
            (error.happened, "bold"), "\n\nkept: ", error.kept, "\nto do: ", error.remedy, overflow="fold"
        )
        Console(stderr=True).print(Panel(body, title="error", border_style="red"))
        raise typer.Exit(1) from None


def loaded(name: str, target: str) -> Any:
    """Return the command that a function of a module of cli/ is, with its options."""
    module, function = target.split(":")
    command: Callable[..., Any] = getattr(import_module(f"behavior_pipeline.cli.{module}"), function)

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        with errors_told():
            return command(*args, **options)

    alone = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)
    alone.command(name)(run)
    return typer.main.get_command(alone)


def later(target: str) -> type[TyperCommand]:
    """Return the class of a command that is named in help as it is, and imported when it is called."""

    class Later(TyperCommand):
        def make_context(self, info_name: str | None, args: list[str], *more: Any, **extra: Any) -> Any:
            """Hand over to the command itself, once the data root is known."""
            with errors_told():
                command = loaded(self.name or "", target)
            return command.make_context(info_name, args, *more, **extra)

    return Later


def add_commands(to: typer.Typer, commands: Commands) -> None:
    """Add commands by their names; no module of theirs is imported."""
    for name, (target, sentence) in commands.items():
        to.command(name, cls=later(target), help=sentence)(lambda: None)


add_commands(app, COMMANDS)
for _name, (_text, _commands) in GROUPS.items():
    _group = typer.Typer(help=_text, no_args_is_help=True)
    add_commands(_group, _commands)
    app.add_typer(_group, name=_name)


def main() -> None:
    """Run the command line."""
    sys.exit(app())
