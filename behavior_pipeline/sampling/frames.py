"""Frames: which traces a dimension is about, decided before any draw, and why the others are not in it."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np
import orjson
import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.few_values import few_values
from behavior_pipeline.tables.scores import SAMPLING_FRAMES
from behavior_pipeline.words import ALL, EVALUATION, INPUT, PRODUCTION, UNKNOWN

ELIGIBLE = "eligible"
CHECK, JUDGE = "check:", "judge:"
OR = "|"
ABSENT = {
    "output_text": Reason.NO_OUTPUT,
    "documents": Reason.NO_DOCUMENTS,
    "tool_calls": Reason.NO_TOOLS,
    "tool_definitions": Reason.NO_TOOLS,
    "response_schema": Reason.NO_SCHEMA,
    "duration_ms": Reason.NO_DURATION,
    "cost_usd": Reason.NO_TOKENS,
    "input_tokens": Reason.NO_TOKENS,
    "output_tokens": Reason.NO_TOKENS,
}
NO_INPUTS: Mapping[str, "pd.Series[str]"] = {}
EMPTY_JSON = ("", "[]", "{}", "null")


def frame_of(
    spec: DimensionSpec, traces: pd.DataFrame, *, check_failures: Mapping[str, Iterable[str]]
) -> "pd.Series[str]":
    """Return by trace_id `eligible`, or the reason why a trace is outside the dimension's frame.

    A required field may name alternatives: `documents|tool_calls` asks for one. `check_failures` holds by
    dimension the traces whose check scored 0. The first reason counts: role, consent, slice, field, what the
    judge does not see, check.
    """
    reasons = np.full(len(traces), ELIGIBLE, dtype=object)
    _mark(reasons, traces["role"] == EVALUATION, Reason.EVALUATOR_TRACE)
    _mark(reasons, traces["role"] != PRODUCTION, Reason.CALIBRATION_TRACE)
    _mark(reasons, ~traces["consent"].astype("boolean").fillna(False).astype(bool), Reason.NOT_CONSENTED)
    if spec.requires.slices:
        slices = parsed(traces["slices"])
        inside = [_is_inside(values, spec.requires.slices) for values in slices]
        _mark(reasons, ~np.asarray(inside, dtype=bool), Reason.OUTSIDE_SLICES)
    noted = parsed(traces["unmeasurable"]) if spec.requires.fields else []
    for required in spec.requires.fields:
        _mark_absent(reasons, traces, noted, required=required)
    if spec.judge is not None:
        unseen = [_holds_unseen(listed, spec.judge.sees) for listed in traces["media"].tolist()]
        _mark(reasons, unseen, Reason.NOT_TEXT)
    for other in spec.requires.passed:
        _mark(reasons, traces["trace_id"].isin(set(check_failures.get(other, ()))), Reason.REQUIREMENT_FAILED)
    return pd.Series(
        reasons, index=pd.Index(traces["trace_id"], name="trace_id"), dtype="string", name="reason"
    )


def _holds_unseen(media: Any, sees: tuple[str, ...]) -> bool:
    return isinstance(media, str) and any(one.get("type") not in sees for one in orjson.loads(media))


def frame_counts(
    reasons: Mapping[str, "pd.Series[str]"],
    traces: pd.DataFrame,
    *,
    day: date,
    inputs: Mapping[str, "pd.Series[str]"] = NO_INPUTS,
) -> pd.DataFrame:
    """Return SAMPLING_FRAMES: production traces by dimension, slice value and reason.

    `inputs` say by dimension and trace_id what the input calls for: a slice of that dimension alone, in which
    `unknown` is counted, too.
    """
    production = traces["role"] == PRODUCTION
    there = traces.loc[production, ["trace_id", "sampling_weight"]].reset_index(drop=True)
    slices = parsed(traces.loc[production, "slices"])
    parts = []
    for slice_key in (ALL, *sorted({key for values in slices for key in values})):
        value = pd.Series(
            [ALL if slice_key == ALL else _word(values.get(slice_key)) for values in slices],
            index=there.index,
        )
        for name in sorted(reasons):  # one at a time: all at once are several times the day
            counted = there.assign(slice_value=value, reason=_in_order(reasons[name], there))
            parts.append(_counted(counted, slice_key, dimension=name, day=day))
    for name in sorted(inputs.keys() & reasons.keys()):
        called_for = inputs[name].reindex(there["trace_id"]).fillna(UNKNOWN).to_numpy()
        counted = there.assign(slice_value=called_for, reason=_in_order(reasons[name], there))
        parts.append(_counted(counted, INPUT, dimension=name, day=day))
    frame = pd.concat(parts, ignore_index=True) if reasons else SAMPLING_FRAMES.empty()
    few = few_values(frame, key=SAMPLING_FRAMES.key, rank="traces", sums=["traces", "weight"])
    return SAMPLING_FRAMES.validate(few[list(SAMPLING_FRAMES.columns)])


def _in_order(reason: "pd.Series[str]", traces: pd.DataFrame) -> Any:
    return reason.reindex(traces["trace_id"]).to_numpy()


def _counted(rows: pd.DataFrame, slice_key: str, *, dimension: str, day: date) -> pd.DataFrame:
    grouped = rows.groupby(
        ["slice_value", "reason"], as_index=False
    )  # a trace without the key is in no slice
    counts = grouped.agg(traces=("trace_id", "size"), weight=("sampling_weight", "sum"))
    return counts.assign(dimension=dimension, slice_key=slice_key, day=pd.Timestamp(day))


def inputs_of(check_scores: Mapping[str, pd.DataFrame]) -> "dict[str, pd.Series[str]]":
    """Return by dimension and trace_id what inputs call for, of dimensions with a check that tells it."""
    return {
        name: frame.set_index("trace_id")["input"]
        for name, frame in check_scores.items()
        if "input" in frame and frame["input"].notna().any()
    }


def failures(check_scores: Mapping[str, pd.DataFrame]) -> dict[str, frozenset[str]]:
    """Return by dimension the traces whose check scored 0; frames as check_scores makes them, or stored ones.

    A 0 that a judge gave is no failure of a check.
    """
    failing = {}
    for dimension, frame in check_scores.items():
        zero = (frame["score"] == 0).astype("boolean").fillna(False)
        by_check = frame["evaluator"].astype("string").str.startswith(CHECK)
        failing[dimension] = frozenset(frame.loc[(zero & by_check).astype(bool), "trace_id"])
    return failing


def parsed(column: "pd.Series[str]") -> list[Mapping[str, Any]]:
    """Return the JSON objects of a column of texts, each distinct text parsed once; {} for anything else."""
    memo: dict[Any, Mapping[str, Any]] = {}
    values = column.tolist()
    for text in values:
        if isinstance(text, str) and text not in memo:
            memo[text] = _object(text)
    return [memo.get(text, {}) if isinstance(text, str) else {} for text in values]


def _object(text: str) -> Mapping[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _mark(reasons: "np.ndarray[Any, Any]", where: Any, reason: Reason) -> None:
    """Write the reason where it holds and none was written before."""
    reasons[np.asarray(where, dtype=bool) & (reasons == ELIGIBLE)] = str(reason)


def _mark_absent(
    reasons: "np.ndarray[Any, Any]", traces: pd.DataFrame, noted: list[Mapping[str, Any]], *, required: str
) -> None:
    names = required.split(OR)
    missing = np.ones(len(traces), dtype=bool)
    for name in names:
        unmeasurable = np.asarray([name in words for words in noted], dtype=bool)
        missing &= unmeasurable | _is_absent(traces[name])
    for row in np.flatnonzero(missing & (reasons == ELIGIBLE)):
        words = noted[row]
        noted_reason = next((str(words[name]) for name in names if str(words.get(name)) in KNOWN), None)
        reasons[row] = noted_reason or _default_reason(names[0], traces, row=int(row))


def _default_reason(name: str, traces: pd.DataFrame, *, row: int) -> str:
    if name == "cost_usd" and "cost_missing" in traces.columns:
        noted = traces["cost_missing"].iloc[row]
        if isinstance(noted, str) and noted in KNOWN:
            return noted
    return str(ABSENT.get(name, Reason.NO_FIELD))


def _is_absent(column: "pd.Series[Any]") -> "np.ndarray[Any, Any]":
    """Return where a field holds nothing: NULL, empty text or an empty JSON value."""
    return np.asarray(column.isna() | column.isin(EMPTY_JSON), dtype=bool)


def _is_inside(values: Mapping[str, Any], wanted: Mapping[str, tuple[str, ...]]) -> bool:
    return all(_word(values.get(key)) in allowed for key, allowed in wanted.items())


def _word(value: Any) -> str | None:
    return None if value is None else str(value)


KNOWN = frozenset(str(reason) for reason in Reason)
