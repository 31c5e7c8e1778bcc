"""Measures how well the lexical judge agrees with the demo's people, and what it sees of the incident.

    python benchmarks/demo_agreement.py [--weeks 16] [--conversations-per-day 600] [--seed 7] [--keep FOLDER]

Writes the world and its label files to a folder, reads both back, asks the judge about every labelled item
(build a, from the judge's week on build b for tone), and prints MCC by dimension and week. A failed check of
tool arguments counts as `wrong_tool`, as it does in the composite.
"""

import argparse
import csv
import gzip
import math
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import jsonschema_rs
import orjson
import yaml

from behavior_pipeline.demo.labels import write_labels
from behavior_pipeline.demo.story import (
    DEFAULT_CONVERSATIONS,
    DEFAULT_SEED,
    DEFAULT_START,
    JUDGE_WEEK,
)
from behavior_pipeline.demo.world import write_world
from behavior_pipeline.dimensions.folder import FOLDER, build_spec
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.judging.lexical.backend import LexicalJudge
from behavior_pipeline.judging.protocol import Item, Question
from behavior_pipeline.provenance.uniform import hash_u

JUDGED = ("faithfulness", "tone", "tool_call_accuracy", "refusal_correctness")
Trace = dict[str, Any]


def main() -> None:
    """Write, read back, judge and print."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        root = arguments.keep or Path(scratch)
        shape = {
            "start": DEFAULT_START, "weeks": arguments.weeks, "seed": arguments.seed,
            "conversations_per_day": arguments.conversations_per_day,
        }  # fmt: skip
        started = perf_counter()
        dumps = write_world(root, **shape)
        written = perf_counter()
        files = write_labels(root, **shape)
        size = sum(path.stat().st_size for path in dumps) / 1e6
        print(f"dumps {written - started:.1f} s, {size:.0f} MB; labels {perf_counter() - written:.1f} s")
        traces = _read(dumps)
        print(f"traces {len(traces)}, spans {sum(trace['spans'] for trace in traces.values())}")
        _print_agreement(traces, files.values())
        _print_incident(traces, arguments.weeks)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weeks", type=int, default=16)
    parser.add_argument("--conversations-per-day", type=int, default=DEFAULT_CONVERSATIONS)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--keep", type=Path)
    return parser.parse_args()


def _read(dumps: Iterable[Path]) -> dict[str, Trace]:
    """Return what a judge would be shown of every trace, read from the dumps."""
    traces: dict[str, Trace] = defaultdict(lambda: {"spans": 0})
    for path in dumps:
        with gzip.open(path) as lines:
            for line in lines:
                for span in orjson.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"]:
                    _add(traces[span["traceId"]], span, path.name[:10])
    return traces


def _add(trace: Trace, span: dict[str, Any], day: str) -> None:
    values = {entry["key"]: next(iter(entry["value"].values())) for entry in span["attributes"]}
    trace["spans"] += 1
    match values["gen_ai.operation.name"]:
        case "invoke_agent":
            trace |= {"day": date.fromisoformat(day), "segment": values["customer.segment"]}
        case "retrieval":
            trace["documents"] = orjson.loads(values["gen_ai.retrieval.documents"])
        case "execute_tool":
            call = {
                "name": values["gen_ai.tool.name"],
                "arguments": orjson.loads(values["gen_ai.tool.call.arguments"]),
            }
            trace["tool_calls"] = [call | {"result": orjson.loads(values["gen_ai.tool.call.result"])}]
        case "chat":
            _add_chat(trace, values)


def _add_chat(trace: Trace, values: dict[str, Any]) -> None:
    asked = [m for m in orjson.loads(values["gen_ai.input.messages"]) if m["role"] == "user"]
    trace["input_text"] = asked[-1]["parts"][-1]["content"]
    if "gen_ai.tool.definitions" in values:
        trace["tool_definitions"] = orjson.loads(values["gen_ai.tool.definitions"])
    for message in orjson.loads(values.get("gen_ai.output.messages", "[]")):
        for part in message["parts"]:
            if part["type"] == "text":
                trace["output_text"] = part["content"]


def _print_agreement(traces: dict[str, Trace], files: Iterable[Path]) -> None:
    tables: dict[tuple[str, str], Counter[tuple[bool, bool]]] = defaultdict(Counter)
    specs = {name: _spec(name) for name in JUDGED}
    asked, seconds = 0, 0.0
    for (dimension, period), items in sorted(_consensus(files).items()):
        week = int(period[:2])
        judge = LexicalJudge({"default": "a"} | ({"tone": "b"} if week >= JUDGE_WEEK else {}))
        spec = specs[dimension]
        for trace_id, label in items.items():
            started = perf_counter()
            verdict = _verdict(spec, judge, traces[trace_id])
            seconds, asked = seconds + perf_counter() - started, asked + 1
            tables[dimension, period][spec.scale.labels[label] == 1, verdict] += 1
    print(f"asked {asked} items, {asked / seconds:.0f} a second\n")
    print(f"{'dimension':<22}{'week':<14}{'n':>5}{'human 1':>9}{'judge 1':>9}{'MCC':>7}")
    for (dimension, period), table in tables.items():
        n = table.total()
        human = sum(count for (people, _), count in table.items() if people) / n
        judged = sum(count for (_, verdict), count in table.items() if verdict) / n
        print(f"{dimension:<22}{period:<14}{n:>5}{human:>9.3f}{judged:>9.3f}{_mcc(table):>7.3f}")


def _consensus(files: Iterable[Path]) -> dict[tuple[str, str], dict[str, str]]:
    """Return the majority's label of each item, by dimension and week; calibration sets apart."""
    votes: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in files:
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                week = (date.fromisoformat(row["labelled_at"]) - DEFAULT_START).days // 7 + 1
                period = f"{week:02d} {row['role']} {row['dataset_version']}".strip()
                votes[row["dimension"], period][row["trace_id"]].append(row["label"])
    return {
        key: {trace_id: Counter(labels).most_common(1)[0][0] for trace_id, labels in items.items()}
        for key, items in votes.items()
    }


