"""What is told about an alert, and what a route must offer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from behavior_pipeline.settings import model


@dataclass(frozen=True)
class Message:
    """One state change of one alert in plain, printable text; no content of a user is part of it."""

    alert_id: str
    week: date
    state: str
    severity: str
    owner: str
    title: str
    body: str


@dataclass(frozen=True)
class Target:
    """A place a route reaches: `name` stands in the ledger, `address` may be secret and stays in memory."""

    name: str
    address: str = field(default="", repr=False)


@dataclass(frozen=True)
class Route:
    """A route plug-in.

    `targets` returns what a route of pipeline.toml reaches through it (nothing if it does not concern it;
    ConfigError if an address cannot be understood); `send` hands a message to one target, with the data root
    for routes that write files, and raises DeliveryError when it was not taken.
    """

    name: str
    targets: Callable[[model.Route], tuple[Target, ...]]
    send: Callable[[Message, Target, Path], None]
