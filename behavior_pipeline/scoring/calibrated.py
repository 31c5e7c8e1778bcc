"""What evaluators say of labelled items: in composite dimensions a failed check decides, else the judge."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.provenance.tuples import judge_identity
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.calibration import CALIBRATION_SCORES
from behavior_pipeline.words import NONE

Verdict = Mapping[Any, Any]  # a row of pandas' to_dict, whose keys are any hashable


def calibration_rows(
    spec: DimensionSpec,
    items: pd.DataFrame,
    *,
    week: date,
    checked: pd.DataFrame | None,
    verdicts: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Return CALIBRATION_SCORES rows of one dimension's items.

    `items` as items_of_week makes them, `checked` as check_scores, `verdicts` by role as Verdicts.frame().
    An item whose trace is in no stored dump is left without a verdict, with the reason; one that a check
    decided carries the judge identity of the others.
    """
    by_check = {} if checked is None else {row["trace_id"]: row for row in checked.to_dict("records")}
    by_judge = {
        (role, row["item_id"]): row for role, frame in verdicts.items() for row in frame.to_dict("records")
    }
    models = [str(row["response_model"]) for row in by_judge.values() if isinstance(row["label"], str)]
    usual = max(sorted(set(models)), key=models.count, default=NONE)
    rows: list[dict[Any, Any]] = []
    for item in items.to_dict("records"):
        verdict = by_judge.get((item["role"], item["trace_id"]))
        scored = _score_columns(spec, by_check.get(item["trace_id"]), verdict)
        model = verdict["response_model"] if verdict and isinstance(verdict["label"], str) else usual
        fingerprint = verdict["fingerprint"] if verdict else None
        judge = judge_identity(spec.judge.version, str(model)) if spec.judge else NONE
        rows.append(
            {
                **item,
                **scored,
                "week": pd.Timestamp(week),
                "dimension": spec.name,
                "judge": judge,
                "rubric": spec.rubric_id,
                "judge_build": f"{judge}+{fingerprint}" if isinstance(fingerprint, str) else None,
                "evaluator": scored["evaluator"] or (f"judge:{judge}" if scored["judge_label"] else None),
            }
        )
    return CALIBRATION_SCORES.validate(pd.DataFrame(rows, columns=list(CALIBRATION_SCORES.columns)))


def _score_columns(spec: DimensionSpec, check: Verdict | None, verdict: Verdict | None) -> dict[str, Any]:
    if check is not None and not pd.isna(check["score"]) and (check["score"] == 0 or spec.judge is None):
        return {
            "judge_label": check["label"], "judge_score": float(check["score"]), "missing_reason": None,
            "evaluator": check["evaluator"],
        }  # fmt: skip
    if verdict is not None and isinstance(verdict["label"], str):
        label = verdict["label"]
        score = spec.scale.labels.get(label)
        return {"judge_label": label, "judge_score": score, "missing_reason": None, "evaluator": None}
    reason = (
        (verdict or {}).get("missing_reason") or (check or {}).get("missing_reason") or Reason.UNKNOWN_TRACE
    )
    return {"judge_label": None, "judge_score": None, "missing_reason": str(reason), "evaluator": None}
