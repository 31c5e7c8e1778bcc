"""Weeks of a series, made by hand."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.week import Drift
from behavior_pipeline.provenance.tuples import series_id
from behavior_pipeline.tables.calibration import ANCHOR_CHANGES, CALIBRATION_AGREEMENT
from behavior_pipeline.tables.contract import Table
from behavior_pipeline.tables.drift import DECISION_KEY
from behavior_pipeline.tables.weekly import DAILY_SERIES, WEEKLY_SCORES
from behavior_pipeline_tests.aggregation.worlds import spec

START = date(2026, 1, 5)
JUDGE, RUBRIC = "v2.1@lexicon-a", "v2+ab12cd34"
STEADY = [0.94, 0.945, 0.938, 0.942, 0.939, 0.941, 0.943, 0.937]


def week_number(number: int) -> date:
    return START + timedelta(weeks=number - 1)


def typed(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the frame in the table's columns and types; its values are the test's own affair."""
    dtypes = {name: str(column.dtype) for name, column in table.columns.items()}
    return frame.reindex(columns=list(table.columns)).astype(dtypes)


def identity(
    slice_key: str = "all", slice_value: str = "all", dimension: str = "faithfulness", judge: str = JUDGE
) -> dict[str, str]:
    where = {"dimension": dimension, "slice_key": slice_key, "slice_value": slice_value}
    versions = {"judge": judge, "rubric": RUBRIC}
    return where | versions | {"series_id": series_id(**where, **versions)}


def series(means: Sequence[float | None], **given: Any) -> pd.DataFrame:
    return typed(pd.DataFrame(series_rows(means, **given)), WEEKLY_SCORES)


def series_rows(
    means: Sequence[float | None],
    *,
    first: int = 1,
    n_eff: float | None = 800,
    n_floor: float | None = None,
    reason: str | None = None,
    **where: str,
) -> list[dict[str, Any]]:
    return [
        identity(**where)
        | {
            "n_floor": n_floor,
            "week": pd.Timestamp(week_number(first + number)), "n": 0 if mean is None else 900,
            "n_eff": n_eff, "n_kish": 850.0, "mean": mean, "se": 0.008,
            "low": None if mean is None else max(mean - 0.016, 0),
            "high": None if mean is None else min(mean + 0.016, 1),
            "missing_reason": "no_scored_trace" if mean is None else reason, "eligible_share": 1.0,
            "excluded": "{}", "least_detectable_effect": 0.02, "gate_state": "open", "tuple_ids": "[]",
        }
        for number, mean in enumerate(means)
    ]  # fmt: skip


def days(means: Sequence[float], **given: Any) -> pd.DataFrame:
    return typed(pd.DataFrame(day_rows(means, **given)), DAILY_SERIES)


def day_rows(means: Sequence[float], *, first: date, n: int = 130, **where: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number, mean in enumerate(means):
        day = first + timedelta(days=number)
        row = identity(**where) | {
            "week": day - timedelta(days=day.weekday()),
            "day": day,
            "n": n,
            "mean": mean,
        }
        rows.append(row | {"weight": 5.0 * n})
    return rows


def agreement(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    base = {
        "dimension": "faithfulness", "judge": JUDGE, "rubric": RUBRIC, "dataset": "v3", "metric": "mcc",
        "n": 80, "weeks_pooled": 1, "point": 0.72, "low": 0.6, "high": 0.82, "minimum": 0.6,
        "probability_above_gate": 0.95,
        "prevalence": 0.7, "sensitivity": 0.9, "specificity": 0.8, "kappa": 0.7, "human_ceiling": None,
        "change": None, "probability_of_drop": None, "p_value_of_drop": None, "drop_compared": None,
        "drop_prevalence": None, "drop_before": None, "drop_after": None, "drop_pools": None,
        "drop_reason": None,
        "previous_judge": JUDGE, "previous_dataset": "v3",
        "previous_state": "open", "gate_state": "open", "low_looks": 0, "reason": "unchanged",
    }  # fmt: skip
    filled = [base | row for row in rows]
    return typed(pd.DataFrame(filled), CALIBRATION_AGREEMENT)


def anchor_changes(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    base = {
        "dimension": "faithfulness", "subject": "judge", "judge": JUDGE, "rubric": RUBRIC, "dataset": "v3",
        "anchors": 320, "test": "mcnemar", "n": 320, "lower": 2, "higher": 1, "worse": 2, "better": 1,
        "p_level": 1.0, "p_level_adjusted": 1.0, "p_correct": 1.0, "p_correct_adjusted": 1.0,
        "level_before": 0.7, "level_after": 0.697, "metric": "mcc", "agreement_before": 0.72,
        "agreement_after": 0.715, "changed": "none", "reason": "judge_steady",
    }  # fmt: skip
    filled = [base | row for row in rows]
    for row in filled:
        for name in ("p_level", "p_correct"):
            row[f"{name}_adjusted"] = min(1.0, 2 * row[name])  # Holm over the two, from above
    return typed(pd.DataFrame(filled), ANCHOR_CHANGES)


def evidence(number: int, specs: Mapping[str, DimensionSpec] | None = None, **tables: Any) -> Evidence:
    """Return the evidence of a week; tables by their names in the lake."""
    return Evidence(week_number(number), "week", specs or {"faithfulness": spec()}, tables)


def alarms(made: Drift) -> pd.DataFrame:
    """Return the findings that were decided to be alarms."""
    keys = made.decisions.loc[made.decisions["alarm"], list(DECISION_KEY)]
    return made.findings.merge(keys, on=list(DECISION_KEY))
