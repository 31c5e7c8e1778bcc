"""The words of an alert, from its row in drift_alerts."""

from collections.abc import Mapping
from typing import Any

import orjson
import pandas as pd

from behavior_pipeline.delivery.protocol import Message
from behavior_pipeline.words import ALL


def compose(alert: Mapping[str, Any]) -> Message:
    """Return the message of one row of drift_alerts: what, since when, because of what, and whose it is."""
    week, onset = pd.Timestamp(alert["week"]), alert["onset"]
    before, after = (_json(alert[name]) or {} for name in ("tuple_before", "tuple_after"))
    lines: list[str | None] = [
        alert["sentence"],
        "",
        f"Week of {week:%Y-%m-%d}" + ("" if pd.isna(onset) else f", since {pd.Timestamp(onset):%Y-%m-%d}"),
        f"Verdict: {alert['verdict']}",
        _line("Suspects", "; ".join(_words(suspect) for suspect in _json(alert["suspects"]) or [])),
        _line("Changed", ", ".join(_changes(before, after))),
        _line("Versions", _words(after)),
        f"Owner: {alert['owner']}",
        f"More: behavior-pipeline alerts show {alert['alert_id']}",
    ]
    title = f"{alert['state']} ({alert['severity']}): {alert['dimension']}, {_slice(alert)}"
    return Message(
        alert_id=str(alert["alert_id"]),
        week=week.date(),
        state=str(alert["state"]),
        severity=str(alert["severity"]),
        owner=printable(str(alert["owner"])),
        title=printable(title).replace("\n", " "),
        body=printable("\n".join(line for line in lines if line is not None)),
    )


def printable(text: str) -> str:
    """Return text without characters that steer a terminal or turn its direction; line ends stay."""
    return "".join(c if c == "\n" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _slice(alert: Mapping[str, Any]) -> str:
    if alert["slice_key"] == ALL:
        return "all traffic"
    return f"{alert['slice_key']} = {alert['slice_value']}"


def _line(name: str, words: str) -> str | None:
    return f"{name}: {words}" if words else None


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [
        f"{part} {before[part]} -> {after[part]}"
        for part in after
        if part in before and before[part] != after[part]
    ]


def _words(value: Any) -> str:
    """Return a version tuple or a suspect as words."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_words(part)}" for name, part in value.items() if part is not None)
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str) else None
