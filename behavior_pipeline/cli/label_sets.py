"""Commands labels sets and labels diff: calibration sets and what makes two of them differ."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import orjson
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from behavior_pipeline.cli.labels import spec_of
from behavior_pipeline.datafiles.label_files import dataset_registry, stored_labels
from behavior_pipeline.errors import InputError
from behavior_pipeline.labels.card_text import card_text
from behavior_pipeline.labels.sets import item_labels, set_diff, standing_set
from behavior_pipeline.settings.model import settings
from behavior_pipeline.steps.calibration_sets import cards_of_week
from behavior_pipeline.steps.pipeline import Pipeline

MOST = 20


def sets(as_values: Annotated[bool, typer.Option("--json", help="Print the cards as JSON.")] = False) -> None:
    """Show the card of every calibration set: size, balance, agreement of annotators, age, gaps, changes."""
    today = datetime.now(UTC).date()
    rows = cards_of_week(Pipeline(), today - timedelta(days=today.weekday()), day=today)
    if as_values:
        print(orjson.dumps(_values(rows), option=orjson.OPT_INDENT_2).decode())  # noqa: T201
        return
    if rows.empty:
        Console(markup=False).print(
            "there is no calibration set; import labels of role anchor with a dataset_version"
        )
        return
    for card in card_text(rows).to_dict("records"):
        table = Table(show_header=False, title=Text(f"{card.pop('dimension')}: {card.pop('set')}"))
        for name, value in card.items():
            table.add_row(Text(str(name)), Text(str(value)))
        Console(markup=False).print(table)


def diff(
    dimension: Annotated[str, typer.Argument(help="The dimension of both sets.", show_default=False)],
    before: Annotated[str, typer.Argument(help="One calibration set.", show_default=False)],
    after: Annotated[str, typer.Argument(help="The other one.", show_default=False)],
    as_values: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
) -> None:
    """Say which items a calibration set has, lacks or labels otherwise than another one of its dimension."""
    spec, labels = spec_of(dimension), stored_labels(settings().root)
    registry = dataset_registry(settings().root)
    known = list(registry.loc[registry["dimension"] == dimension, "dataset"])
    if unknown := [name for name in (before, after) if name not in known]:
        raise InputError(
            happened=f"{dimension} has no calibration set {', '.join(map(repr, unknown))}",
            kept="nothing was changed", remedy=f"there are {known}",
        )  # fmt: skip
    difference = set_diff(
        *(item_labels(spec, standing_set(labels, dimension, name)) for name in (before, after))
    )
    if as_values:
        print(orjson.dumps(difference, option=orjson.OPT_INDENT_2).decode())  # noqa: T201 - the output itself
        return
    console = Console(markup=False)
    relabelled = [f"{item}: {one} -> {other}" for item, one, other in difference.relabelled]
    for what, items in (
        ("added", difference.added),
        ("removed", difference.removed),
        ("relabelled", relabelled),
    ):
        console.print(f"{len(items)} items {what}", highlight=False)
        for item in items[:MOST]:
            console.print(f"  {item}", highlight=False, markup=False)
        if len(items) > MOST:
            console.print(f"  and {len(items) - MOST} more; --json names all", highlight=False)
    console.print(f"{difference.unchanged} items unchanged", highlight=False)


def _values(rows: pd.DataFrame) -> list[dict[str, object]]:
    nested = ("rubrics", "labels", "strata", "slices", "gaps")
    days = rows.assign(**{name: rows[name].dt.strftime("%Y-%m-%d") for name in ("week", "since")})
    return [
        {
            str(name): orjson.loads(value) if name in nested else None if pd.isna(value) else value
            for name, value in row.items()
        }
        for row in days.to_dict("records")
    ]
