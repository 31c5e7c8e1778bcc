"""Alerts on the terminal, on standard error, so that output stays output."""

from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from behavior_pipeline.delivery.protocol import Message, Route, Target
from behavior_pipeline.settings import model

COLOURS = {"page": "red", "warn": "yellow", "info": "blue"}
ENDED = ("recovered", "resolved")


def targets(route: model.Route) -> tuple[Target, ...]:
    """Return the one target, if the route asks for it."""
    return (Target("terminal"),) if route.terminal else ()


def send(message: Message, target: Target, root: Path) -> None:
    """Print the message as a panel; as `Text`, so that nothing in it is read as markup."""
    colour = "green" if message.state in ENDED else COLOURS.get(message.severity, "blue")
    panel = Panel(Text(message.body), title=Text(message.title), title_align="left", border_style=colour)
    Console(stderr=True).print(panel)


PLUGIN = Route(name="terminal", targets=targets, send=send)
