"""Which dump files belong to a day: those whose path says so, and undated ones by their content's day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

from behavior_pipeline.dumps.container import read_records
from behavior_pipeline.dumps.globs import days_in
from behavior_pipeline.dumps.locations import DumpStore, ListedFile, Sighting
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.provenance.digests import file_digest
from behavior_pipeline.settings.model import Source

RECORDS_TO_DATE_A_FILE = 1000
FILES_AT_ONCE = 8


@dataclass(frozen=True)
class DumpFile:
    """A dump file of a day; `name` is relative to the source's root and stands in every table."""

    path: Path
    name: str
    source: str
    role: str
    bytes: int
    digest: str


@dataclass(frozen=True)
class Listing:
    """The files of one source by day, as its store listed them at one moment."""

    source: Source
    store: DumpStore
    files: Mapping[date, tuple[ListedFile, ...]]


@dataclass(frozen=True)
class Dumps:
    """All sources, listed once, so that every day of a run is read from the same lists."""

    listings: tuple[Listing, ...]

    @property
    def days(self) -> list[date]:
        """Return every day that has files, in order."""
        return sorted({day for listing in self.listings for day in listing.files})

    @contextmanager
    def of(self, day: date) -> Iterator[list[DumpFile]]:
        """Lend the files of a day in a fixed order; what had to be fetched for it is removed afterwards."""
        with _all_local([(one, one.files.get(day, ())) for one in self.listings]) as files:
            yield files


def list_dumps(
    sources: Iterable[tuple[Source, DumpStore]], *, known: Mapping[str, date], max_line_bytes: int
) -> Dumps:
    """List the files of all sources. `known` maps the digest of a file to the day it was once given to."""
    return Dumps(
        tuple(
            Listing(source, store, _by_day(source, store, known, max_line_bytes)) for source, store in sources
        )
    )


def content_day(path: Path, max_line_bytes: int) -> date | None:
    """Return the day (UTC) of the first readable span of a file, or None where it holds none."""
    for record in islice(read_records(path, max_line_bytes), RECORDS_TO_DATE_A_FILE):
        if isinstance(record, RawSpan):
            return datetime.fromtimestamp(record.start_ns / 1e9, tz=UTC).date()
    return None


def _by_day(
    source: Source, store: DumpStore, known: Mapping[str, date], max_line_bytes: int
) -> dict[date, tuple[ListedFile, ...]]:
    """Return a source's files by day, dated ones first; hidden files without a day are left out."""
    days: dict[date, list[ListedFile]] = defaultdict(list)
    undated = []
    for file in store.files():
        dated = days_in(file.name, source.globs)
        for day in dated:
            days[day].append(file)
        if not dated and not any(part.startswith(".") for part in file.name.split("/")):
            undated.append(file)
    for file, sighting in _sightings(undated, store, known, max_line_bytes).items():
        if given := known.get(sighting.digest, sighting.day):
            days[given].append(file)
    return {day: tuple(files) for day, files in days.items()}


def _sightings(
    files: Sequence[ListedFile], store: DumpStore, known: Mapping[str, date], max_line_bytes: int
) -> dict[ListedFile, Sighting]:
    """Return what is known of each undated file, in order; new ones are fetched a few at a time."""
    sightings = {file: store.seen(file) for file in files}
    fresh = iter([file for file, sighting in sightings.items() if sighting is None])
    while few := list(islice(fresh, FILES_AT_ONCE)):
        with store.local(few) as paths:
            looked = {file: _look(path, known, max_line_bytes) for file, path in zip(few, paths, strict=True)}
        store.remember(looked)
        sightings |= looked
    return {file: sighting for file, sighting in sightings.items() if sighting is not None}


def _look(path: Path, known: Mapping[str, date], max_line_bytes: int) -> Sighting:
    digest = file_digest(path)
    return Sighting(digest, known.get(digest) or content_day(path, max_line_bytes))


@contextmanager
def _all_local(listed: list[tuple[Listing, tuple[ListedFile, ...]]]) -> Iterator[list[DumpFile]]:
    """Lend the files of several sources at once."""
    if not listed:
        yield []
        return
    (listing, files), *rest = listed
    with listing.store.local(files) as paths, _all_local(rest) as others:
        yield [_describe(*pair, listing.source) for pair in zip(paths, files, strict=True)] + others


def _describe(path: Path, file: ListedFile, source: Source) -> DumpFile:
    """Return a file as it is where it will be read: it may have been replaced since it was listed."""
    return DumpFile(path, file.name, source.name, source.role, path.stat().st_size, file_digest(path))
