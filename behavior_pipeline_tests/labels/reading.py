"""Reads label files for tests with the dimensions of the package."""

from datetime import date
from typing import Any

import orjson
import pandas as pd

from behavior_pipeline.dimensions.folder import load_dimensions
from behavior_pipeline.labels.formats.recognise import read_records
from behavior_pipeline.labels.records import Problem, Records
from behavior_pipeline.labels.validate import checked
from behavior_pipeline.settings.model import Labels

STARS = {"kind": "graded", "labels": {"1": 0.0, "2": 0.25, "3": 0.5, "4": 0.75, "5": 1.0}}
SPECS = load_dimensions({"faithfulness": {"scale": STARS, "gate": {"metric": "spearman", "minimum": 0.7}}})
TODAY = date(2026, 4, 1)
HEADER = "trace_id,dimension,label,labelled_at,annotator\n"
GOOD = "a1,tone,on_brand,2026-03-04,ana\n"


def read(raw: bytes | str | list[Any], **rules: Any) -> tuple[pd.DataFrame, list[Problem], Records]:
    """Return good rows, all problems and the records of a file."""
    body = raw if isinstance(raw, bytes) else raw.encode() if isinstance(raw, str) else orjson.dumps(raw)
    records = read_records(body, "labels", rules=Labels(**rules), specs=SPECS)
    validated = checked(records, rules=Labels(**rules), specs=SPECS, today=TODAY)
    return validated.rows, [*records.problems, *validated.problems], records
