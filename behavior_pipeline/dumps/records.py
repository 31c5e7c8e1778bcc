"""What a container yields: a span, a log record, or a record that cannot be read."""

from typing import Any, NamedTuple

import msgspec

from behavior_pipeline.provenance.digests import short_digest
from behavior_pipeline.reasons import Reason


class Place(NamedTuple):
    """Where a record stands: line and byte offset in the decompressed file, and its number in the line.

    In a container without lines, `line` counts its messages or rows from 1.
    """

    line: int
    byte_offset: int
    record: int = 0


class RawSpan(msgspec.Struct, gc=False):
    """A span of any container, ids checked and attributes decoded, before a dialect gives it meaning.

    A struct of msgspec, since it is made for every span of every dump: ten times as fast as a dataclass.
    """

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
    events: list[tuple[str, dict[str, Any]]] = []
    trace_state: str = ""


class RawLog(msgspec.Struct, gc=False):
    """A log record that may belong to a span."""

    place: Place
    trace_id: str
    span_id: str
    name: str
    time_ns: int
    attributes: dict[str, Any]
    body: Any


class Unreadable(NamedTuple):
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
