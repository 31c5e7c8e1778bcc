"""Turns a sample and its verdicts into rows: scores by the scale, weights by the draw and the budget."""

from datetime import date

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.provenance.tuples import judge_identity
from behavior_pipeline.reasons import Reason
from behavior_pipeline.words import NONE, UNKNOWN

MALFORMED = str(Reason.JUDGE_MALFORMED)
VERDICT_TYPES = {
    "label": "string",
    "rationale": "string",
    "response_model": "string",
    "fingerprint": "string",
    "cost_usd": "Float64",
    "latency_ms": "Float64",
    "answered_at": "datetime64[us, UTC]",
    "missing_reason": "string",
    "content_digest": "string",
}


def judged_rows(
    spec: DimensionSpec,
    drawn: pd.DataFrame,
    verdicts: pd.DataFrame | None,
    *,
    threshold: float | None,
    day: date,
) -> pd.DataFrame:
    """Return one row a drawn trace, with score or missing_reason; `judge` is NULL where no model answered.

    Weight = upstream weight / probability; where the budget ended at the threshold t, traces below it were
    judged with probability x t and weigh 1 / t more, the others keep the weight of their draw.
    """
    rows = _with_verdicts(drawn, verdicts)
    rank = rows["u"] / rows["inclusion_probability"]
    weight = rows["sampling_weight"] / rows["inclusion_probability"]
    asked = pd.Series(True, index=rows.index) if threshold is None else rank < threshold
    rows["weight"] = weight if threshold is None else weight.mask(asked, weight / threshold)
    labels = rows["label"]
    has_reason = rows["missing_reason"].notna()
    rows["score"] = labels.map(spec.scale.labels).astype("Float64").mask(has_reason)
    reason = rows["missing_reason"].mask(labels.notna() & rows["score"].isna() & ~has_reason, MALFORMED)
    reason = reason.fillna(asked.map({True: str(Reason.JUDGE_FAILED), False: str(Reason.BUDGET)}))
    rows["missing_reason"] = reason.mask(rows["score"].notna())
    rows["label"] = labels.mask(rows["score"].isna())  # a text outside the scale is no label
    rows["scored_at"] = rows["answered_at"].fillna(pd.Timestamp(day, tz="UTC") + pd.Timedelta(days=1))
    rows["judge"] = _identities(spec, rows)
    return rows.assign(evaluator=pd.array([pd.NA] * len(rows), dtype="string")).reset_index(drop=True)


def judgement_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what judges said, one row a trace that was asked about; the build is judge + fingerprint."""
    answered = rows[rows["answered_at"].notna()]
    fingerprint = answered["fingerprint"]
    build = (answered["judge"].astype("string") + "+" + fingerprint).where(fingerprint.notna())
    return answered.assign(judge_build=build)


def most_common_judge(rows: pd.DataFrame, declared: str) -> str:
    """Return the identity most rows of the day carry (the first by name of equals), else `declared@none`."""
    counts = rows["judge"].dropna().value_counts()
    if counts.empty:
        return judge_identity(declared, NONE)
    return str(min(counts[counts == counts.max()].index))


def _with_verdicts(drawn: pd.DataFrame, verdicts: pd.DataFrame | None) -> pd.DataFrame:
    answers = pd.DataFrame({"trace_id": pd.Series(dtype="string")}) if verdicts is None else verdicts
    if "trace_id" not in answers:
        answers = answers.rename(columns={"item_id": "trace_id"})
    answers = answers.reindex(columns=["trace_id", *VERDICT_TYPES])
    rows = drawn.drop(columns=["day", "dimension"]).merge(answers, on="trace_id", how="left")
    return rows.astype({**VERDICT_TYPES, "inclusion_probability": "float64", "u": "float64"})


def _identities(spec: DimensionSpec, rows: pd.DataFrame) -> "pd.Series[str]":
    """Return each row's judge; an answer without a verdict does not name a model that a series could have."""
    declared = "" if spec.judge is None else spec.judge.version
    model = rows["response_model"]
    known = model.notna() & ((model != UNKNOWN) | rows["score"].notna())
    return (judge_identity(declared, "") + model).where(known.fillna(False).astype(bool))
