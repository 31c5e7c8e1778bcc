"""Command labels import: a CSV of human labels, good rows kept, bad rows named."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from behavior_pipeline.calibration.label_file import summary
from behavior_pipeline.lake.labels import Import, import_labels

KNOWN = "SELECT DISTINCT trace_id FROM analysis.trace_facts"


def import_file(
    file: Annotated[Path, typer.Argument(help="A CSV with trace_id, dimension, label, labelled_at.")],
) -> None:
    """Import human labels from a CSV; map other column names and words under [labels] in pipeline.toml.

    Further columns: annotator, role (anchor, fresh, diagnostic), dataset_version, rubric_version, item_id,
    stratum, inclusion_probability, text.
    """
    tell(file, import_into_lake(file))


def import_into_lake(file: Path) -> Import:
    """Import a label file into the data root of this process."""
    from behavior_pipeline.defs.resources import dimensions, open_lake  # noqa: PLC0415 - reads configuration
    from behavior_pipeline.settings.model import settings  # noqa: PLC0415

    known = set(open_lake().sql(KNOWN)["trace_id"])
    return import_labels(
        file, settings().root, rules=settings().labels, specs=dimensions(), known_traces=known
    )


def tell(file: Path, done: Import) -> None:
    """Say what was kept, what waits for its traces, and what was kept out."""
    console = Console()
    console.print(
        f"{file.name}: {done.kept} labels kept, {len(done.problems)} rows kept out", highlight=False
    )
    for line in summary(done.problems):
        console.print(f"  {line}", highlight=False, markup=False)
    if done.waiting:
        console.print(
            f"  {done.waiting} of the kept labels name traces that are in no stored dump yet;"
            " they count once the days that hold them are run",
            highlight=False,
        )
    for dimension, dataset, since in done.datasets:
        console.print(
            f"  calibration set {dataset} of {dimension} is in force from {str(since)[:10]}", highlight=False
        )
