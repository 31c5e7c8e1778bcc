"""Which dump files belong to a day: those whose path says so, and undated ones by their content's day."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

from behavior_pipeline.errors import InputError
from behavior_pipeline.provenance.digests import file_digest
from behavior_pipeline.settings.model import Source
from behavior_pipeline.traces.container import read_records
from behavior_pipeline.traces.records import RawSpan

ISO_DAY = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")
RECORDS_TO_DATE_A_FILE = 1000


@dataclass(frozen=True)
class DumpFile:
    """A dump file of a day; `name` is relative to the source's root and stands in every table."""

    path: Path
    name: str
    source: str
    role: str
    bytes: int
    digest: str


def source_root(source: Source, data_root: Path) -> Path:
    """Return where a source's dumps lie; a relative root is below the data root."""
    return data_root / Path(source.root.removeprefix("file://")).expanduser()


def dump_files(
    day: date, sources: Sequence[Source], *, data_root: Path, undated: Mapping[str, date]
) -> list[DumpFile]:
    """Return the files of a day in a fixed order; `undated` maps the digest of an undated file to its day.

    A source whose directory is missing is a mistake of the configuration: InputError.
    """
    found = []
    for source in sources:
        root = source_root(source, data_root)
        if not root.is_dir():
            raise InputError(
                happened=f"the dump directory of source '{source.name}' does not exist: {root}",
                kept="everything that was stored before",
                remedy="create it and put the day's dumps there, or set sources[].root in pipeline.toml",
            )
        dated = {path for path in _matching(root, source, day) if path.is_file()}
        found += [_describe(path, root, source) for path in sorted(dated)]
        found += [file for file in undated_files(root, source) if undated.get(file.digest) == day]
    return found


def undated_files(root: Path, source: Source) -> Iterator[DumpFile]:
    """Yield the files of a source that no day's globs match, hidden files left out."""
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        hidden = any(part.startswith(".") for part in relative.parts)
        if path.is_file() and not hidden and not _is_dated(path, root, source):
            yield _describe(path, root, source)


def _is_dated(path: Path, root: Path, source: Source) -> bool:
    """Return whether the globs of the day that a path names match it; any other file goes by its content."""
    match = ISO_DAY.search(path.relative_to(root).as_posix())
    day = _day_or_none(match.group()) if match else None
    return day is not None and path in _matching(root, source, day)


def content_day(path: Path, max_line_bytes: int) -> date | None:
    """Return the day (UTC) of the first readable span of a file, or None where it holds none."""
    for record in islice(read_records(path, max_line_bytes), RECORDS_TO_DATE_A_FILE):
        if isinstance(record, RawSpan):
            return datetime.fromtimestamp(record.start_ns / 1e9, tz=UTC).date()
    return None


def dated_days(sources: Sequence[Source], data_root: Path) -> list[date]:
    """Return every day that the paths below the sources name, in order."""
    days = set()
    for source in sources:
        root = source_root(source, data_root)
        for path in root.rglob("*") if root.is_dir() else ():
            if path.is_file() and (match := ISO_DAY.search(path.relative_to(root).as_posix())):
                days.add(match.group())
    return sorted(filter(None, map(_day_or_none, days)))


def _day_or_none(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _matching(root: Path, source: Source, day: date) -> Iterator[Path]:
    for pattern in source.globs:
        yield from root.glob(pattern.replace("{day}", day.isoformat()))
        if pattern.endswith("/**"):  # pathlib's ** names directories only
            yield from root.glob(f"{pattern.replace('{day}', day.isoformat())}/*")


def _describe(path: Path, root: Path, source: Source) -> DumpFile:
    return DumpFile(
        path,
        path.relative_to(root).as_posix(),
        source.name,
        source.role,
        path.stat().st_size,
        file_digest(path),
    )
