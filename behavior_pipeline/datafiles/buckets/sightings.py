"""What is remembered of undated objects in a bucket, so that they are downloaded once and not every day."""

import json
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import filelock

from behavior_pipeline.datafiles.folders import private_folder
from behavior_pipeline.dumps.locations import ListedFile, Sighting

NAME = "undated_objects.json"


class Sightings:
    """Digest and days of objects by root, name, version and size, in a file of the data root.

    It is a convenience: without the file, or with another data root, objects are looked at once more.
    """

    def __init__(self, data_root: Path, root: str) -> None:
        self.path, self.root = data_root / NAME, root
        self._held: dict[str, list[Any]] = _read(self.path).get(root, {})

    def get(self, file: ListedFile) -> Sighting | None:
        """Return what is known of exactly this version of an object."""
        version, size, digest, days = self._held.get(file.name, ("", -1, "", None))
        if not file.version or (version, size) != (file.version, file.bytes) or not isinstance(days, list):
            return None  # a row that names one day is of a version that looked at the first span alone
        return Sighting(digest, tuple(map(date.fromisoformat, days)))

    def add(self, sightings: Mapping[ListedFile, Sighting], *, listed: Collection[str]) -> None:
        """Remember some objects; of objects that are listed no more, nothing is kept."""
        rows = {
            file.name: [file.version, file.bytes, one.digest, [day.isoformat() for day in one.days]]
            for file, one in sightings.items()
        }
        with filelock.FileLock(private_folder(self.path.parent) / f".{NAME}.lock", mode=0o600):
            everything = _read(self.path)  # other processes may have added theirs
            known = everything.get(self.root, {}) | rows
            self._held = {name: row for name, row in known.items() if name in listed}
            _write(self.path, {**everything, self.root: self._held})


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        by_root = json.loads(path.read_bytes())
    except ValueError:  # a full disk can leave half a file
        return {}
    return by_root if isinstance(by_root, dict) else {}


def _write(path: Path, by_root: Mapping[str, Any]) -> None:
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(by_root, ensure_ascii=False), encoding="utf-8")
    draft.replace(path)
