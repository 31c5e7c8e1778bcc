"""Command redact: what redaction would take out of a dump, before anything is stored."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from behavior_pipeline.dumps.attributes import json_text
from behavior_pipeline.dumps.container import read_records
from behavior_pipeline.dumps.records import RawLog, RawSpan
from behavior_pipeline.errors import InputError
from behavior_pipeline.reasons import Reason
from behavior_pipeline.redaction import json_texts
from behavior_pipeline.redaction.redactor import Redactor, redactor_of
from behavior_pipeline.redaction.row import JOINING, TEXTS, WALKS, redact_row
from behavior_pipeline.settings.model import Settings, load_settings
from behavior_pipeline.spans.allow_list import allow_list
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


def redact(
    file: Annotated[Path, typer.Argument(help="A dump file of any container that can be read.")],
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Show what was found instead of its first sign and length.")
    ] = False,
    limit: Annotated[int, typer.Option(help="How many finds to show; 0 shows all.", min=0)] = 50,
) -> None:
    """Show what would be redacted in a dump file and which attributes would be dropped; nothing is stored."""
    if not file.is_file():
        raise InputError(
            happened=f"{file} is not a file",
            kept="nothing was read",
            remedy="give the path of a dump file",
        )
    settings = load_settings()
    seen = preview_of(file, settings, show_values=show_values)
    tell(Console(highlight=False, markup=False), seen, settings, limit=limit)


def preview_of(file: Path, settings: Settings, *, show_values: bool) -> Preview:
    """Return what the settings' redaction would do with a file; pseudonyms are not shown, so any key does."""
    key = os.urandom(16)
    redactor = redactor_of(settings.privacy.model_copy(update={"redact": True}), key)
    assert redactor is not None  # noqa: S101 - redaction was switched on a line above
    allowed = allow_list(settings.privacy, settings.attributes, settings.slices)
    context = SpanContext(date.min, "production", settings.attributes, key, allowed)
    return preview(file, context, redactor, max_line_bytes=settings.max_line_bytes, show_values=show_values)


def preview(
    path: Path, context: SpanContext, redactor: Redactor, *, max_line_bytes: int, show_values: bool = False
) -> Preview:
    """Return what redaction would do with a file of any container and dialect."""
    seen = Preview()
    for record in read_records(path, max_line_bytes):
        if isinstance(record, RawSpan):
            row = span_row(record, context, file=path.name)
            if isinstance(row, Reason):
                seen.records["unreadable"] += 1
                continue
            seen.records["spans"] += 1
            seen.dropped.update(context.plans.of(record).dropped)
            texts = {name: row[name] for name in (*JOINING, *TEXTS, *WALKS) if row[name] is not None}
            redact_row(row, redactor)
            seen.replaced.update(orjson.loads(row["redactions"] or "{}"))
        elif isinstance(record, RawLog):
            seen.records["log records"] += 1
            texts = {"log": json_text({"attributes": record.attributes, "body": record.body}) or "{}"}
            redactor.take()
            redactor.json(texts["log"])
            seen.replaced.update(redactor.take())
        else:
            seen.records["unreadable"] += 1
            continue
        for column, text in texts.items():
            seen.finds += _finds(record.place.line, column, text, redactor, show_values=show_values)
    return seen


def _finds(line: int, column: str, text: str, redactor: Redactor, *, show_values: bool) -> Iterator[Seen]:
    for part, label in _parts(column, text):
        hits = redactor.hits(part, label)
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
    parts: list[tuple[str, str]] = []

    def collect(value: Any, label: str) -> Any:
        if not isinstance(value, list):  # texts that are read as one come one by one as well
            parts.append((str(value), label))
        return value

    WALKS.get(column, json_texts.anything)(orjson.loads(text), collect)
    return parts


def masked(value: str) -> str:
    """Return the first sign of a value and its length: enough to recognise one's own, no more."""
    return f"{value[0]}***({len(value)})"


def tell(console: Console, seen: Preview, settings: Settings, *, limit: int) -> None:
    """Print the counts, the finds and the dropped attributes."""
    counted = ", ".join(f"{count} {name}" for name, count in seen.records.items()) or "no records"
    console.print(f"read: {counted}")
    if not settings.privacy.redact:
        console.print("redaction is switched off (privacy.redact = false); this is what it would do")
    if not settings.privacy.name_model:
        console.print("no name model: names are found only where words announce them, places not at all")
    table = Table("kind", "values replaced", title="What would be replaced")
    for kind, count in sorted(seen.replaced.items()):
        table.add_row(kind, str(count))
    console.print(table if seen.replaced else "nothing found")
    shown = seen.finds[: limit or None]
    for find in shown:
        console.print(_line(find))
    if len(seen.finds) > len(shown):
        console.print(f"... and {len(seen.finds) - len(shown)} more; --limit 0 shows all")
    if seen.dropped:
        dropped = Table("attribute", "spans", title="What would be dropped")
        for name, count in sorted(seen.dropped.items()):
            dropped.add_row(Text(_printable(name)), str(count))
        console.print(dropped)
        console.print("kept are those that privacy.attributes and the rest of the configuration name")


def _line(find: Seen) -> Text:
    return Text.assemble(
        f"line {find.line} {find.column} ", (find.kind, "bold"), ": ...", _printable(find.before),
        (_printable(find.value), "reverse"), _printable(find.after), "...", overflow="fold",
    )  # fmt: skip


def _printable(text: str) -> str:
    """Return a text without signs that move the terminal's cursor; dumps are nobody's friend."""
    return "".join(sign if sign.isprintable() else "\u00b7" for sign in text)
