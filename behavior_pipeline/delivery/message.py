"""The words of an alert, from its row in drift_alerts."""

from collections.abc import Iterable
from typing import Any

from behavior_pipeline.alerts.alert import Alert
from behavior_pipeline.attribution.suspects import Versions
from behavior_pipeline.delivery.protocol import Message
from behavior_pipeline.values import printable
from behavior_pipeline.words import ALL


def compose(alert: Alert) -> Message:
    """Return the message of an alert: what, since when, because of what, and whose it is."""
    since = "" if alert.onset is None else f", since {alert.onset:%Y-%m-%d}"
    versions = alert.tuple_after or {}
    lines: list[str | None] = [
        alert.sentence,
        "",
        f"Week of {alert.week:%Y-%m-%d}{since}",
        f"Verdict: {alert.verdict}",
        _line("Suspects", "; ".join(_words(suspect.facts()) for suspect in alert.suspects)),
        _line("Changed", ", ".join(_changes(alert.tuple_before or {}, versions))),
        _line("Versions", _words(versions.items())),
        f"Owner: {alert.owner}",
        f"More: behavior-pipeline alerts show {alert.alert_id}",
    ]
    title = f"{alert.state} ({alert.severity}): {alert.dimension}, {_slice(alert)}"
    return Message(
        alert_id=alert.alert_id,
        week=alert.week.date(),
        state=alert.state,
        severity=alert.severity,
        owner=printable(alert.owner, lines=True),
        title=printable(title.replace("\n", " ")),
        body=printable("\n".join(line for line in lines if line is not None), lines=True),
    )


def _slice(alert: Alert) -> str:
    return "all traffic" if alert.slice_key == ALL else f"{alert.slice_key} = {alert.slice_value}"


def _line(name: str, words: str) -> str | None:
    return f"{name}: {words}" if words else None


def _changes(before: Versions, after: Versions) -> list[str]:
    return [
        f"{part} {before[part]} -> {after[part]}"
        for part in after
        if part in before and before[part] != after[part]
    ]


def _words(facts: Iterable[tuple[str, Any]]) -> str:
    """Return names with what is known of each as words."""
    known = [(name, value) for name, value in facts if value is not None]
    return ", ".join(
        f"{name} {value:.3f}" if isinstance(value, float) else f"{name} {value}" for name, value in known
    )
