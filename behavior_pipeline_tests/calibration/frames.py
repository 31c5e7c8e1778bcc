"""Labelled items for tests: a judge with a known table against people."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from behavior_pipeline.calibration.gate.week import agreement_of_week
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.tables.calibration import CALIBRATION_AGREEMENT, CALIBRATION_SCORES

START = date(2026, 1, 5)
RUBRIC = "v2+0a1b2c3d"
AGREES = (40, 4, 4, 32)  # tp, fn, fp, tn: MCC .80
WEAK = (28, 16, 12, 24)  # MCC .30
BORDER = (36, 8, 7, 29)  # MCC .62
NOTHING_BEFORE = CALIBRATION_AGREEMENT.empty()


def monday(number: int) -> date:
    return START + timedelta(weeks=number)


def spec(rule: str = "posterior", **gate: Any) -> DimensionSpec:
    return DimensionSpec.model_validate(
        {
            "name": "tone",
            "description": "On brand or not.",
            "owner": "team:voice",
            "scale": {"kind": "binary", "labels": {"on_brand": 1.0, "off_brand": 0.0}},
            "judge": {"version": "v1", "model": "lexicon"},
            "gate": {"rule": rule, **gate},
            "rubric_version": "v2",
            "rubric": "Is the answer on brand?",
            "rubric_digest": "0a1b2c3d",
        }
    )


def checked_spec() -> DimensionSpec:
    return DimensionSpec.model_validate(
        {
            "name": "latency",
            "description": "Fast enough.",
            "owner": "team:platform",
            "scale": {"kind": "continuous"},
            "checks": [{"check": "latency"}],
            "gate": {"rule": "exempt", "why": "the target is declared"},
        }
    )


def labelled(
    week: int, cells: tuple[int, int, int, int], *, judge: str = "v1@a", fresh: bool = True, **other: Any
) -> pd.DataFrame:
    """Return one row an item; `fresh` items are new each week, the others the same every week."""
    human = np.repeat([1.0, 1.0, 0.0, 0.0], cells)
    verdicts = np.repeat([1.0, 0.0, 1.0, 0.0], cells)
    prefix = f"{week}-" if fresh else "anchor-"
    frame = pd.DataFrame(
        {
            "week": pd.Timestamp(monday(week)),
            "dimension": "tone",
            "item_id": [f"{prefix}{number}" for number in range(len(human))],
            "judge": judge,
            "judge_build": None,
            "rubric": RUBRIC,
            "dataset": "v3",
            "role": "fresh" if fresh else "anchor",
            "human_label": np.where(human == 1, "on_brand", "off_brand"),
            "human_score": human,
            "annotators": 1,
            "judge_label": np.where(verdicts == 1, "on_brand", "off_brand"),
            "judge_score": verdicts,
            "missing_reason": None,
            "evaluator": f"judge:{judge}",
            "stratum": None,
            "inclusion_probability": None,
        }
    ).assign(**other)
    return CALIBRATION_SCORES.validate(frame)


def by_verdict(frame: pd.DataFrame) -> pd.DataFrame:
    """Return items as drawn from the strata of their own verdicts."""
    return frame.assign(stratum=np.where(frame["judge_score"] == 1, "judge_pass", "judge_fail"))


def scores(*frames: pd.DataFrame) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True) if frames else CALIBRATION_SCORES.empty()


def look(
    of: DimensionSpec, week: int, *frames: pd.DataFrame, previous: pd.DataFrame | None = None, **other: Any
) -> pd.DataFrame:
    asked: dict[str, Any] = {
        "pass_shares": {}, "judges_in_use": ["v1@a"], **other
    }  # fmt: skip
    return agreement_of_week(
        of, week=monday(week), scores=scores(*frames),
        previous=NOTHING_BEFORE if previous is None else previous, **asked,
    )  # fmt: skip


def run(of: DimensionSpec, *weeks: list[pd.DataFrame], in_use: list[list[str]] | None = None) -> pd.DataFrame:
    """Return the agreement rows of consecutive weeks, each from all labels so far and all rows before."""
    seen: list[pd.DataFrame] = []
    rows = NOTHING_BEFORE
    for number, frames in enumerate(weeks):
        seen += frames
        used = ["v1@a"] if in_use is None else in_use[number]
        now = look(of, number, *seen, previous=rows, judges_in_use=used)
        rows = now if rows.empty else pd.concat([rows, now], ignore_index=True)
    return rows
