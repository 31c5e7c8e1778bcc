"""Makes small dumps and runs the pure part of ingestion on them."""

import gzip
import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pandas as pd

from behavior_pipeline.dumps.day_files import DumpFile
from behavior_pipeline.settings.model import Attributes, Consent, Price, Privacy, Signals
from behavior_pipeline.spans.day.parse_day import parse_day
from behavior_pipeline.spans.day.read_file import Reading
from behavior_pipeline.tables.traces import SPANS
from behavior_pipeline.traces import build
from behavior_pipeline.traces.trace_day import trace_days, trace_sql

DAY = date(2026, 3, 2)
FIXTURES = Path(__file__).parents[1] / "dumps" / "fixtures"
SLICES = ("customer.segment", "query.category")
RULES = build.Building(SLICES, ("app.feature",), "feature_flag.", {"m": Price(input=1, output=2)}, Signals())


def reading(**changes: Any) -> Reading:
    privacy = Privacy(redact=False, attributes=("*",), consent=changes.pop("consent", Consent()))
    defaults = {
        "names": Attributes(),
        "privacy": privacy,
        "slices": SLICES,
        "key": b"key",
        "max_line_bytes": 1 << 26,
    }
    return Reading(**{**defaults, **changes})


class Parsed(NamedTuple):
    """A parsed day with all of its rows in memory."""

    spans: pd.DataFrame
    quarantine: pd.DataFrame
    ingested: pd.DataFrame
    not_consented: pd.DataFrame
    evaluations: pd.DataFrame


def parse(paths: Iterable[Path], day: date = DAY, **changes: Any) -> Parsed:
    files = [DumpFile(path, path.name, "test", "production", 0, "") for path in paths]
    parsed = parse_day(files, day, reading(**changes))
    return Parsed(
        parsed.spans.frame(list(SPANS.columns)),
        parsed.quarantine.frame(),
        parsed.ingested,
        parsed.not_consented,
        parsed.evaluations.frame(),
    )


def span(trace: int = 1, number: int = 1, parent: int | None = None, **attributes: Any) -> dict[str, Any]:
    return {
        "traceId": f"{trace:032x}",
        "spanId": f"{number:016x}",
        "parentSpanId": f"{parent:016x}" if parent else "",
        "name": f"span {number}",
        "startTimeUnixNano": str(10**18 + number),
        "endTimeUnixNano": str(10**18 + 10**9),
        "attributes": [
            {"key": key.replace("__", "."), "value": any_value(value)} for key, value in attributes.items()
        ],
    }


def any_value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"stringValue": value if isinstance(value, str) else json.dumps(value)}


def request(*spans: dict[str, Any]) -> bytes:
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}).encode()


def dump(path: Path, *lines: bytes) -> Path:
    content = b"\n".join(lines)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def traces_of(
    days: Sequence[tuple[date, pd.DataFrame]],
    day: date,
    until: date | None = None,
    *,
    rules: build.Building = RULES,
) -> pd.DataFrame:
    """Build a day's traces from parsed days through the step's own SQL."""
    stored = pd.concat([SPANS.validate(rows) for _, rows in days], ignore_index=True)  # noqa: F841 - for SQL
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA content")
        connection.execute(
            "CREATE TABLE content.spans AS SELECT * REPLACE (CAST(day AS DATE) AS day) FROM stored"
        )

        def query(statement: str, parameters: Any) -> pd.DataFrame:
            return connection.execute(statement, parameters).df()

        built = trace_days(query, first=day, last=day, lateness_days=2)
        window = built.window(day, with_late=until is not None)
        result = connection.execute(trace_sql("spans_of_traces"), window)
        names = [column[0] for column in result.description]
        rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    return build.build_traces(rows, day, rules)
