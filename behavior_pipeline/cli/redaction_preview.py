"""Shows what redaction would take out of a dump file; nothing is stored."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from behavior_pipeline.dumps.attributes import json_text
from behavior_pipeline.dumps.container import read_records
from behavior_pipeline.dumps.records import RawLog, RawSpan
from behavior_pipeline.reasons import Reason
from behavior_pipeline.redaction import json_texts as walk
from behavior_pipeline.redaction.redactor import Redactor
from behavior_pipeline.redaction.row import JOINING, SHAPES, TEXTS, redact_row
from behavior_pipeline.spans.row import SpanContext, span_row

AROUND = 32


class Seen(NamedTuple):
    """A find: where it stands, what it is, and the text around it with every find masked, or none."""

    line: int
    column: str
    kind: str
    before: str
    value: str
    after: str


@dataclass
class Preview:
    """What a file holds and what would go: values by kind, each find, attributes that are not stored."""

    records: Counter[str] = field(default_factory=Counter)
    replaced: Counter[str] = field(default_factory=Counter)
    finds: list[Seen] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


def preview(
    path: Path, context: SpanContext, redactor: Redactor, *, max_line_bytes: int, show_values: bool = False
) -> Preview:
    """Return what redaction would do with a file of any container and dialect."""
    found = Preview()
    for record in read_records(path, max_line_bytes):
        if isinstance(record, RawSpan):
            row = span_row(record, context, file=path.name)
            if isinstance(row, Reason):
                found.records["unreadable"] += 1
                continue
            found.records["spans"] += 1
            found.dropped.update(context.plans.of(record).dropped)
            held = {name: row[name] for name in (*JOINING, *TEXTS, *SHAPES) if row[name] is not None}
            redact_row(row, redactor)
            found.replaced.update(orjson.loads(row["redactions"] or "{}"))
        elif isinstance(record, RawLog):
            found.records["log records"] += 1
            held = {"log": json_text({"attributes": record.attributes, "body": record.body}) or "{}"}
            redactor.take()
            redactor.json(held["log"])
            found.replaced.update(redactor.take())
        else:
            found.records["unreadable"] += 1
            continue
        for column, text in held.items():
            found.finds += _finds(record.place.line, column, text, redactor, show_values=show_values)
    return found


def _finds(line: int, column: str, text: str, redactor: Redactor, *, show_values: bool) -> Iterator[Seen]:
    for part, said in _parts(column, text):
        hits = redactor.hits(part, said)
        shown = [
            part[hit.start : hit.end] if show_values else masked(part[hit.start : hit.end]) for hit in hits
        ]
        for number, hit in enumerate(hits):
            before, end = "", 0
            for other, value in zip(hits[:number], shown, strict=False):
                before += part[end : other.start] + value
                end = other.end
            before += part[end : hit.start]
            after, start = "", hit.end
            for other, value in zip(hits[number + 1 :], shown[number + 1 :], strict=True):
                after += part[start : other.start] + value
                start = other.end
            after += part[start:]
            yield Seen(line, column, hit.kind, before[-AROUND:], shown[number], after[:AROUND])


def _parts(column: str, text: str) -> list[tuple[str, str]]:
    """Return the texts of a column with what their place says of them."""
    if column in JOINING or column in TEXTS:
        return [(text, "")]
    found: list[tuple[str, str]] = []

    def collect(value: Any, said: str) -> Any:
        found.append((str(value), said))
        return value

    SHAPES.get(column, walk.anything)(orjson.loads(text), collect)
    return found


def masked(value: str) -> str:
    """Return the first sign of a value and its length: enough to recognise one's own, no more."""
    return f"{value[0]}***({len(value)})"
