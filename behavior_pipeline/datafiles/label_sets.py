"""The registry of calibration sets, `labels/datasets.csv`: named, immutable, in force from a day on."""

from pathlib import Path

import pandas as pd

from behavior_pipeline.datafiles.label_store import REGISTRY
from behavior_pipeline.errors import InputError
from behavior_pipeline.labels.sets import REGISTERED
from behavior_pipeline.values import from_spreadsheet, spreadsheet_cell


def dataset_registry(root: Path) -> pd.DataFrame:
    """Return the calibration sets: dimension, dataset, since, items, digests of content and of file."""
    path = root / "labels" / REGISTRY
    if not path.is_file():
        return pd.DataFrame(columns=list(REGISTERED))
    registry = pd.read_csv(
        path, dtype={"items": int, "digest": str, "dataset": str, "file": str}, parse_dates=["since"]
    )
    if "file" not in registry:  # as it was written before sets had a digest of their own
        registry = registry.rename(columns={"digest": "file"})
    registry["dataset"] = registry["dataset"].map(from_spreadsheet)
    return registry.reindex(columns=list(REGISTERED))


def refuse_changes(registry: pd.DataFrame, brought: pd.DataFrame, digest: str, name: str) -> None:
    """Raise InputError where a file that was imported before would now make other sets of its own names."""
    columns = ["dimension", "dataset", "items", "digest"]
    new = {tuple(row[:2]): row[2:] for row in brought[columns].itertuples(index=False, name=None)}
    mine = registry.loc[(registry["file"] == digest) & registry["digest"].notna(), columns]
    for dimension, dataset, items, content in mine.itertuples(index=False, name=None):
        items_now, content_now = new.get((dimension, dataset), (0, ""))
        if content_now == content:
            continue
        raise InputError(
            happened=f"{name} was imported before and would now change the calibration set {dataset}"
            f" of {dimension}: {items_now} items where {items} are registered, or other labels or rubric",
            kept="the set and all labels, as they were imported before",
            remedy="a set never changes: undo the change under [labels] in pipeline.toml, or give the items"
            f" a name of their own, as [labels.values.dataset_version] {dataset} = 'another'",
        )


def register(folder: Path, registry: pd.DataFrame, brought: pd.DataFrame) -> None:
    """Write the registry with the sets that a file brings."""
    frames = [frame for frame in (registry, brought) if len(frame)]
    if not frames:
        return
    rows = pd.concat(frames, ignore_index=True).drop_duplicates(["dimension", "dataset"], keep="first")
    since = pd.to_datetime(rows["since"]).dt.strftime("%Y-%m-%d")
    names = rows["dataset"].map(spreadsheet_cell)
    rows.assign(since=since, dataset=names)[list(REGISTERED)].to_csv(folder / REGISTRY, index=False)
