"""Sixteen weeks of published tables: a prompt regresses in week 10, a judge's model moves in week 13."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from behavior_pipeline.alerts.week import alerts_of_week
from behavior_pipeline.attribution.cause import CauseTables, SeriesDays
from behavior_pipeline.calibration.gate.transitions import transitions_of_week
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import alarms_of
from behavior_pipeline.drift.week import drift_of_period
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.provenance.tuples import VersionTuple, series_id
from behavior_pipeline.tables.calibration import ANCHOR_CHANGES
from behavior_pipeline.tables.drift import DRIFT_ALERTS
from behavior_pipeline_tests.attribution.worlds import sums
from behavior_pipeline_tests.report.around import AGREEMENT, JUDGE, SPECS, START, TABLES, around, typed

DEPLOY, ROLLBACK = date(2026, 3, 13), date(2026, 3, 16)
NEXT_JUDGE = "v2.1@lexicon-b"
LEVELS = {
    "format_compliance": 0.985, "latency": 0.951, "cost": 0.972, "faithfulness": 0.941, "tone": 0.905,
    "tool_call_accuracy": 0.93, "refusal_correctness": 0.955,
}  # fmt: skip
SHARES = {"consumer": 0.45, "small_business": 0.27, "enterprise": 0.17, "partner": 0.11}


def publish(lake: Lake, *, weeks: int = 16, hostile: str | None = None) -> None:
    """Fill a lake with the story's weeks and publish it.

    `hostile` is a slice value, a version, an event, a tool and a feature.
    """
    frames = story(weeks=weeks, hostile=hostile)
    for columns in {TABLES[name].partition for name in frames} - {()}:
        chosen = {name: frame for name, frame in frames.items() if TABLES[name].partition == columns}
        lake.replace(chosen, {column: values_of(chosen.values(), column) for column in columns})
    for name, frame in frames.items():
        if not TABLES[name].partition:
            lake.append(name, frame)
    lake.publish()


def values_of(frames: Iterable[pd.DataFrame], column: str) -> list[Any]:
    values = {value for frame in frames for value in frame[column]}
    return sorted(value.date() if isinstance(value, pd.Timestamp) else value for value in values)


def story(*, weeks: int = 16, hostile: str | None = None) -> dict[str, pd.DataFrame]:
    """Return the tables by name; findings and alerts are what the core says of the others."""
    values = [hostile or "partner", "consumer", "small_business", "enterprise"]
    mondays = [START + timedelta(weeks=number) for number in range(weeks)]
    tables = {
        "weekly_scores": typed(
            [row for monday in mondays for row in weekly(monday, values)], "weekly_scores"
        ),
        "daily_series": typed([row for monday in mondays for row in daily(monday, values)], "daily_series"),
        "weekly_tuple_shares": typed(
            [row for monday in mondays for row in shares(monday, values, hostile)], "weekly_tuple_shares"
        ),
        "calibration_agreement": typed(list(agreement(mondays)), "calibration_agreement"),
        "events": typed(
            [{"at": pd.Timestamp("2026-03-12T09:00Z"), "kind": "change", "name": hostile or "search index"}],
            "events",
        ),
    }
    tables |= alerts(tables, mondays)
    moves = [transitions_of_week(tables["calibration_agreement"], week=monday) for monday in mondays]
    tables["gate_transitions"] = pd.concat([rows for rows in moves if len(rows)])
    tables["anchor_changes"] = typed([row for monday in mondays for row in anchors(monday)], "anchor_changes")
    tables["calibration_slices"] = typed(
        [row for monday in mondays for row in agreement_slices(monday, values)], "calibration_slices"
    )
    return tables | around(mondays, tables["weekly_scores"], values, hostile=hostile)


def level(dimension: str, value: str, day: date) -> float:
    """Return a day's level: each week has its own small shift, and v7.3 spoils consumers' faithfulness."""
    rng = np.random.default_rng([(day - START).days // 7, len(dimension), len(value)])
    shift = float(rng.normal(0, 0.004))
    broken = dimension == "faithfulness" and value == "consumer" and DEPLOY <= day < ROLLBACK
    after = dimension == "tone" and day >= date(2026, 3, 30)
    return min(LEVELS[dimension] + shift - 0.13 * broken - 0.05 * after, 1.0)


def judge_of(dimension: str, monday: date) -> str:
    if dimension not in AGREEMENT:
        return "none"
    return NEXT_JUDGE if dimension == "tone" and monday >= date(2026, 3, 30) else JUDGE


def gate_of(dimension: str, monday: date) -> str:
    if dimension not in AGREEMENT:
        return "exempt"
    return "suspended" if dimension == "tone" and monday == date(2026, 3, 30) else "open"


def slices(values: list[str]) -> list[tuple[str, str, float]]:
    named = [("customer.segment", value, SHARES.get(value, 0.11)) for value in values]
    return [("all", "all", 1.0), *named]


def identity(dimension: str, key: str, value: str, monday: date) -> dict[str, str]:
    versions = {"judge": judge_of(dimension, monday), "rubric": SPECS[dimension].rubric_id}
    where = {"dimension": dimension, "slice_key": key, "slice_value": value}
    return where | versions | {"series_id": series_id(**where, **versions)}


def mean(dimension: str, value: str, day: date, values: list[str]) -> float:
    if value != "all":
        return level(dimension, value, day)
    weights = [SHARES.get(one, 0.11) for one in values]
    return float(np.average([level(dimension, one, day) for one in values], weights=weights))


def weekly(monday: date, values: list[str]) -> Iterator[dict[str, Any]]:
    days = [monday + timedelta(days=number) for number in range(7)]
    for dimension in LEVELS:
        for key, value, share in slices(values):
            n = int(4200 * share * (0.2 if dimension in AGREEMENT else 1))
            level_ = float(np.mean([mean(dimension, value, day, values) for day in days]))
            se = float(np.sqrt(level_ * (1 - level_) / n))
            empty = dimension == "refusal_correctness" and value == values[0]
            yield identity(dimension, key, value, monday) | {
                "week": monday, "n": 0 if empty else n, "n_eff": None if empty else float(n),
                "n_kish": float(n),
                "mean": None if empty else level_, "se": None if empty else se,
                "low": None if empty else max(level_ - 1.96 * se, 0),
                "high": None if empty else min(level_ + 1.96 * se, 1),
                "missing_reason": "no_scored_trace" if empty else None, "eligible_share": 0.86,
                "excluded": '{"no_documents":210,"no_output":12}', "least_detectable_effect": 2.8 * se,
                "gate_state": gate_of(dimension, monday), "tuple_ids": "[]",
                **corrected(dimension, key, level_),
            }  # fmt: skip


def corrected(dimension: str, key: str, level_: float) -> dict[str, Any]:
    """Return what labels say: faithfulness is four points worse than its judge says; tone has too few."""
    if key != "all" or dimension not in ("faithfulness", "tone"):
        return {"corrected_labels": 0, "corrected_reason": "no_labels"}
    if dimension == "tone":
        return {"corrected_labels": 31, "corrected_reason": "too_few"}
    ends = {"corrected_low": level_ - 0.08, "corrected_high": level_ - 0.01}
    named = {"corrected_mean": level_ - 0.04, "corrected_method": "post_stratified", "corrected_labels": 240}
    return ends | named | {"rogan_gladen": level_ - 0.05}


def daily(monday: date, values: list[str]) -> Iterator[dict[str, Any]]:
    for dimension in LEVELS:
        for key, value, share in slices(values):
            for number in range(7):
                day = monday + timedelta(days=number)
                yield identity(dimension, key, value, monday) | {
                    "week": monday, "day": day, "n": int(120 * share), "weight": 600 * share,
                    "mean": mean(dimension, value, day, values),
                }  # fmt: skip


def shares(monday: date, values: list[str], hostile: str | None) -> Iterator[dict[str, Any]]:
    days = [monday + timedelta(days=number) for number in range(7)]
    for dimension in LEVELS:
        judge, rubric = judge_of(dimension, monday), SPECS[dimension].rubric_id
        dataset = (
            "none"
            if judge == "none"
            else "v4"
            if dimension == "tone" and monday >= date(2026, 4, 6)
            else "v3"
        )
        for key, value, share in slices(values):
            for prompt in ("v7.2", hostile or "v7.3"):
                answered = [day for day in days if (DEPLOY <= day < ROLLBACK) == (prompt != "v7.2")]
                if not answered:
                    continue
                versions = VersionTuple("v5.2", prompt, judge, dataset, rubric)
                yield versions._asdict() | {
                    "week": monday, "dimension": dimension, "slice_key": key, "slice_value": value,
                    "tuple_id": versions.tuple_id, "first_day": answered[0],
                    "n": int(120 * share * len(answered)),
                    "share": len(answered) / 7,
                    "mean": float(np.mean([mean(dimension, value, day, values) for day in answered])),
                }  # fmt: skip


def agreement(mondays: list[date]) -> Iterator[dict[str, Any]]:
    was: dict[str, Mapping[str, Any]] = {}
    for number, monday in enumerate(mondays):
        for dimension, usual in AGREEMENT.items():
            rng = np.random.default_rng([number, len(dimension)])
            judge, state = judge_of(dimension, monday), gate_of(dimension, monday)
            moved = dimension == "tone" and number >= 12
            point = (0.52 if number == 12 else 0.66) if moved else usual + float(rng.normal(0, 0.015))
            point = max(point, 0.602) if state == "open" else point
            before = was.get(dimension, {"gate_state": "unmeasured", "judge": None, "dataset": None})
            reason = "agreement_lost" if state == "suspended" else "agreement_reached"
            row = {
                "week": monday, "dimension": dimension, "judge": judge,
                "rubric": SPECS[dimension].rubric_id,
                "dataset": "v4" if moved and number >= 13 else "v3", "metric": "mcc", "n": 320,
                "weeks_pooled": 1,
                "point": point, "low": point - 0.08, "high": point + 0.07, "minimum": 0.6,
                "probability_above_gate": float(np.clip(0.5 + (point - 0.6) * 8, 0.02, 0.99)),
                "prevalence": 0.9,
                "sensitivity": 0.93, "specificity": 0.78, "kappa": point - 0.01, "human_ceiling": 0.86,
                "previous_judge": before["judge"], "previous_dataset": before["dataset"],
                "previous_state": before["gate_state"], "gate_state": state, "low_looks": 0,
                "reason": "unchanged" if before["gate_state"] == state else reason,
            }  # fmt: skip
            was[dimension] = row
            yield row


def anchors(monday: date) -> Iterator[dict[str, Any]]:
    base = {
        "week": monday, "dimension": "tone", "rubric": SPECS["tone"].rubric_id, "dataset": "v4",
        "judge": judge_of("tone", monday), "baseline_week": START, "anchors": 160, "n": 160,
        "test": "mcnemar", "metric": "mcc", "level_before": 0.9, "agreement_before": 0.66,
    }  # fmt: skip
    moved = {"lower": 21, "higher": 3, "worse": 20, "better": 4, "p_level": 0.0003, "p_correct": 0.0015}
    yield base | moved | {
        "subject": "judge", "p_level_adjusted": 0.0006, "p_correct_adjusted": 0.0015, "level_after": 0.7875,
        "agreement_after": 0.5, "baseline_judge": JUDGE, "changed": "judge", "reason": "judge_less_right",
    }  # fmt: skip
    yield base | moved | {
        "subject": "people", "lower": 2, "higher": 1, "p_level_adjusted": 1.0, "p_correct_adjusted": 1.0,
        "level_after": 0.89, "agreement_after": None, "missing_reason": "human_one_class",
        "changed": "labels", "annotators": 2, "shared_annotators": 1, "reason": "people_steady",
    }  # fmt: skip
    yield base | {
        "dimension": "faithfulness", "rubric": SPECS["faithfulness"].rubric_id, "subject": "judge", "n": 0,
        "baseline_week": None, "reason": "first_anchors",
    }  # fmt: skip


def agreement_slices(monday: date, values: list[str]) -> Iterator[dict[str, Any]]:
    for number, value in enumerate(values):
        known = {"n": 90, "passed": 70, "needed": 0, "point": 0.71, "low": 0.52, "high": 0.84}
        few = {"n": 12 * number, "passed": 0, "needed": 40 - 12 * number, "reason": "too_few"}
        yield {
            "week": monday, "dimension": "tone", "judge": judge_of("tone", monday), "dataset": "v4",
            "rubric": SPECS["tone"].rubric_id, "slice_key": "customer.segment", "slice_value": value,
            "metric": "mcc", **(few if number else known),
        }  # fmt: skip


def version_days(daily: pd.DataFrame) -> SeriesDays:
    """Return what each prompt scored day by day, by series."""
    days: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in daily.to_dict("records"):
        prompt = "v7.3" if DEPLOY <= row["day"].date() < ROLLBACK else "v7.2"
        for component, value in (("slice", "inside"), ("prompt", prompt)):
            day = {"day": row["day"], "component": component, "value": value}
            days.setdefault((row["series_id"], "score"), []).append(day | sums(row["n"], row["mean"]))
    return {key: pd.DataFrame(rows) for key, rows in days.items()}


def alerts(tables: Mapping[str, pd.DataFrame], mondays: list[date]) -> dict[str, pd.DataFrame]:
    findings, decisions, alerts_by_week, previous = [], [], [], DRIFT_ALERTS.empty()
    for monday in mondays[8:]:  # the weeks before have too little history to say anything
        names = ("weekly_scores", "daily_series", "calibration_agreement")
        made = drift_of_period(Evidence(monday, "week", SPECS, {name: tables[name] for name in names}))
        previous = alerts_of_week(
            week=monday, specs=SPECS, findings=made.findings, decisions=made.decisions, previous=previous,
            causes=CauseTables(
                weekly=tables["weekly_scores"], cells=None, anchors=ANCHOR_CHANGES.empty(),
                events=tables["events"], alarms=alarms_of(made.findings, made.decisions),
                days=version_days(tables["daily_series"]),
            ),
            tuple_shares=tables["weekly_tuple_shares"],
            weekly=tables["weekly_scores"], daily=tables["daily_series"],
            agreement=tables["calibration_agreement"],
        )  # fmt: skip
        findings.append(made.findings)
        decisions.append(made.decisions)
        alerts_by_week.append(previous)
    if not findings:
        return {}
    filled = [frame for frame in alerts_by_week if len(frame)]
    made_of_all = {"drift_findings": pd.concat(findings), "drift_decisions": pd.concat(decisions)}
    return {**made_of_all, **({"drift_alerts": pd.concat(filled)} if filled else {})}
