"""Imports label files into `<data root>/labels/`: good rows are kept, what is not used is reported."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import filelock
import pandas as pd

from behavior_pipeline.datafiles.label_sets import dataset_registry, refuse_changes, register
from behavior_pipeline.datafiles.label_store import (
    import_number,
    read_rows,
    stored_labels,
    stored_rows,
    trace_labels,
    write_rows,
)
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.errors import InputError
from behavior_pipeline.labels.formats.recognise import read_records
from behavior_pipeline.labels.history import new_rows, revisions
from behavior_pipeline.labels.import_notes import notes_on_empty_file, notes_on_empty_sets, notes_on_rows
from behavior_pipeline.labels.records import Problem, Records
from behavior_pipeline.labels.report import Import
from behavior_pipeline.labels.sets import brought_sets, closed_sets, dataset_in_force
from behavior_pipeline.labels.validate import checked
from behavior_pipeline.provenance.digests import file_digest
from behavior_pipeline.settings.model import Labels

# What others ask of imported labels; which file keeps it, they need not know.
__all__ = ["Import", "dataset_in_force", "dataset_registry", "import_labels", "stored_labels", "trace_labels"]

DIGITS = 12
MOST_STEM = 60  # of a name of 255 bytes


@dataclass(frozen=True)
class _Stored:
    """What an import kept of a file, beside what was there before, and what it left out."""

    path: Path
    digest: str
    records: Records
    asked: pd.DataFrame
    rows: pd.DataFrame
    earlier: pd.DataFrame
    registry: pd.DataFrame
    brought: pd.DataFrame
    problems: list[Problem]


def import_labels(
    path: Path,
    root: Path,
    *,
    rules: Labels,
    specs: Mapping[str, DimensionSpec],
    known_traces: set[str],
    today: date | None = None,
    start_day: date | None = None,
) -> Import:
    """Validate a label file, keep its good rows, and register the calibration sets that it brings.

    A calibration set is the anchors of one dataset_version of a dimension; it is in force from the latest day
    on which one of its items was labelled, and never changes: further anchors under its name are kept out.
    The same file again takes the place of its first import.
    """
    if not path.is_file():
        raise InputError(
            happened=f"there is no label file {path}", kept="the labels that were imported before",
            remedy="check the path",
        )  # fmt: skip
    folder = root / "labels"
    folder.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder / ".lock"):
        stored = _store(path, root, rules=rules, specs=specs, today=today)
    return _reported(stored, specs, known_traces=known_traces, start_day=start_day)


def _store(
    path: Path, root: Path, *, rules: Labels, specs: Mapping[str, DimensionSpec], today: date | None
) -> _Stored:
    folder, digest = root / "labels", file_digest(path)[:DIGITS]
    stored = next(folder.glob(f"*-{digest}.csv"), folder / f"{path.stem[:MOST_STEM]}-{digest}.csv")
    earlier, registry = stored_rows(root, but=stored), dataset_registry(root)
    records = read_records(path.read_bytes(), path.name, rules=rules, specs=specs)
    read = checked(records, rules=rules, specs=specs, today=today)
    before = read_rows(stored) if stored.is_file() else None
    rows, known = new_rows(read.rows, earlier, closed=closed_sets(registry, digest), before=before)
    rows = rows.assign(file=path.name, digest=digest, imported=import_number(before, earlier))
    brought = brought_sets(rows, digest)
    refuse_changes(registry, brought, digest, path.name)
    if len(rows):
        write_rows(stored, rows)
        register(folder, registry, brought)
    problems = [*records.problems, *read.problems, *known]
    return _Stored(stored, digest, records, read.asked, rows, earlier, registry, brought, problems)


def _reported(
    stored: _Stored, specs: Mapping[str, DimensionSpec], *, known_traces: set[str], start_day: date | None
) -> Import:
    earlier, rows = stored.earlier, stored.rows
    everything = pd.concat([earlier, rows], ignore_index=True) if len(earlier) else rows
    everything = everything.assign(revision=revisions(everything))
    kept = everything[everything["digest"] == stored.digest]
    sets, registered = (
        list(zip(frame["dimension"], frame["dataset"], strict=True))
        for frame in (stored.brought, stored.registry)
    )
    notes = [
        *notes_on_empty_file(len(stored.records.places), stored.problems),
        *stored.records.notes,
        *notes_on_rows(kept, everything, specs=specs, known_traces=known_traces, start_day=start_day),
        *notes_on_empty_sets(stored.asked, {*sets, *registered}),
    ]
    counts = kept["dimension"].value_counts().sort_index()
    return Import(
        kept=len(kept),
        waiting=sum(note.count for note in notes if note.kind == "waiting"),
        problems=stored.problems,
        stored=stored.path if len(rows) else None,
        datasets=[(*name, since.date()) for name, since in zip(sets, stored.brought["since"], strict=True)],
        kind=stored.records.kind,
        digest=stored.digest,
        used={str(name): int(count) for name, count in counts.items()},
        notes=notes,
    )
