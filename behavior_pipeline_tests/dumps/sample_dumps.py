"""Reads the sample dumps of real instrumentation libraries, and what is known to be true of them.

`truth.csv` belongs to the four dumps `*_openai_*`. `made_truth.csv` belongs to dumps that were made with
the libraries that their names say: `opentelemetry-instrumentation-openai-v2` 2.1b0 with capture on and off,
`opentelemetry-instrumentation-openai` 0.33.12, `pydantic-ai` 0.4.11 and 2.68.0, `logfire` 5.4.0, `ai` 5.0.277
and 7.0.173 (the latter with `@ai-sdk/otel` 1.0.173), `openinference-instrumentation-langchain` 0.1.80,
asking a scripted server on loopback; it was written from that server's log. Scenarios: A chat, B two
parallel tool calls, C refusal, D stream, E stream without usage, F a 429 and then success, G a 400, H cut
by the limit, J JSON; 1 after the letter is the streamed one. Stack traces, host and process attributes were
taken out.
"""

import csv
import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from behavior_pipeline.dumps.container import read_records
from behavior_pipeline.dumps.records import RawLog
from behavior_pipeline.spans.dialect import log_readers
from behavior_pipeline.tables.traces import SPANS, TRACES
from behavior_pipeline_tests.spans.world import FIXTURES, parse, traces_of

DAY = date(2026, 11, 23)
Row = dict[str, Any]


@cache
def spans(name: str) -> tuple[Row, ...]:
    """Return the rows of content.spans of a sample, with what their logs say."""
    path = FIXTURES / f"{name}.jsonl.gz"
    rows = records(SPANS.validate(parse([path], DAY).spans))
    logs = dict(_meanings_of_logs(path))
    for row in rows:
        for column, value in logs.get((row["trace_id"], row["span_id"]), {}).items():
            row[column] = value if row[column] is None else row[column]
    return tuple(rows)


def _meanings_of_logs(path: Path) -> Iterator[tuple[tuple[str, str], Row]]:
    by_span: dict[tuple[str, str], list[RawLog]] = {}
    for record in read_records(path, 1 << 26):
        if isinstance(record, RawLog) and record.name in log_readers():
            by_span.setdefault((record.trace_id, record.span_id), []).append(record)
    for ids, logs in by_span.items():
        logs.sort(key=lambda log: log.time_ns)
        reader = log_readers()[logs[0].name][1].from_logs
        assert reader is not None
        yield ids, reader(logs)


@cache
def traces(name: str) -> dict[str, Row]:
    """Return the traces of a sample by their ids."""
    frame = pd.DataFrame(list(spans(name)), columns=list(SPANS.columns))
    built = TRACES.validate(traces_of([(DAY, frame)], DAY))
    return {row["trace_id"]: row for row in records(built)}


def records(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a frame with None where a value is missing."""
    return list(frame.astype(object).where(frame.notna(), None).to_dict("records"))


def truth(file: str, name: str) -> list[dict[str, str]]:
    """Return the rows of a file of truths that belong to a sample."""
    with (FIXTURES / file).open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["dump"] == name]


def calls_of(row: Row) -> list[Row]:
    """Return the tool calls of a trace."""
    return list(json.loads(row["tool_calls"] or "[]"))
