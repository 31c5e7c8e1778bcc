"""What a container yields: a span, a log record, or a record that cannot be read."""

from dataclasses import dataclass, field
from typing import Any

from behavior_pipeline.provenance.digests import short_digest
from behavior_pipeline.reasons import Reason


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: line and byte offset in the decompressed file, and its number in the line."""

    line: int
    byte_offset: int
    record: int = 0


@dataclass(frozen=True, slots=True)
class RawSpan:
    """A span of any container, ids checked and attributes decoded, before a dialect gives it meaning."""

    place: Place
    trace_id: str
    span_id: str
    parent_span_id: str | None
    name: str
    start_ns: int
    end_ns: int
    status: str
    status_message: str | None
    attributes: dict[str, Any]
    resource: dict[str, Any]
    scope: str
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    trace_state: str = ""


@dataclass(frozen=True, slots=True)
class RawLog:
    """A log record that may belong to a span."""

    place: Place
    trace_id: str
    span_id: str
    name: str
    attributes: dict[str, Any]
    body: Any


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that was refused; the digest stands for its bytes, which are not kept."""

    place: Place
    reason: Reason
    digest: str

    @classmethod
    def of(cls, place: Place, reason: Reason, raw: bytes | str) -> "Unreadable":
        """Return the refusal of some bytes."""
        return cls(
            place, reason, short_digest(raw if isinstance(raw, str) else raw.decode("latin-1"), length=16)
        )


Record = RawSpan | RawLog | Unreadable
