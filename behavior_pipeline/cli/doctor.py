"""Command doctor: reads dumps without storing anything and says what can be made of them."""

import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from behavior_pipeline.cli.dump_survey import NO_DAY, Examination, FileFound, examine
from behavior_pipeline.dimensions.folder import load_dimensions
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.errors import InputError
from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Settings, settings
from behavior_pipeline.values import printable

SHOWN_PLACES = 3
MOST_FILES = 40  # in the printed table; --json has all
SHOWN_NAMES = 10
UNKNOWN_DIALECT = "plain"
FEW_NAMES = 12
HEAD = 64
NO_DUMPS = frozenset({
    ".py", ".pyc", ".ipynb", ".md", ".rst", ".toml", ".yaml", ".yml", ".ini", ".cfg", ".lock", ".sh", ".sql",
    ".js", ".ts", ".css", ".html", ".htm", ".xml", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".pdf", ".docx",
    ".xlsx", ".csv", ".tsv",
})  # fmt: skip
Facts = dict[str, Any]


def doctor(
    path: Annotated[Path, typer.Argument(help="A dump file, or a directory of dumps.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for machines.")] = False,
) -> None:
    """Look through dumps before the first run: what is read, what is not, and what will be measurable.

    Nothing is stored and no database is needed. Texts are never printed.
    """
    root, files, skipped = dump_paths(path)
    configured = settings()
    specs = load_dimensions(configured.dimensions)
    with Console(stderr=True).status(f"reading {len(files)} files"):
        examination = examine(files, root, configured, specs)
    facts = facts_of(examination, configured, specs) | {"path": str(path), "skipped": skipped}
    if as_json:
        typer.echo(json.dumps(facts, indent=2, ensure_ascii=True))
    else:
        width = None if sys.stdout.isatty() else 130
        show(Console(highlight=False, markup=False, width=width), facts)


def dump_paths(path: Path) -> tuple[Path, list[Path], list[str]]:
    """Return the folder that names are told from, the files, and names of files that are no dumps.

    InputError where there are no files. A single file is looked through whatever it is called.
    """
    if "://" in str(path) or ":/" in str(path):
        raise InputError(
            happened=f"{path} is not on this machine", kept="nothing was read",
            remedy="copy a day of it to a local directory and look through that",
        )  # fmt: skip
    if not path.exists():
        raise InputError(
            happened=f"there is no {path}", kept="nothing was read", remedy="give a dump file or directory"
        )
    root = path if path.is_dir() else path.parent
    inside = sorted(path.rglob("*")) if path.is_dir() else [path]
    files = [
        one for one in inside
        if one.is_file() and not any(part.startswith(".") for part in one.relative_to(root).parts)
    ]  # fmt: skip
    skipped = [one for one in files if path.is_dir() and _is_no_dump(one)]
    if not files:
        raise InputError(
            happened=f"{path} holds no files", kept="nothing was read",
            remedy="put dumps there, as <day>/anything or <day>.jsonl.gz",
        )  # fmt: skip
    names = [one.relative_to(root).as_posix() for one in skipped]
    return root, [one for one in files if one not in set(skipped)], names


def _is_no_dump(path: Path) -> bool:
    """Return whether a file is a program, a text or a picture by its name, and does not begin like JSON."""
    if path.suffix.lower() not in NO_DUMPS:
        return False
    with path.open("rb") as stream:
        return not stream.read(HEAD).lstrip().startswith((b"{", b"["))


def facts_of(examination: Examination, configured: Settings, specs: dict[str, DimensionSpec]) -> Facts:
    """Return all that is told, as plain values."""
    return {
        "files": [_file_facts(file) for file in examination.files],
        "records": examination.account(),
        "quarantine": [
            {"reason": word, "records": count, "hint": Reason(word).hint, "places": examination.places[word]}
            for word, count in examination.reasons.most_common()
        ],
        "traces": {
            "built": examination.traces, "spans": examination.spans, "orphaned": examination.orphaned,
            "spans_whose_parent_is_missing": examination.parents_missing, "late_spans": examination.late,
            "traces_without_consent": examination.not_consented,
        },
        "coverage": {
            name: {
                "traces": count, "share": _share(count, examination.traces),
                "missing": dict(examination.missing[name]),
            }
            for name, count in examination.seen.items()
        },
        "dimensions": {
            name: {
                "kind": specs[name].kind, "traces": look.measurable,
                "share": _share(look.measurable, look.traces),
                "not_measurable": dict(look.reasons.most_common()),
            }
            for name, look in examination.outlooks.items()
        },
        "slices": {name: _share(examination.sliced[name], examination.traces) for name in configured.slices},
        "spans_with_consent_attribute": examination.spans_with_consent,
        "unread_content": dict(examination.unread.most_common()),
        "models_without_price": dict(examination.unpriced.most_common()),
        "next": list(next_steps(examination, configured)),
    }  # fmt: skip


def _file_facts(file: FileFound) -> Facts:
    return {
        "file": file.name, "bytes": file.size,
        "container": file.framed.container if file.framed else None,
        "compression": list(file.framed.compression) if file.framed else [],
        "day_in_path": _iso(file.path_day),
        "days_in_content": {_iso(day): count for day, count in sorted(file.days.items())},
        "dialects": dict(file.dialects.most_common()),
        "records": file.account,
    }  # fmt: skip


