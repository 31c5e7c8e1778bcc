"""Where dumps lie: what the core asks of a store, and the store that is a local directory."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from behavior_pipeline.errors import InputError


@dataclass(frozen=True)
class ListedFile:
    """A file as its store lists it: its name below the root, and a version that changes with its content.

    An empty version says that the store knows none; such a file is looked at anew each time. What leads out
    of the root is named and never opened.
    """

    name: str
    bytes: int
    version: str = ""
    leads_out: bool = False


@dataclass(frozen=True)
class Sighting:
    """What was once found out about a file without a day in its path; without a readable span, no days."""

    digest: str
    days: tuple[date, ...]


class DumpStore(Protocol):
    """A place with files. Workers read files by their path, so a store hands out local copies of them."""

    def files(self) -> list[ListedFile]:
        """Return every file below the root, hidden ones too, in_order; InputError where there is no root."""

    def local(self, files: Sequence[ListedFile]) -> AbstractContextManager[list[Path]]:
        """Lend local paths of some files, in their order; each ends like the name that its file is listed by.

        What was copied for this is gone afterwards.
        """

    def seen(self, file: ListedFile) -> Sighting | None:
        """Return what is remembered of this version of a file."""

    def remember(self, sightings: Mapping[ListedFile, Sighting]) -> None:
        """Remember what was found out about these versions of files, if versions can be told apart."""


class Folder:
    """A local directory; its files are read where they lie."""

    def __init__(self, root: Path, *, source: str) -> None:
        self.root, self.source = root, source

    def files(self) -> list[ListedFile]:
        """Return every file below the directory."""
        if not self.root.is_dir():
            raise missing(self.source, f"does not exist: {self.root}")
        root = self.root.resolve()
        listed = (self._listed(path, leads_out=leads_out) for path, leads_out in _walk(self.root, root))
        return in_order(listed)

    def _listed(self, path: Path, *, leads_out: bool) -> ListedFile:
        size = path.lstat().st_size if leads_out else path.stat().st_size
        return ListedFile(path.relative_to(self.root).as_posix(), size, leads_out=leads_out)

    @contextmanager
    def local(self, files: Sequence[ListedFile]) -> Iterator[list[Path]]:
        """Lend the files themselves."""
        yield [self.root / file.name for file in files]

    def seen(self, file: ListedFile) -> Sighting | None:
        """Remember nothing: reading a local file again costs less than a doubt about its time stamp."""

    def remember(self, sightings: Mapping[ListedFile, Sighting]) -> None:
        """Remember nothing."""


def in_order(files: Iterable[ListedFile]) -> list[ListedFile]:
    """Return files by the parts of their names, so that every store gives the same order."""
    return sorted(files, key=lambda file: file.name.split("/"))


def missing(source: str, what: str) -> InputError:
    """Return the error of a source whose root is not there: a mistake of the configuration."""
    return InputError(
        happened=f"the dump directory of source '{source}' {what}",
        kept="everything that was stored before",
        remedy="create it and put the day's dumps there, or set sources[].root in pipeline.toml",
    )


def _walk(folder: Path, root: Path, above: frozenset[Path] = frozenset()) -> Iterator[tuple[Path, bool]]:
    """Yield the files below a directory, and links that lead out of the root, which are not followed.

    Other links are, but not into a directory they lie in: who may put a dump there may not read the machine.
    """
    real = folder.resolve()
    if real in above:
        return
    for path in folder.iterdir():
        # realpath, since Path.resolve fails for a link to itself
        if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root):
            yield path, True
        elif path.is_dir():
            yield from _walk(path, root, above | {real})
        elif path.is_file():
            yield path, False