def _spec(name: str) -> DimensionSpec:
    document = yaml.safe_load((FOLDER / name / "defs.yaml").read_text(encoding="utf-8"))
    return build_spec(FOLDER / name, document["attributes"], {})


def _verdict(spec: DimensionSpec, judge: LexicalJudge, trace: Trace) -> bool:
    assert spec.judge is not None
    if spec.name == "tool_call_accuracy" and not _arguments_fit(trace):
        return False
    content = {field: trace.get(field) for field in spec.judge.reads}
    question = Question(spec.name, spec.judge, spec.rubric, spec.rubric_id, tuple(spec.scale.labels))
    label = judge.ask(question, Item("", content)).label
    assert label is not None
    return spec.scale.labels[label] == 1


def _arguments_fit(trace: Trace) -> bool:
    schemas = {tool["name"]: tool["parameters"] for tool in trace["tool_definitions"]}
    return all(
        jsonschema_rs.is_valid(schemas[call["name"]], call["arguments"]) for call in trace["tool_calls"]
    )


def _mcc(table: Counter[tuple[bool, bool]]) -> float:
    tp, fn, fp, tn = (table[pair] for pair in ((True, True), (True, False), (False, True), (False, False)))
    scale = math.sqrt((tp + fn) * (tp + fp) * (tn + fn) * (tn + fp))
    return (tp * tn - fp * fn) / scale if scale else math.nan


def _print_incident(traces: dict[str, Trace], weeks: int) -> None:
    """Print faithfulness of the largest segment as a 20 % sample sees it, and of all its traces, by week."""
    spec, judge = _spec("faithfulness"), LexicalJudge({"default": "a"})
    sampled: dict[int, list[bool]] = defaultdict(list)
    everyone: dict[int, list[bool]] = defaultdict(list)
    last_days: list[bool] = []
    for trace_id, trace in traces.items():
        if trace["segment"] != "consumer" or "documents" not in trace or "output_text" not in trace:
            continue
        week = (trace["day"] - DEFAULT_START).days // 7 + 1
        verdict = _verdict(spec, judge, trace)
        everyone[week].append(verdict)
        if hash_u(trace_id, "behavior_pipeline") < 0.2:
            sampled[week].append(verdict)
        if week == 10 and trace["day"] >= DEFAULT_START + timedelta(days=9 * 7 + 4):
            last_days.append(verdict)
    print("\nfaithfulness of the consumer segment\nweek  sampled      n     se     all")
    for week in range(1, weeks + 1):
        mean, n = _mean(sampled[week]), len(sampled[week])
        se = math.sqrt(mean * (1 - mean) / n)
        print(f"{week:>4}{mean:>9.3f}{n:>7}{se:>7.3f}{_mean(everyone[week]):>8.3f}")
    print(f"Friday to Sunday of week 10, all: {_mean(last_days):.3f} (n {len(last_days)})")


def _mean(values: list[bool]) -> float:
    return sum(values) / len(values) if values else math.nan


if __name__ == "__main__":
    main()
