"""Alerts appended to two files below the data root: JSON lines for programs, text for people."""

import os
from dataclasses import asdict
from pathlib import Path

import orjson

from behavior_pipeline.delivery.protocol import Message, Route, Target
from behavior_pipeline.errors import DeliveryError
from behavior_pipeline.settings import model

FOLDER = "alerts"
LINES, TEXT = "alerts.jsonl", "alerts.txt"


def targets(route: model.Route) -> tuple[Target, ...]:
    """Return the one target, if the route asks for it."""
    return (Target("file"),) if route.file else ()


def send(message: Message, target: Target, root: Path) -> None:
    """Append the message to both files, each in one write, so that two processes never mix their lines."""
    folder = root / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _append(folder / LINES, orjson.dumps(asdict(message)) + b"\n")
        _append(folder / TEXT, f"{message.title}\n{message.body}\n\n".encode())
    except OSError as error:
        raise DeliveryError(
            happened=f"the alert could not be written to {folder} ({error.strerror})",
            kept="the alert, in the lake; the attempt, in the ledger",
            remedy="make the directory writable; the next run tries again",
        ) from error


def _append(path: Path, raw: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, raw)
    finally:
        os.close(descriptor)


PLUGIN = Route(name="file", targets=targets, send=send)
