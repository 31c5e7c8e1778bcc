"""Imported labels in `<data root>/labels/`: one CSV of good rows an import, and a registry of sets."""

import csv
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import filelock
import pandas as pd

from behavior_pipeline.calibration.label_file import Problem, read_label_file
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.errors import InputError
from behavior_pipeline.provenance.digests import file_digest
from behavior_pipeline.settings.model import Labels
from behavior_pipeline.tables.calibration import LABELS, RELABEL

REGISTRY = "datasets.csv"
REGISTRY_COLUMNS = ("dimension", "dataset", "since", "items", "digest")
DIGITS = 12


@dataclass(frozen=True)
class Import:
    """What one import did; `waiting` of the kept labels name traces that are in no stored dump yet."""

    kept: int
    waiting: int
    problems: list[Problem]
    stored: Path | None
    datasets: list[tuple[str, str, date]]


def import_labels(
    path: Path,
    root: Path,
    *,
    rules: Labels,
    specs: Mapping[str, DimensionSpec],
    known_traces: set[str],
) -> Import:
    """Validate a label CSV, keep its good rows, and register the calibration sets that it brings.

    A calibration set is the anchors of one dataset_version of a dimension; it is in force from the latest day
    on which one of its items was labelled, and never changes: further anchors under its name are kept out.
    """
    if not path.is_file():
        raise InputError(
            happened=f"there is no label file {path}", kept="the labels that were imported before",
            remedy="check the path",
        )  # fmt: skip
    folder = root / "labels"
    folder.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder / ".lock"):
        read = read_label_file(path, rules=rules, specs=specs)
        digest = file_digest(path)[:DIGITS]
        stored = folder / f"{path.stem}-{digest}.csv"
        rows, known = _new_rows(
            read.labels, stored_labels(root, but=stored), dataset_registry(root), digest=digest
        )
        problems = [*read.problems, *known]
        if rows.empty:
            return Import(0, 0, problems, None, [])
        datasets = _register(rows, folder, digest)
        rows.assign(week=rows["week"].map(str), labelled_at=rows["labelled_at"].map(str)).to_csv(
            stored, index=False, quoting=csv.QUOTE_MINIMAL
        )
        waiting = int((~rows["trace_id"].isin(known_traces)).sum())
        return Import(len(rows), waiting, problems, stored, datasets)


def stored_labels(root: Path, *, but: Path | None = None) -> pd.DataFrame:
    """Return all imported labels in the shape of content.labels."""
    files = [
        path for path in sorted((root / "labels").glob("*.csv")) if path.name != REGISTRY and path != but
    ]
    frames = [pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""]) for path in files]
    if not frames:
        return LABELS.empty()
    rows = pd.concat(frames, ignore_index=True)
    for name in ("dataset_version", "rubric_version"):
        rows[name] = rows[name].fillna("")
    for name in ("week", "labelled_at"):
        rows[name] = pd.to_datetime(rows[name])
    rows["inclusion_probability"] = pd.to_numeric(rows["inclusion_probability"])
    return LABELS.validate(rows)


def dataset_registry(root: Path) -> pd.DataFrame:
    """Return the calibration sets: dimension, dataset, since, items, digest."""
    path = root / "labels" / REGISTRY
    if not path.is_file():
        return pd.DataFrame(columns=list(REGISTRY_COLUMNS))
    return pd.read_csv(path, dtype={"items": int, "digest": str, "dataset": str}, parse_dates=["since"])


def dataset_in_force(registry: pd.DataFrame, dimension: str, day: date) -> str:
    """Return the calibration set of a dimension on a day: the newest one that is in force, or `none`."""
    own = registry[(registry["dimension"] == dimension) & (registry["since"] <= pd.Timestamp(day))]
    return str(own.sort_values("since", kind="stable")["dataset"].iloc[-1]) if len(own) else "none"


def _new_rows(
    rows: pd.DataFrame, stored: pd.DataFrame, registry: pd.DataFrame, *, digest: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Keep out what is stored already and what would change a registered calibration set."""
    have = {_identity(row): row["label"] for row in stored.to_dict("records")}
    taken = {
        (*_identity(row)[: len(LABELS.key) - 1], pd.Timestamp(row["week"]))
        for row in stored.to_dict("records")
    }
    sets = {(row.dimension, row.dataset) for row in registry.itertuples() if row.digest != digest}
    problems, kept = [], []
    for number, row in enumerate(rows.to_dict("records")):
        before = have.get(_identity(row))
        if before is not None:
            why = (
                "already imported"
                if before == row["label"]
                else "contradicts a label that was imported before"
            )
        elif row["role"] == RELABEL and _identity(row) in taken:
            why = "labelled anew in the week of its label; the two cannot be told apart"
        elif row["role"] == "anchor" and (row["dimension"], row["dataset_version"]) in sets:
            why = "its calibration set exists and never changes; use a new dataset_version"
        else:
            kept.append(number)
            continue
        problems.append(Problem(number + 2, why))
    return rows.iloc[kept].reset_index(drop=True), problems


def _identity(row: Mapping[Hashable, Any]) -> tuple[object, ...]:
    """Return what makes a label one and the same; who labels an anchor again does so once a week."""
    again = (pd.Timestamp(row["week"]),) if row["role"] == RELABEL else ()
    return (*(row[name] for name in LABELS.key if name != "week"), *again)


def _register(rows: pd.DataFrame, folder: Path, digest: str) -> list[tuple[str, str, date]]:
    anchors = rows[(rows["role"] == "anchor") & (rows["dataset_version"] != "")]
    grouped = anchors.groupby(["dimension", "dataset_version"]).agg(
        since=("labelled_at", "max"), items=("item_id", "nunique")
    )
    brought = grouped.reset_index().rename(columns={"dataset_version": "dataset"}).assign(digest=digest)
    registry = pd.concat([dataset_registry(folder.parent), brought], ignore_index=True)
    registry = registry.drop_duplicates(["dimension", "dataset"], keep="first")
    registry["since"] = pd.to_datetime(registry["since"]).dt.strftime("%Y-%m-%d")
    registry[list(REGISTRY_COLUMNS)].to_csv(folder / REGISTRY, index=False)
    return [(row["dimension"], row["dataset"], row["since"]) for row in brought.to_dict("records")]
