"""Telling people: each state change of an alert once to each target of its route, with retries."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal

import pandas as pd

from behavior_pipeline import plugins
from behavior_pipeline.alerts.alert import alerts_of
from behavior_pipeline.delivery.ledger import Ledger, StateChange
from behavior_pipeline.delivery.message import compose
from behavior_pipeline.delivery.protocol import Message, Route, Target
from behavior_pipeline.errors import ConfigError, DeliveryError
from behavior_pipeline.settings import model

ALWAYS_TOLD = ("opened", "recovered", "resolved")
TOLD_ON_NEWS = ("updated",)
SEVERITIES = ("info", "warn", "page")
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.5, 30.0


@dataclass(frozen=True)
class Delivery:
    """What became of one state change at one target; `attempts` counts this run's."""

    alert_id: str
    state: str
    route: str
    target: str
    status: Literal["sent", "already_sent", "failed"]
    attempts: int
    error: str | None = None


@dataclass(frozen=True)
class _Errand:
    message: Message
    route: str
    max_attempts: int
    plugin: Route
    target: Target

    @property
    def change(self) -> StateChange:
        return StateChange(self.message.alert_id, self.message.week, self.message.state, self.target.name)


@cache
def route_plugins() -> dict[str, Route]:
    """Return every route plug-in."""
    return plugins.discover("behavior_pipeline.delivery.routes", Route)


def deliver(
    alerts: pd.DataFrame,
    routes: Mapping[str, model.Route],
    *,
    ledger: Ledger,
    root: Path,
    clock: Callable[[], datetime],
    wait: Callable[[float], None] = time.sleep,
) -> list[Delivery]:
    """Deliver the rows of drift_alerts of a week, and return what became of each that was to be told.

    Opened, recovered and resolved alerts are told; an updated one only if its severity rose or if the target
    never heard of it (it opened suppressed, or could not be reached); suppressed and acknowledged ones are
    not. A target that fails is tried `max_attempts` times and again by the next run, and holds up no other.
    ConfigError, before anything is sent, if an alert's route does not exist or reaches nothing.
    """
    spoken = alerts[alerts["state"].isin([*ALWAYS_TOLD, *TOLD_ON_NEWS])]
    errands = [
        errand for alert in alerts_of(spoken) for errand in _errands(compose(alert), alert.route, routes)
    ]
    return [
        _run(errand, ledger=ledger, root=root, clock=clock, wait=wait)
        for errand in errands
        if _is_news(errand, ledger)
    ]


def deliver_once(
    messages: Iterable[tuple[Message, str]],
    routes: Mapping[str, model.Route],
    *,
    ledger: Ledger,
    root: Path,
    clock: Callable[[], datetime],
    wait: Callable[[float], None] = time.sleep,
) -> list[Delivery]:
    """Deliver messages by the named routes, each to a target once, whichever week a re-run gives it."""
    errands = [errand for message, route in messages for errand in _errands(message, route, routes)]
    return [
        _result(errand, "already_sent", 0)
        if ledger.was_told(errand.change)
        else _run(errand, ledger=ledger, root=root, clock=clock, wait=wait)
        for errand in errands
    ]


def targets(name: str, routes: Mapping[str, model.Route]) -> list[tuple[Route, Target]]:
    """Return what a route reaches; ConfigError if there is no such route or it reaches nothing."""
    if name not in routes:
        raise ConfigError(
            happened=f"no route is called {name!r}",
            kept="nothing was delivered; alerts stay in the lake",
            remedy=f"add [routes.{name}] to pipeline.toml, or use one of: {', '.join(sorted(routes))}",
        )
    reached = [
        (plugin, target) for plugin in route_plugins().values() for target in plugin.targets(routes[name])
    ]
    if not reached:
        raise ConfigError(
            happened=f"route {name!r} reaches nobody",
            kept="nothing was delivered; alerts stay in the lake",
            remedy=f"give [routes.{name}] urls, file = true or terminal = true",
        )
    return reached


def _errands(message: Message, route: str, routes: Mapping[str, model.Route]) -> list[_Errand]:
    return [
        _Errand(message, route, routes[route].max_attempts, plugin, target)
        for plugin, target in targets(route, routes)
    ]


def _is_news(errand: _Errand, ledger: Ledger) -> bool:
    if errand.message.state in ALWAYS_TOLD:
        return True
    before, now = ledger.told_severity(errand.change), errand.message.severity
    return before is None or SEVERITIES.index(now) > SEVERITIES.index(before)


def _run(
    errand: _Errand,
    *,
    ledger: Ledger,
    root: Path,
    clock: Callable[[], datetime],
    wait: Callable[[float], None],
) -> Delivery:
    with ledger.claim(errand.change) as claim:
        if claim.sent:
            return _result(errand, "already_sent", 0)
        error: str | None = None
        for tried in range(errand.max_attempts):
            if tried:
                wait(min(FIRST_WAIT_SECONDS * 2 ** (tried - 1), LONGEST_WAIT_SECONDS))
            attempt = claim.attempts + tried + 1
            claim.begin(attempt, route=errand.route, severity=errand.message.severity, at=clock())
            try:
                errand.plugin.send(errand.message, errand.target, root)
            except DeliveryError as failure:
                error = type(failure.__cause__ or failure).__name__
                claim.end(attempt, "failed", error=error, at=clock())
            else:
                claim.end(attempt, "sent", error=None, at=clock())
                return _result(errand, "sent", tried + 1)
        return _result(errand, "failed", errand.max_attempts, error)


def _result(
    errand: _Errand,
    status: Literal["sent", "already_sent", "failed"],
    attempts: int,
    error: str | None = None,
) -> Delivery:
    return Delivery(
        alert_id=errand.message.alert_id,
        state=errand.message.state,
        route=errand.route,
        target=errand.target.name,
        status=status,
        attempts=attempts,
        error=error,
    )
