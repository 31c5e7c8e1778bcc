"""The tables beside the story's series: scorecard, latency, cost, coverage, traces and their scores."""

from datetime import date, timedelta
from typing import Any

import pandas as pd

from behavior_pipeline.aggregation.scorecard import scorecard
from behavior_pipeline.dimensions.folder import load_dimensions
from behavior_pipeline.provenance.tuples import VersionTuple
from behavior_pipeline.tables.contract import Table
from behavior_pipeline.tables.registry import lake_tables

START = date(2026, 1, 5)
JUDGE = "v2.1@lexicon-a"
AGREEMENT = {"faithfulness": 0.72, "tone": 0.61, "tool_call_accuracy": 0.68, "refusal_correctness": 0.74}
# The rule of two deviations and one quiet week: the page is tested, not what a detector can see of few weeks.
WATCHED = {"drift": {"detectors": ["two_sigma"], "recover_after": 1}}
SPECS = load_dimensions(
    {
        name: WATCHED | ({"gate": {"rule": "point"}} if name in AGREEMENT else {})
        for name in load_dimensions({})
    }
)
TABLES = lake_tables(SPECS)
VERSIONS = VersionTuple("v5.2", "v7.2", JUDGE, "v3", SPECS["faithfulness"].rubric_id)
FILLED = (
    "latency_spans", "cost_breakdown", "coverage", "ingested", "quarantine", "trace_facts", "tuple_days",
    "scores_faithfulness", "analysis_runs", "quality_results", "refusal_balance",
)  # fmt: skip


def typed(rows: list[dict[str, Any]], table: str) -> pd.DataFrame:
    return conform(pd.DataFrame(rows), TABLES[table])


