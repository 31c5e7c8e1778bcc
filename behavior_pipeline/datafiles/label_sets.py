"""The registry of calibration sets, `labels/datasets.csv`: named, immutable, in force from a day on."""

from datetime import date
from pathlib import Path

import pandas as pd

from behavior_pipeline.datafiles.label_store import REGISTRY
from behavior_pipeline.errors import InputError
from behavior_pipeline.labels.sets import anchors, set_digest, standing_set

COLUMNS = ("dimension", "dataset", "since", "items", "digest", "file")


def dataset_registry(root: Path) -> pd.DataFrame:
    """Return the calibration sets: dimension, dataset, since, items, digests of content and of file."""
    path = root / "labels" / REGISTRY
    if not path.is_file():
        return pd.DataFrame(columns=list(COLUMNS))
    held = pd.read_csv(
        path, dtype={"items": int, "digest": str, "dataset": str, "file": str}, parse_dates=["since"]
    )
    if "file" not in held:  # as it was written before sets had a digest of their own
        held = held.rename(columns={"digest": "file"})
    return held.reindex(columns=list(COLUMNS))


def dataset_in_force(registry: pd.DataFrame, dimension: str, day: date) -> str:
    """Return the calibration set of a dimension on a day: the newest one that is in force, or `none`."""
    own = registry[(registry["dimension"] == dimension) & (registry["since"] <= pd.Timestamp(day))]
    return str(own.sort_values("since", kind="stable")["dataset"].iloc[-1]) if len(own) else "none"


def closed_sets(registry: pd.DataFrame, digest: str) -> set[tuple[str, str]]:
    """Return the sets that a file may not add to: all that another one brought."""
    others = registry[registry["file"] != digest]
    return set(zip(others["dimension"], others["dataset"], strict=True))


def brought_sets(rows: pd.DataFrame, digest: str) -> pd.DataFrame:
    """Return the registry's rows of the calibration sets that a file brings.

    A set is in force from the latest day on which one of its labels was given.
    """
    found = []
    for name, own in anchors(rows).groupby(["dimension", "dataset_version"], sort=True):
        dimension, dataset = map(str, name)
        content = set_digest(standing_set(own, dimension, dataset))
        found.append(
            (dimension, dataset, own["labelled_at"].max(), own["item_id"].nunique(), content, digest)
        )
    return pd.DataFrame(found, columns=list(COLUMNS))


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
    held = [frame for frame in (registry, brought) if len(frame)]
    if not held:
        return
    rows = pd.concat(held, ignore_index=True).drop_duplicates(["dimension", "dataset"], keep="first")
    since = pd.to_datetime(rows["since"]).dt.strftime("%Y-%m-%d")
    rows.assign(since=since)[list(COLUMNS)].to_csv(folder / REGISTRY, index=False)
