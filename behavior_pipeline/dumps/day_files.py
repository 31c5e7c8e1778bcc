"""Which dump files belong to a day: those whose path says so, and undated ones by their content's day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path

from behavior_pipeline.dumps.container import read_records
from behavior_pipeline.dumps.content_days import ContentDays, content_days
from behavior_pipeline.dumps.globs import days_in
from behavior_pipeline.dumps.locations import DumpStore, ListedFile, Sighting
from behavior_pipeline.dumps.records import Record
from behavior_pipeline.provenance.digests import file_digest
from behavior_pipeline.settings.model import Source

FILES_AT_ONCE = 8
NO_DIGEST = "0" * 32  # of what is not opened
Days = tuple[date, ...]


@dataclass(frozen=True)
class DumpFile:
    """A dump file of a day; `name` is relative to the source's root and stands in every table.

    `content` says how the records of a file without a day in its path are shared out among several days.
    """

    path: Path
    name: str
    source: str
    role: str
    bytes: int
    digest: str
    content: ContentDays | None = None
    leads_out: bool = False

    def records(self, day: date, max_line_bytes: int) -> Iterator[Record]:
        """Yield the records that belong to a day."""
        records = read_records(self.path, max_line_bytes)
        return records if self.content is None else self.content.of_day(records, day)


@dataclass(frozen=True)
class Listing:
    """The files of one source by day, as its store listed them at one moment.

    `undated` has the days of files without a day in their path; without a readable span they have none.
    """

    source: Source
    store: DumpStore
    files: Mapping[date, tuple[ListedFile, ...]]
    undated: Mapping[ListedFile, Days]
    max_line_bytes: int
    contents: dict[str, ContentDays] = field(default_factory=dict)  # by digest: read through once a run

    def described(self, path: Path, file: ListedFile) -> DumpFile:
        """Return a file as it is where it will be read: it may have been replaced since it was listed."""
        source = self.source
        if file.leads_out:
            return DumpFile(path, file.name, source.name, source.role, file.bytes, NO_DIGEST, leads_out=True)
        digest, content = file_digest(path), None
        if len(self.undated.get(file, ())) > 1:
            if digest not in self.contents:
                self.contents[digest] = content_days(read_records(path, self.max_line_bytes))
            content = self.contents[digest]
        return DumpFile(path, file.name, source.name, source.role, path.stat().st_size, digest, content)


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
    sources: Iterable[tuple[Source, DumpStore]], *, known: Mapping[str, Days], max_line_bytes: int
) -> Dumps:
    """List the files of all sources. `known` maps the digest of a file to the days it was once given to."""
    return Dumps(tuple(_listing(source, store, known, max_line_bytes) for source, store in sources))


def _listing(source: Source, store: DumpStore, known: Mapping[str, Days], max_line_bytes: int) -> Listing:
    """Return a source's files by day, dated ones first, but no hidden files and links out without a day."""
    days: dict[date, list[ListedFile]] = defaultdict(list)
    undated = []
    for file in store.files():
        dated = days_in(file.name, source.globs)
        for day in dated:
            days[day].append(file)
        hidden = any(part.startswith(".") for part in file.name.split("/"))
        if not dated and not hidden and not file.leads_out:
            undated.append(file)
    sightings = _sightings(undated, store, known, max_line_bytes)
    given = {file: known.get(sighting.digest, sighting.days) for file, sighting in sightings.items()}
    for file, of_file in given.items():
        for day in of_file:
            days[day].append(file)
    return Listing(source, store, {day: tuple(files) for day, files in days.items()}, given, max_line_bytes)


def _sightings(
    files: Sequence[ListedFile], store: DumpStore, known: Mapping[str, Days], max_line_bytes: int
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


def _look(path: Path, known: Mapping[str, Days], max_line_bytes: int) -> Sighting:
    digest = file_digest(path)
    return Sighting(digest, known.get(digest) or content_days(read_records(path, max_line_bytes)).days)


@contextmanager
def _all_local(listed: list[tuple[Listing, tuple[ListedFile, ...]]]) -> Iterator[list[DumpFile]]:
    """Lend the files of several sources at once."""
    if not listed:
        yield []
        return
    (listing, files), *rest = listed
    with listing.store.local(files) as paths, _all_local(rest) as others:
        yield [listing.described(*pair) for pair in zip(paths, files, strict=True)] + others
