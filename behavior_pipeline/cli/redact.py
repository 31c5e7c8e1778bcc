"""Command redact: what redaction would take out of a dump, before anything is stored."""

import os
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from behavior_pipeline.cli.redaction_preview import Preview, Seen, preview
from behavior_pipeline.errors import InputError
from behavior_pipeline.redaction.redactor import redactor_of
from behavior_pipeline.settings.model import Settings, load_settings
from behavior_pipeline.spans.allow_list import allow_list
from behavior_pipeline.spans.row import SpanContext


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
    found = preview_of(file, settings, show_values=show_values)
    tell(Console(highlight=False), found, settings, limit=limit)


def preview_of(file: Path, settings: Settings, *, show_values: bool) -> Preview:
    """Return what the settings' redaction would do with a file; pseudonyms are not shown, so any key does."""
    key = os.urandom(16)
    redactor = redactor_of(settings.privacy.model_copy(update={"redact": True}), key)
    assert redactor is not None  # noqa: S101 - redaction was switched on a line above
    allowed = allow_list(settings.privacy, settings.attributes, settings.slices)
    context = SpanContext(date.min, "production", settings.attributes, key, allowed)
    return preview(file, context, redactor, max_line_bytes=settings.max_line_bytes, show_values=show_values)


def tell(console: Console, found: Preview, settings: Settings, *, limit: int) -> None:
    """Print the counts, the finds and the dropped attributes."""
    counted = ", ".join(f"{count} {name}" for name, count in found.records.items()) or "no records"
    console.print(f"read: {counted}")
    if not settings.privacy.redact:
        console.print("redaction is switched off (privacy.redact = false); this is what it would do")
    if not settings.privacy.name_model:
        console.print("no name model: names are found only where words announce them, places not at all")
    table = Table("kind", "values replaced", title="What would be replaced")
    for kind, count in sorted(found.replaced.items()):
        table.add_row(kind, str(count))
    console.print(table if found.replaced else "nothing found")
    shown = found.finds[: limit or None]
    for find in shown:
        console.print(_line(find))
    if len(found.finds) > len(shown):
        console.print(f"... and {len(found.finds) - len(shown)} more; --limit 0 shows all")
    if found.dropped:
        dropped = Table("attribute", "spans", title="What would be dropped")
        for name, count in sorted(found.dropped.items()):
            dropped.add_row(_printable(name), str(count))
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
