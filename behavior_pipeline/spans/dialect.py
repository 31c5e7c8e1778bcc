"""What a dialect is: one attribute convention, recognised by the keys of a span, and what its keys mean."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, NamedTuple

from behavior_pipeline import plugins
from behavior_pipeline.dumps.records import RawLog, RawSpan

PACKAGE = "behavior_pipeline.spans.dialects"
# Columns of content.spans that a dialect may fill.
MEANINGS = (
    "operation", "error_type", "requested_model", "model", "response_id", "input_tokens", "output_tokens",
    "cached_tokens", "cache_written_tokens", "cache_written_1h_tokens", "reasoning_tokens",
    "audio_input_tokens", "audio_output_tokens", "finish_reason", "tool_name", "tool_call_id",
    "tool_arguments", "tool_result", "input_messages", "output_messages", "reasoning", "system_prompt",
    "documents", "tool_definitions", "response_schema", "conversation_id", "session_id", "prompt_version",
)  # fmt: skip
# What a dialect may say beside them: the raw user id, which becomes a pseudonym, and a flat map of attributes
# that it unpacked (a JSON text of metadata), which are kept like attributes of the span.
ASIDES = ("user_id", "unpacked")


class Signs(NamedTuple):
    """What a dialect is known by: names only, so that spans of the same names are looked at once."""

    scope: str
    keys: frozenset[str]
    events: frozenset[str]

    @classmethod
    def of(cls, span: RawSpan) -> "Signs":
        """Return the signs of a span."""
        return cls(span.scope, frozenset(span.attributes), frozenset(name for name, _ in span.events))


@dataclass(frozen=True, eq=False)
class Dialect:
    """A plug-in: `normalise` gives those of MEANINGS and ASIDES that it can read; absent ones are NULL.

    `sources` says from which attributes each is read; a name ending in `*` is a prefix. These attributes are
    consumed: they are not kept a second time among the rest. The table of the docs is made from it.
    Of a span that several dialects recognise, the one with the highest precedence reads first; the next ones
    read what it does not consume, and fill what it left NULL (`concepts.py`).
    A convention that writes messages as log records names them in `log_events`; `from_logs` then gives, for
    the logs of one span in the order of their time, the meanings that fill what the span itself lacks.
    Records whose name says nothing are known by `names_log`, which gives the one of `log_events` to read as.
    One that reads names and ids by KINDS alone `knows_placeholders`; of the others these are taken out.
    `sources` may name things that are no columns: `refusal`, where a refusal is marked, CLUES by which counts
    are decided, and `dropped`, attributes that are not kept. `lost` says for the docs what the convention
    does not record, and when.
    """

    title: str
    precedence: int
    recognises: Callable[[Signs], bool]
    normalise: Callable[[RawSpan], dict[str, Any]]
    sources: Mapping[str, tuple[str, ...]]
    log_events: frozenset[str] = frozenset()
    from_logs: Callable[[Sequence[RawLog]], dict[str, Any]] | None = None
    names_log: Callable[[RawLog], str | None] | None = None
    knows_placeholders: bool = False
    lost: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def keys(self) -> frozenset[str]:
        """Return the attributes that are consumed whole."""
        return frozenset(name for names in self.sources.values() for name in names if not name.endswith("*"))

    def consumes(self, key: str) -> bool:
        """Return whether an attribute is read by this dialect and not kept a second time."""
        return key in self.keys or key.startswith(self.prefixes)

    @cached_property
    def events(self) -> frozenset[str]:
        """Return the events of a span that are read: those named among the sources, and the names of logs."""
        named = {
            name.removeprefix("event ")
            for names in self.sources.values()
            for name in names
            if name.startswith("event ")
        }
        return self.log_events | named

    @cached_property
    def prefixes(self) -> tuple[str, ...]:
        """Return the prefixes of attributes that are consumed."""
        return tuple(
            sorted({name[:-1] for names in self.sources.values() for name in names if name.endswith("*")})
        )


@cache
def dialects() -> dict[str, Dialect]:
    """Return every dialect by name, the most specific first."""
    plugged = plugins.discover(PACKAGE, Dialect)
    return dict(sorted(plugged.items(), key=lambda named: -named[1].precedence))


def dialects_of(signs: Signs) -> tuple[tuple[str, Dialect], ...]:
    """Return the dialects that recognise a span, the most specific first; `plain` recognises every span."""
    return tuple(named for named in dialects().items() if named[1].recognises(signs))


def dialect_of(signs: Signs) -> tuple[str, Dialect]:
    """Return the dialect that wrote a span."""
    return dialects_of(signs)[0]


@cache
def log_readers() -> dict[str, tuple[str, Dialect]]:
    """Return the dialect that reads each name of log records, by that name."""
    return {
        event: (name, dialect) for name, dialect in dialects().items() for event in sorted(dialect.log_events)
    }


@cache
def _log_namers() -> tuple[Callable[[RawLog], str | None], ...]:
    return tuple(dialect.names_log for dialect in dialects().values() if dialect.names_log is not None)


def log_name(log: RawLog) -> str:
    """Return the name by which a log record is read: its own, or what a dialect makes of its shape."""
    if log.name in log_readers():
        return log.name
    return next(filter(None, (namer(log) for namer in _log_namers())), log.name)
