"""Compares what the pipeline makes of dumps of real instrumentation libraries with what is known to be true.

    python benchmarks/otel_truth.py [--pack ../shared/otel] [--out values.csv] [--wrong]

Reads every dump and container of the pack (a file, or a folder of files) through the reader
and the builder of traces and prints per dump how many of the fields that it records came out right, and which
values were claimed that it does not record. `--out` writes the values as a long CSV (trace_id, dump, field,
value), `--wrong` prints what was wrong.
"""

import argparse
import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from rich.console import Console
from rich.table import Table

from behavior_pipeline.dumps.attributes import as_json, parsed
from behavior_pipeline.dumps.day_files import DumpFile
from behavior_pipeline.dumps.ids import TRACE_DIGITS, foreign_id
from behavior_pipeline.reasons import Reason
from behavior_pipeline.redaction.pseudonym import user_key
from behavior_pipeline.settings.model import Attributes, Privacy, Signals
from behavior_pipeline.spans.day.parse_day import parse_day
from behavior_pipeline.spans.day.read_file import Reading
from behavior_pipeline.spans.dialect import dialects
from behavior_pipeline.tables.traces import SPANS, TRACES
from behavior_pipeline.traces import build
from behavior_pipeline.traces.span_tree import SpanTree

DAY = date(2026, 11, 23)
KEY = b"benchmark"
# Without redaction: whether a text is right is seen by its own digest.
READING = Reading(Attributes(), Privacy(redact=False), slices=(), key=KEY, max_line_bytes=1 << 26)
RULES = build.Building((), (), "feature_flag.", {}, Signals())
HASHED = ("final_output", "user_input", "system_prompt")
LISTS = ("tool_name", "tool_args", "tool_call_ids")
FINGERPRINTS = (
    "openai.response.system_fingerprint", "gen_ai.openai.response.system_fingerprint",
    "gen_ai.openai.system_fingerprint",
)  # fmt: skip
# A count of calls is 0 where there are none; it claims nothing about what a dump leaves out.
NO_CLAIM = ("n_model_calls", "n_failed_calls", "n_embedding_calls")


class Truth(NamedTuple):
    """A row of truth.csv."""

    trace_id: str
    field: str
    accepted: tuple[str, ...]
    measurable: bool


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pack", type=Path, default=Path(__file__).parents[2] / "shared" / "otel")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--wrong", action="store_true")
    options = parser.parse_args()
    truths = truth_of(options.pack / "truth.csv")
    users = {one.accepted[0] for rows in truths.values() for one in rows if one.field == "user_id"}
    folders = (options.pack / name for name in ("dumps", "containers"))
    files = sorted(path for folder in folders if folder.is_dir() for path in folder.iterdir())
    values = {path.name: values_of(path, users) for path in files}
    table = Table(
        "file", "right", "measurable", "not right", "claimed without record", title="Truth of the dumps"
    )
    for name, read in values.items():
        right, wrong, claims = compare(truths.get(name.partition(".")[0], ()), read)
        fields = [Counter(row[0].field for row in rows) for rows in (wrong, claims)]
        table.add_row(name, str(right), str(right + len(wrong)), *(_short(one) for one in fields))
        for row, value in wrong if options.wrong else ():
            print(name, row.trace_id, row.field, "expected", row.accepted[0][:60], "got", str(value)[:60])
    Console(width=110).print(table)
    if options.out:
        write(options.out, values)


def truth_of(path: Path) -> dict[str, list[Truth]]:
    """Return the truth by dump."""
    truths: dict[str, list[Truth]] = {}
    with path.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            accepted = (row["expected"], *filter(None, row["accept"].split("|")))
            # As the product stores it: the truth may have a UUID, capitals, or a text.
            trace_id = foreign_id(row["trace_id"], TRACE_DIGITS, Reason.BAD_TRACE_ID)
            one = Truth(trace_id, row["field"], accepted, row["measurable"] == "True")
            truths.setdefault(row["dump"], []).append(one)
    return truths


