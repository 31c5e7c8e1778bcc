"""Command labels import: human labels from a file; good ones kept, the others named."""

from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from behavior_pipeline.labels.report import Import, as_json, lines
from behavior_pipeline.steps.import_labels import import_into_lake
from behavior_pipeline.steps.pipeline import Pipeline


def import_file(
    file: Annotated[
        Path,
        typer.Argument(help="A CSV, or an export of Label Studio (JSON or JSON-MIN).", show_default=False),
    ],
    as_values: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Import human labels from a file; map other names and words under [labels] in pipeline.toml.

    A CSV has trace_id, dimension, label, labelled_at, and as far as known annotator, role (anchor, fresh,
    diagnostic), dataset_version, rubric_version, item_id, stratum, inclusion_probability, text, corrects.
    docs/labels.md says how exports of Label Studio are read.
    """
    done = import_into_lake(Pipeline(), file)
    if as_values:
        print(orjson.dumps(as_json(done, file.name), option=orjson.OPT_INDENT_2).decode())  # noqa: T201
    else:
        tell(file, done)


def tell(file: Path, done: Import) -> None:
    """Say what was used, what was kept out and why, and what else to know of the labels."""
    console = Console()
    console.print(
        f"{file.name}: {done.kept} labels kept, {len(done.problems)} rows kept out",
        highlight=False,
        markup=False,
    )
    for line in lines(done):
        style = "yellow" if line.startswith("warning: ") else None
        console.print(f"  {line}", highlight=False, markup=False, style=style)
