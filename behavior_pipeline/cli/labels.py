"""Commands labels import, export and config: human labels from a file, and for other tools."""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import orjson
import pandas as pd
import typer
from rich.console import Console

from behavior_pipeline.cli.queue import Format, write_private
from behavior_pipeline.datafiles.label_store import trace_labels
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.errors import InputError
from behavior_pipeline.labelling.tasks import as_text
from behavior_pipeline.labels.formats.csv import labels_csv
from behavior_pipeline.labels.formats.to_label_studio import label_studio_tasks, labelling_config, read_fields
from behavior_pipeline.labels.report import Import, as_json, lines
from behavior_pipeline.settings.model import settings
from behavior_pipeline.steps.import_labels import import_into_lake
from behavior_pipeline.steps.judged_items import cases_of
from behavior_pipeline.steps.pipeline import Pipeline, dimensions, open_lake


def import_file(
    file: Annotated[
        Path,
        typer.Argument(
            help="A CSV, or an export of Label Studio (JSON, JSON-MIN or CSV).", show_default=False
        ),
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
    console = Console(markup=False)
    console.print(
        f"{file.name}: {done.kept} labels kept, {len(done.problems)} rows kept out",
        highlight=False,
        markup=False,
    )
    for line in lines(done):
        style = "yellow" if line.startswith("warning: ") else None
        console.print(f"  {line}", highlight=False, markup=False, style=style)


def export_file(
    file: Annotated[Path, typer.Argument(help="The file to write.", show_default=False)],
    dimension: Annotated[str, typer.Option("--dimension", help="Whose labels.", show_default=False)],
    week: Annotated[
        list[str] | None,
        typer.Option("--week", help="A day of a week; repeat it for more. Default: all weeks."),
    ] = None,
    kind: Annotated[Format, typer.Option("--format", help="How they are written.")] = Format.CSV,
) -> None:
    """Write imported labels as CSV or as Label Studio tasks, with the redacted texts of the lake."""
    spec = spec_of(dimension)
    labels = trace_labels(settings().root)
    chosen = labels[(labels["dimension"] == spec.name) & _in_weeks(labels, week)]
    if chosen.empty:
        raise InputError(
            happened=f"there are no labels of {spec.name}{' in those weeks' if week else ''}",
            kept="nothing was written", remedy="import labels first, or name other weeks",
        )  # fmt: skip
    if kind == Format.CSV:
        write_private(file, labels_csv(chosen))
    else:
        tasks = label_studio_tasks(chosen, spec, contents(set(chosen["trace_id"]), read_fields(spec)))
        write_private(file, orjson.dumps(tasks, option=orjson.OPT_INDENT_2).decode())
    Console(markup=False).print(
        f"{len(chosen)} labels of {chosen['item_id'].nunique()} items written to {file}", highlight=False
    )


def config_file(
    dimension: Annotated[
        str, typer.Option("--dimension", help="Whose scale and rubric.", show_default=False)
    ],
    file: Annotated[Path | None, typer.Argument(help="The file to write; default: print it.")] = None,
) -> None:
    """Write Label Studio's labelling configuration (XML) of a dimension."""
    written = labelling_config(spec_of(dimension))
    if file is None:
        print(written, end="")  # noqa: T201 - the output itself
    else:
        write_private(file, written)
        Console(markup=False).print(
            f"labelling configuration of {dimension} written to {file}", highlight=False
        )


def spec_of(dimension: str) -> DimensionSpec:
    """Return a dimension that has labels; InputError for another name."""
    having = {name: spec for name, spec in dimensions().items() if spec.scale.labels}
    if dimension not in having:
        raise InputError(
            happened=f"there is no dimension {dimension!r} with labels", kept="nothing was written",
            remedy=f"there are {sorted(having)}",
        )  # fmt: skip
    return having[dimension]


def contents(traces: set[str], fields: tuple[str, ...]) -> dict[str, dict[str, str | None]]:
    """Return the stored texts of traces, redacted as they are."""
    return {
        case.trace_id: {name: as_text(getattr(case, name)) for name in fields}
        for case in cases_of(open_lake(), traces)
    }


def _in_weeks(labels: pd.DataFrame, weeks: list[str] | None) -> "pd.Series[bool]":
    if not weeks:
        return pd.Series(True, index=labels.index)
    try:
        days = [date.fromisoformat(day) for day in weeks]
    except ValueError:
        raise InputError(
            happened=f"--week {', '.join(weeks)} is no day", kept="nothing was written",
            remedy="name a day of the week as YYYY-MM-DD",
        ) from None  # fmt: skip
    return labels["week"].isin([pd.Timestamp(day - timedelta(days=day.weekday())) for day in days])