def conform(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    dtypes = {name: str(column.dtype) for name, column in table.columns.items()}
    return frame.reindex(columns=list(table.columns)).astype(dtypes)


def around(
    mondays: list[date], weekly: pd.DataFrame, values: list[str], *, hostile: str | None
) -> dict[str, pd.DataFrame]:
    """Return the tables by name."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in FILLED}
    for monday in mondays:
        rows["latency_spans"] += latencies(monday, hostile)
        rows["cost_breakdown"] += costs(monday, hostile)
        rows["coverage"] += seen(monday)
        rows["quality_results"] += quality(monday)
        rows["ingested"].append({"day": monday, "file": "a.jsonl", "present": 24_100, "stored": 24_050,
            "duplicated": 38,
            "not_consented": 0, "logs_attached": 7, "logs_unmatched": 0, "quarantined": 5})  # fmt: skip
        facts, scores = traces(monday, values)
        rows["tuple_days"] += tuples(monday)
        rows["trace_facts"] += facts
        rows["scores_faithfulness"] += scores
    for line in range(5):
        rows["quarantine"].append({"day": mondays[-1], "file": "a.jsonl", "line": line, "record": 0,
            "byte_offset": 0,
            "reason": "invalid_json" if line else "truncated_file", "digest": "x"})  # fmt: skip
    rows["analysis_runs"].append({"run_id": "r", "asset": "scorecard", "partition": "p", "tuple_ids": "[]",
        "package_version": "0.1.0", "git_revision": "abc1234", "snapshots_read": "[]",
        "snapshot_written": 1,
        "started_at": pd.Timestamp("2026-04-27T06:00Z"),
        "finished_at": pd.Timestamp("2026-04-27T06:01Z"), "rows": 7})  # fmt: skip
    return {name: typed(rows_of_table, name) for name, rows_of_table in rows.items()} | {
        "scorecard": scorecards(weekly, mondays)
    }


def scorecards(weekly: pd.DataFrame, mondays: list[date]) -> pd.DataFrame:
    return pd.concat([scorecard(weekly, week=monday, specs=SPECS) for monday in mondays])


def tuples(monday: date) -> list[dict[str, Any]]:
    row = VERSIONS._asdict() | {"tuple_id": VERSIONS.tuple_id, "dimension": "faithfulness", "traces": 12}
    return [row | {"day": monday + timedelta(days=number)} for number in range(7)]


def latencies(monday: date, hostile: str | None) -> list[dict[str, Any]]:
    base = {"week": monday}
    chat = {"operation": "chat", "name": "v5.2", "n": 5200, "p50_ms": 1240.0, "p50_low_ms": 1210.0,
        "p50_high_ms": 1271.0,
        "p95_ms": 3900.0, "p95_low_ms": 3700.0, "p95_high_ms": 4150.0, "p99_ms": 7100.0,
        "p99_low_ms": 6500.0,
        "p99_high_ms": 8000.0}  # fmt: skip
    tool = {"operation": "execute_tool", "name": hostile or "lookup_order", "n": 40, "p50_ms": 180.0,
        "p50_low_ms": 150.0,
        "p50_high_ms": 220.0, "p95_ms": 600.0, "p95_low_ms": 410.0, "p95_high_ms": None, "p99_ms": 700.0,
        "p99_low_ms": None, "p99_high_ms": None}  # fmt: skip
    return [base | chat, base | tool]


def costs(monday: date, hostile: str | None) -> list[dict[str, Any]]:
    base = {"week": monday, "model": "v5.2", "traces": 4200, "calls": 5200, "share_unknown": 0.01}
    grew = 40.0 + (monday - START).days / 14
    return [
        base | {"group_key": "all", "group_value": "all", "cost_usd": grew},
        base | {"group_key": "feature", "group_value": "assistant", "cost_usd": grew * 0.9},
        base | {"group_key": "feature", "group_value": hostile or "search", "model": "embed-3",
            "cost_usd": None,
                "share_unknown": 1.0},
        base | {"group_key": "user_key", "group_value": "e1bed3211ea5832cb2c1193b", "cost_usd": 0.004,
            "traces": 9},
        base | {"group_key": "user_key", "group_value": "other", "cost_usd": grew * 0.8},
    ]  # fmt: skip


def seen(monday: date) -> list[dict[str, Any]]:
    base = {"day": monday, "slice_key": "all", "slice_value": "all", "dialect": "all", "late": 0,
        "orphaned": 0, "duplicated": 0,
            "text_free": 0, "not_consented": 0, "redacted": 0, "quarantined": 0}  # fmt: skip
    fields = {"records": (24_100, 24_050), "spans_by_parent": (20_000, 19_996), "input_text": (4200, 4200),
              "documents": (4200, 2600), "cost_usd": (4200, 4158), "duration_ms": (4200, 4196)}  # fmt: skip
    rows = [base | {"field": field, "expected": e, "seen": s} for field, (e, s) in fields.items()]
    rows[0]["late"], rows[-1]["orphaned"] = 3, 4
    spoken = {"genai": (4000, 2600), "openinference": (200, 0)}
    return rows + [
        base | {"dialect": name, "field": "documents", "expected": e, "seen": s}
        for name, (e, s) in spoken.items()
    ]


def quality(monday: date) -> list[dict[str, Any]]:
    expectation = {"week": monday, "kind": "freshness", "expectation": "e", "frame": "days", "columns": "[]",
            "rows_checked": 7, "unexpected": 0, "examples": "[]"}  # fmt: skip
    return [expectation | {"name": "a day has dump files", "passed": True},
            expectation | {"name": "a day has a newest span", "passed": False}]  # fmt: skip


def traces(monday: date, values: list[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    facts, scores = [], []
    for number, value in enumerate(values * 3):
        day, trace_id = monday + timedelta(days=number % 7), f"{(monday - START).days * 100 + number:032x}"
        facts.append({"day": day, "trace_id": trace_id, "user_key": f"u{number}", "model": "v5.2",
            "n_model_calls": 1,
            "slices": pd.Series({"customer.segment": value}).to_json(), "feature": "assistant",
            "started_at": pd.Timestamp(day, tz="UTC"), "duration_ms": 900.0, "prompt_version": "v7.2",
            "n_failed_calls": 0,
            "has_root": True, "role": "production", "sampling_weight": 1.0, "signals": "[]",
            "unmeasurable": "{}"})  # fmt: skip
        faithful = number % 4 != 1
        scores.append({"day": day, "trace_id": trace_id, "score": float(faithful),
            "label": "faithful" if faithful else "unfaithful", "weight": 5.0 if number % 2 else 5 / 3,
            "evaluator": "judge",
            "cost_usd": 0.0, "latency_ms": 1.0, "scored_at": pd.Timestamp(day, tz="UTC"),
            "tuple_id": VERSIONS.tuple_id})  # fmt: skip
    return facts, scores