def next_steps(examination: Examination, configured: Settings) -> Iterator[str]:
    """Yield what to do, the most urgent first."""
    if not examination.traces and not examination.not_consented:
        yield "nothing could be read: see the reasons above, and README, 'Your own data', for what is read"
        return
    yield from _configuration(examination, configured)
    yield from _unread(examination)
    for file in examination.files:
        if file.path_day and file.days and all(abs((day - file.path_day).days) > 1 for day in file.days):
            yield f"{file.name}: its path says {file.path_day}, its spans are of other days"
    days = sorted({day for file in examination.files for day in file.read_on if day != NO_DAY})
    if days and days[0].isoformat() < configured.start_day:
        late = configured.start_day
        yield f"set start_day in pipeline.toml to a Monday not later than {days[0]}; it is {late}"
    if days:
        yield f"behavior-pipeline run --start {days[0]} --end {days[-1]} (--source DIR for another directory)"


def _unread(examination: Examination) -> Iterator[str]:
    """Yield what of the content is not read, and what to do about it."""
    for file in examination.files:
        if file.size and not file.account.total():
            yield f"{file.name} holds no spans and no logs; metrics, for one, are passed over"
    if unknown := sum(file.dialects[UNKNOWN_DIALECT] for file in examination.files):
        yield f"spans of no convention that is known: {unknown}; they are stored, their meaning is not read"
    if examination.unread:
        counted = examination.unread.most_common(FEW_NAMES)
        names = ", ".join(f"{printable(name)} ({count})" for name, count in counted)
        yield f"content that no dialect reads stands under: {names}; the texts of these spans are missing"
    if free := examination.missing["output_text"][Reason.TEXT_FREE]:
        yield f"traces without texts: {free}; {Reason.TEXT_FREE.hint}"


def _configuration(examination: Examination, configured: Settings) -> Iterator[str]:
    """Yield which keys of pipeline.toml do not fit what was found."""
    consent = configured.privacy.consent.attribute
    if consent and not examination.spans_with_consent:
        yield f"no span has {consent}, which privacy.consent names: check its spelling"
    absent = [name for name in configured.slices if not examination.sliced[name]]
    if absent and examination.traces:
        yield f"no trace has {', '.join(absent)}: name what you split by in `slices` of pipeline.toml"
    for model, calls in examination.unpriced.most_common():
        yield f'add [prices."{model}"] to pipeline.toml; calls without a price: {calls}'


def show(console: Console, facts: Facts) -> None:
    """Print the facts."""
    show_files(console, facts["files"])
    if skipped := facts["skipped"]:
        more = f" and {len(skipped) - SHOWN_NAMES} more" if len(skipped) > SHOWN_NAMES else ""
        named = ", ".join(map(printable, skipped[:SHOWN_NAMES]))
        console.print(Text(f"no dumps, not looked through: {named}{more}"))
    records = facts["records"]
    counted = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in records.items() if count)
    console.print(f"\nrecords: {counted or 'none'}")
    show_quarantine(console, facts["quarantine"])
    traces = {name.replace("_", " "): count for name, count in facts["traces"].items()}
    console.print("\ntraces: " + ", ".join(f"{count} {name}" for name, count in traces.items()))
    show_traces(console, facts)
    for name, share in facts["slices"].items():
        console.print(Text(f"slice {printable(name)}: {_percent(share)} of traces"))
    console.print("\nnext:", style="bold")
    for step in facts["next"]:
        console.print(Text(f"  {printable(step)}"))


def show_files(console: Console, files: list[Facts]) -> None:
    """Print how each file is packed and what it holds."""
    table = Table("file", "container", "records", "spans by dialect", "quarantined", "day", "days in content")
    # In a mixed folder, those that hold spans are shown first.
    for file in sorted(files, key=lambda file: not file["dialects"])[:MOST_FILES]:
        packed = " in ".join([file["container"] or "unreadable", *reversed(file["compression"])])
        dialects = ", ".join(f"{name} {count}" for name, count in file["dialects"].items())
        days = list(file["days_in_content"])
        table.add_row(
            Text(printable(file["file"])), packed, str(file["records"].get("present", 0)), dialects,
            str(file["records"].get("quarantined", 0) or ""), file["day_in_path"] or "",
            days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}" if days else "",
        )  # fmt: skip
    console.print(table)
    if len(files) > MOST_FILES:
        console.print(f"and {len(files) - MOST_FILES} more files; --json names them all")


def show_traces(console: Console, facts: Facts) -> None:
    """Print which fields traces hold, what can be scored of them, and what the reasons mean."""
    fields = Table("field", "traces", "share", "missing because", title="what traces hold")
    for name, row in facts["coverage"].items():
        fields.add_row(name, str(row["traces"]), _percent(row["share"]), _reasons(row["missing"]))
    console.print(fields)
    scored = Table("dimension", "by", "traces", "share", "not because", title="what will be measurable")
    for name, row in facts["dimensions"].items():
        cells = str(row["traces"]), _percent(row["share"]), _reasons(row["not_measurable"])
        scored.add_row(name, row["kind"], *cells)
    console.print(scored)
    words = {word for row in facts["coverage"].values() for word in row["missing"]}
    words |= {word for row in facts["dimensions"].values() for word in row["not_measurable"]}
    for word in sorted(words):
        console.print(f"  {word}: {Reason(word).hint}")


def show_quarantine(console: Console, rows: list[Facts]) -> None:
    """Print what cannot be read, why, and where the first of it stands."""
    if not rows:
        return
    table = Table("quarantined", "records", "what it means", "first places (file:line)")
    for row in rows:
        places = "\n".join(map(printable, row["places"][:SHOWN_PLACES]))
        table.add_row(row["reason"], str(row["records"]), row["hint"], Text(places))
    console.print(table)


def _reasons(counts: dict[str, int]) -> str:
    return ", ".join(f"{word} {count}" for word, count in counts.items())


def _share(count: int, of: int) -> float | None:
    return count / of if of else None


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