def values_of(path: Path, users: Iterable[str]) -> dict[tuple[str, str], Any]:
    """Return every field of every trace of a file or folder by trace id and field; NULL where missing."""
    paths = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    files = [DumpFile(one, one.name, "otel", "production", 0, "") for one in paths]
    parsed_day = parse_day(files, DAY, READING)
    spans = SPANS.validate(parsed_day.spans.frame(list(SPANS.columns))).sort_values(
        ["trace_id", "start_ns", "span_id"]
    )
    rows = _records(spans)
    by_trace: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_trace.setdefault(row["trace_id"], []).append(row)
    names = {user_key(user, KEY): user for user in users}
    return {
        (trace["trace_id"], field): value
        for trace in _records(TRACES.validate(build.build_traces(rows, DAY, RULES)))
        for field, value in _fields(trace, SpanTree(by_trace[trace["trace_id"]]), names).items()
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return list(frame.astype(object).where(frame.notna(), None).to_dict("records"))


def _fields(trace: Mapping[str, Any], tree: SpanTree, names: Mapping[str, str]) -> dict[str, Any]:
    calls = tree.model_calls()
    last = calls[-1] if calls else None
    tools = json.loads(trace["tool_calls"] or "[]")
    asked = bool(tools)
    return {
        **{
            field: trace[field]
            for field in ("input_tokens", "output_tokens", "cached_tokens", "conversation_id")
        },
        **{field: trace[field] for field in ("n_model_calls", "n_failed_calls", "finish_reason")},
        "n_embedding_calls": len(tree.model_calls("embeddings")),
        "model_requested": trace["requested_model"],
        "response_model": last["model"] if last else None,
        "response_id": last["response_id"] if last else None,
        "last_call_error": bool(last and last["status"] == "error"),
        "system_fingerprint": _fingerprint(last),
        "final_output": trace["output_text"],
        "user_input": trace["input_text"],
        "system_prompt": trace["system_prompt"],
        "refused": trace["refused"],
        "refusal": trace["refused"] if last and _marks_refusals(last) else None,
        "user_id": names.get(trace["user_key"], trace["user_key"]),
        "n_tool_calls": len(tools),
        "n_documents": len(json.loads(trace["documents"])) if trace["documents"] else None,
        "tool_name": [call["name"] for call in tools] if asked else None,
        "tool_args": _if_any([call["arguments"] for call in tools]),
        "tool_call_ids": _if_any([call["id"] for call in tools]),
    }


def _if_any(values: list[Any]) -> list[Any] | None:
    return values if any(value is not None for value in values) else None


def _marks_refusals(call: Mapping[str, Any]) -> bool:
    """Return whether the dialect of a call marks refusals; elsewhere the answer's words are a hint only."""
    return bool(dialects()[call["dialect"]].sources.get("refusal"))


def _fingerprint(call: Mapping[str, Any] | None) -> Any:
    attributes = json.loads(call["attributes"]) if call else {}
    return next((attributes[key] for key in FINGERPRINTS if key in attributes), None)


Compared = list[tuple[Truth, Any]]


def compare(truths: Iterable[Truth], fields: Mapping[tuple[str, str], Any]) -> tuple[int, Compared, Compared]:
    """Return how many values are right, which are wrong, and which were claimed without a record."""
    right, wrong, claims = 0, [], []
    for row in truths:
        value = fields.get((row.trace_id, row.field))
        if not row.measurable:
            if value is not None and row.field not in NO_CLAIM:
                claims.append((row, value))
        elif _is_right(row, value):
            right += 1
        else:
            wrong.append((row, value))
    return right, wrong, claims


def _is_right(row: Truth, value: Any) -> bool:
    if row.field in LISTS:
        wanted = [parsed(one) for one in parsed(row.accepted[0])]
        return as_json(wanted) == as_json(value)
    return written(row.field, value) in row.accepted


def written(field: str, value: Any) -> str:
    """Return a value as truth.csv has it."""
    if value is None:
        return ""
    if field in HASHED:
        return hashlib.sha256(value.encode()).hexdigest()
    return as_json(value) or "" if isinstance(value, list) else str(value)


def write(path: Path, values: Mapping[str, Mapping[tuple[str, str], Any]]) -> None:
    """Write all values as a long CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(("trace_id", "dump", "field", "value"))
        rows.writerows(_rows(values))


def _rows(values: Mapping[str, Mapping[tuple[str, str], Any]]) -> Iterator[tuple[str, str, str, str]]:
    for name, fields in values.items():
        for (trace_id, field), value in fields.items():
            yield trace_id, name, field, written(field, value)


def _short(counts: Counter[str]) -> str:
    return ", ".join(f"{field} {count}" for field, count in counts.items()) or "-"


if __name__ == "__main__":
    main()
