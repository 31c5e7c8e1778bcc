"""Commands events add, import and list: what a team did or met, as suspects and plot marks."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from behavior_pipeline.attribution.told_events import ToldEvents, events_in_csv, told_events
from behavior_pipeline.errors import InputError
from behavior_pipeline.steps.pipeline import open_lake
from behavior_pipeline.values import none_if_missing, plain

SHOWN_PROBLEMS = 20


def add(
    at: Annotated[
        str, typer.Option("--at", help="When, as 2026-03-05T14:30+01:00; without a zone it is UTC.")
    ],
    kind: Annotated[str, typer.Option("--kind", help="What sort, as deploy, outage or incident.")],
    name: Annotated[str, typer.Option("--name", help="What it was, as the name of a release.")],
    detail: Annotated[str | None, typer.Option("--detail", help="More about it.")] = None,
) -> None:
    """Add an event: a suspect of what moved about then, and a mark in plots; twice is as once."""
    events = told_events([(1, {"at": at, "kind": kind, "name": name, "detail": detail})])
    if events.problems:
        raise InputError(
            happened=f"the event {events.problems[0][1]}", kept="nothing was added",
            remedy="correct it; `behavior-pipeline events add --help` has an example",
        )  # fmt: skip
    _keep(events)
    when = events.rows["at"].iloc[0]
    zone = " (no zone was named: taken as UTC)" if events.without_zone else ""
    _say(f"kept: {plain(kind)} {plain(name)} at {when:%Y-%m-%d %H:%M} UTC{zone}")


def import_file(
    file: Annotated[
        Path, typer.Argument(help="A CSV with at, kind, name and maybe detail.", show_default=False)
    ],
) -> None:
    """Import events from a CSV: good rows are kept, bad ones named by line; twice is as once."""
    try:
        text = file.read_bytes().decode("utf-8", errors="surrogateescape")
    except OSError as error:
        raise InputError(
            happened=f"{file} cannot be read: {error.strerror}", kept="nothing was added",
            remedy="name a CSV with the columns at, kind, name and maybe detail",
        ) from None  # fmt: skip
    events = events_in_csv(text)
    _keep(events)
    _say(f"{file.name}: {len(events.rows)} events kept, {len(events.problems)} rows kept out")
    if events.without_zone:
        _say(f"  {len(events.without_zone)} times named no zone and were taken as UTC")
    for line, problem in events.problems[:SHOWN_PROBLEMS]:
        _say(f"  line {line} {problem}")
    if len(events.problems) > SHOWN_PROBLEMS:
        _say(f"  and {len(events.problems) - SHOWN_PROBLEMS} more")


def list_events() -> None:
    """List the events that are known, the newest first."""
    rows = open_lake().read("events")
    if rows.empty:
        _say("no event was told; see `behavior-pipeline events add --help`")
        return
    table = Table("at (UTC)", "kind", "name", "detail")
    for row in rows.sort_values("at", ascending=False).to_dict("records"):
        words = [Text(plain(str(none_if_missing(row[name]) or ""))) for name in ("kind", "name", "detail")]
        table.add_row(f"{row['at']:%Y-%m-%d %H:%M}", *words)
    Console(markup=False).print(table)


def _keep(events: ToldEvents) -> None:
    if len(events.rows):
        open_lake().append("events", events.rows)


def _say(text: str) -> None:
    Console(markup=False).print(text, highlight=False, markup=False)
