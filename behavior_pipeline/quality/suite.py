"""The quality suite of one week: expectations run by Great Expectations, results and pages."""

import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.quality.expectations import KEYS, Expected, expectations
from behavior_pipeline.quality.frames import Query, frames_of_week
from behavior_pipeline.quality.pages import PAGES, make_self_contained, replace_folder, write_week
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.tables.quality import QUALITY_RESULTS

MOST_EXAMPLES = 5
ANALYTICS = "GX_ANALYTICS_ENABLED"
# Data Docs write values into their pages as they are (measured with 1.24), so none may hold a tag.
LEFT, RIGHT = (
    "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
    "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
)
MARKUP = str.maketrans({"<": LEFT, ">": RIGHT})
QUIET = {"globally": False, "metric_calculations": False}


def quality_of_week(
    query: Query, week: date, *, specs: Mapping[str, DimensionSpec], settings: Settings
) -> pd.DataFrame:
    """Return rows of QUALITY_RESULTS; write the week's pages below `reports/quality/` of the data root."""
    frames = frames_of_week(query, week, rules=settings.quality, lateness_days=settings.lateness_days)
    folder = settings.root / PAGES / week.isoformat()
    draft = folder.with_name(f".{week}.{uuid4().hex}")
    draft.mkdir(parents=True)
    try:
        results = check_week(week, frames, expectations(specs), docs=draft)
        make_self_contained(draft)
        write_week(draft, week, results)
        replace_folder(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return results


def check_week(
    week: date, frames: Mapping[str, pd.DataFrame], expected: Sequence[Expected], *, docs: Path
) -> pd.DataFrame:
    """Return rows of QUALITY_RESULTS, one an expectation, and write the Data Docs of the week into `docs`.

    An expectation that cannot be computed has failed, with nothing checked. Nothing is sent anywhere.
    """
    gx = _library()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = QUIET
    context.variables.data_docs_sites = {"week": _site(docs)}
    source = context.data_sources.add_pandas("lake")
    rows: list[dict[str, Any]] = []
    for frame, group in groupby(expected, key=lambda entry: entry.frame):
        entries = list(group)
        batch = source.add_dataframe_asset(frame).add_batch_definition_whole_dataframe(str(week))
        suite = context.suites.add(
            gx.ExpectationSuite(name=frame, expectations=[_of(gx, e) for e in entries])
        )
        definition = gx.ValidationDefinition(name=frame, data=batch, suite=suite)
        outcome = context.validation_definitions.add(definition).run(
            batch_parameters={"dataframe": _as_pages_may_show(frames[frame])},
            result_format=_result_format(frame),
            run_id=gx.RunIdentifier(run_name=str(week)),
        )
        results = {result.expectation_config.meta["name"]: result for result in outcome.results}
        rows += [_row(week, entry, results[entry.name]) for entry in entries]
    context.build_data_docs()
    return QUALITY_RESULTS.validate(pd.DataFrame(rows, columns=list(QUALITY_RESULTS.columns)))


def _library() -> Any:
    """Import Great Expectations: here, since that takes seconds, and with its telemetry switched off."""
    os.environ[ANALYTICS] = "false"
    import great_expectations as gx  # noqa: PLC0415 - see above

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    return gx


def _site(docs: Path) -> dict[str, Any]:
    store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(docs)}
    index = {"class_name": "DefaultSiteIndexBuilder"}
    return {
        "class_name": "SiteBuilder", "show_how_to_buttons": False, "store_backend": store,
        "site_index_builder": index,
    }  # fmt: skip


def _of(gx: Any, entry: Expected) -> Any:
    kind = getattr(gx.expectations, entry.type)
    arguments = {name: _harmless(value) for name, value in entry.arguments.items()}
    return kind(**arguments, meta={"name": entry.name}, notes=entry.name)


def _result_format(frame: str) -> dict[str, Any]:
    named = {"unexpected_index_column_names": KEYS[frame]} if KEYS[frame] else {}
    return {"result_format": "SUMMARY", "partial_unexpected_count": MOST_EXAMPLES, **named}


def _as_pages_may_show(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame as pages may show it: a day without its midnight, texts without markup."""
    days = {name: frame[name].dt.date.astype("string") for name in frame.select_dtypes("datetime").columns}
    names: list[str] = list(frame.select_dtypes("string"))
    texts = {name: frame[name].str.translate(MARKUP) for name in names}
    return frame.assign(**days, **texts)


def _harmless(value: Any) -> Any:
    """Return what is expected of values with the same signs as `_as_pages_may_show` gives them."""
    if isinstance(value, str):
        return value.translate(MARKUP)
    return type(value)(map(_harmless, value)) if isinstance(value, list | tuple) else value


def _row(week: date, entry: Expected, result: Any) -> dict[str, Any]:
    summary = result.result or {}
    return {
        "week": week, "name": entry.name, "kind": entry.kind,
        "expectation": result.expectation_config.type, "frame": entry.frame,
        "columns": orjson.dumps(entry.columns).decode(), "passed": bool(result.success),
        "rows_checked": int(summary.get("element_count") or 0),
        "unexpected": int(summary.get("unexpected_count") or 0),
        "examples": orjson.dumps(_examples(entry, summary), default=_json_value).decode(),
    }  # fmt: skip


def _examples(entry: Expected, summary: Mapping[str, Any]) -> list[Any]:
    named = summary.get("partial_unexpected_index_list") if KEYS[entry.frame] else None
    return list(named or summary.get("partial_unexpected_list") or [])[:MOST_EXAMPLES]


def _json_value(value: Any) -> Any:
    """Return what JSON can say of a value of pandas or NumPy."""
    return value.item() if hasattr(value, "item") else None if pd.isna(value) else str(value)
