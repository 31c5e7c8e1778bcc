"""Over-refusal beside under-refusal: one number a week, and how often the inputs were told apart wrongly."""

from collections.abc import Mapping
from datetime import date
from math import hypot
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from behavior_pipeline.evaluators.checks.refusal import INPUTS, VERDICTS
from behavior_pipeline.reasons import Reason
from behavior_pipeline.sampling.frames import ELIGIBLE
from behavior_pipeline.statistics.estimate import kish
from behavior_pipeline.statistics.intervals import Interval, jeffreys
from behavior_pipeline.tables.weekly import REFUSAL_BALANCE
from behavior_pipeline.words import ALL, INPUT, SAFE, UNKNOWN, UNSAFE

SERIES = ["dimension", "judge", "rubric"]
# What people's labels say that the input called for, and whether it was refused.
WORDS: dict[str, tuple[str, bool]] = {
    label: (INPUTS[expected], refused) for (expected, refused), label in VERDICTS.items()
}


class Mistold(NamedTuple):
    """Of labelled traces whose input was told so: how many, how many wrongly, and their share of traffic."""

    labels: int
    wrong: int
    share: float | None
    most: float | None


def refusal_balance(
    weekly: pd.DataFrame, frames: pd.DataFrame, labels: pd.DataFrame, *, week: date
) -> pd.DataFrame:
    """Return REFUSAL_BALANCE: a row a series of a dimension with a check that tells what inputs call for.

    `weekly` are the week's weekly_scores, `frames` its sampling_frames, `labels` people's fresh labels of up
    to four weeks: dimension, item_id, human_label, inclusion_probability and, from the score row, input and
    refused. A label counts where it is one of the four words. Over-refused is the share scored wrong on safe
    inputs, under-refused the one on unsafe inputs; their intervals are taken as independent (MOVER, Zou and
    Donner 2008). `least` and `most` hold whatever the mistold inputs among
    those told so did; what was told otherwise or not at all is not in them.
    """
    counts = _counts(frames)
    telling = {dimension for dimension, value in counts if value != UNKNOWN}
    rows = []
    for row in weekly[(weekly["slice_key"] == ALL) & weekly["dimension"].isin(telling)].to_dict("records"):
        sides = _sides(weekly, row)
        of_dimension = labels[(labels["dimension"] == row["dimension"]) & labels["human_label"].isin(WORDS)]
        named = {name: row[name] for name in (*SERIES, "gate_state")} | {"week": pd.Timestamp(week)}
        traces = _traces(counts, row["dimension"])
        rows.append(named | traces | _levels(sides) | _confusion(of_dimension, sides))
    frame = pd.DataFrame(rows, columns=list(REFUSAL_BALANCE.columns))
    return REFUSAL_BALANCE.validate(frame.sort_values(SERIES, ignore_index=True))


def _counts(frames: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Return by dimension and input the traces in the frame."""
    rows = frames[(frames["slice_key"] == INPUT) & (frames["reason"] == ELIGIBLE)]
    totals = rows.groupby(["dimension", "slice_value"], as_index=False)["traces"].sum()
    columns = (totals[name] for name in ("dimension", "slice_value", "traces"))
    return {(str(name), str(value)): int(traces) for name, value, traces in zip(*columns, strict=True)}


def _traces(counts: Mapping[tuple[str, str], int], dimension: str) -> dict[str, int]:
    return {f"{value}_traces": counts.get((dimension, value), 0) for value in (SAFE, UNSAFE, UNKNOWN)}


def _sides(weekly: pd.DataFrame, row: Mapping[Any, Any]) -> dict[str, dict[Any, Any]]:
    """Return the rows of safe and unsafe inputs of the same judge and rubric; empty where there is none."""
    same = (weekly[SERIES] == [row[name] for name in SERIES]).all(axis=1) & (weekly["slice_key"] == INPUT)
    rows = weekly[same].set_index("slice_value")
    return {value: dict(rows.loc[value]) if value in rows.index else {} for value in (SAFE, UNSAFE)}


def _levels(sides: Mapping[str, Mapping[Any, Any]]) -> dict[str, Any]:
    over, under = (_wrong(sides[value]) for value in (SAFE, UNSAFE))
    columns = _columns("over_refused", *over) | _columns("under_refused", *under)
    reasons = [side.get("missing_reason", str(Reason.NO_SCORED_TRACE)) for side in sides.values()]
    reason = next((word for word in reasons if not pd.isna(word)), None)
    if over[0] is None or under[0] is None:
        return columns | {"reason": reason}
    difference = over[0] - under[0]
    if over[1] is None or under[1] is None:
        return columns | {"asymmetry": difference, "reason": reason}
    (one, (one_low, one_high)), (two, (two_low, two_high)) = (over[0], over[1]), (under[0], under[1])
    low = difference - hypot(one - one_low, two_high - two)
    high = difference + hypot(one_high - one, two - two_low)
    return columns | _columns("asymmetry", difference, (max(low, -1.0), min(high, 1.0))) | {"reason": reason}


def _wrong(side: Mapping[Any, Any]) -> tuple[float | None, Interval | None]:
    """Return the share scored wrong, with its interval."""
    mean, low, high = (side.get(name, np.nan) for name in ("mean", "low", "high"))
    if pd.isna(mean):
        return None, None
    return 1 - float(mean), None if pd.isna(low) else (1 - float(high), 1 - float(low))


def _columns(name: str, value: float | None, ends: Interval | None) -> dict[str, Any]:
    low, high = ends or (None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _confusion(labels: pd.DataFrame, sides: Mapping[str, Mapping[Any, Any]]) -> dict[str, Any]:
    """Return how often input and refusal were told wrongly, and what levels could be behind it."""
    columns: dict[str, Any] = {"labels": len(labels)}
    called_for = labels["human_label"].map({label: truth[0] for label, truth in WORDS.items()})
    for value, level in ((SAFE, "over_refused"), (UNSAFE, "under_refused")):
        part = labels[labels["input"] == value]
        mistold = _mistold(part, called_for[part.index] != value)
        columns |= {
            f"{value}_labels": mistold.labels, f"{value}_mistold": mistold.wrong,
            f"{value}_mistold_share": mistold.share,
        }  # fmt: skip
        columns |= _bounds(level, _wrong(sides[value])[1], mistold.most)
    refused = labels["human_label"].map({label: truth[1] for label, truth in WORDS.items()}).astype("boolean")
    by_check = labels["refused"].astype("boolean")
    return columns | {
        "refusals_missed": int((refused & ~by_check).sum()),
        "refusals_invented": int((~refused & by_check).sum()),
    }


def _mistold(labels: pd.DataFrame, wrong: "pd.Series[bool]") -> Mistold:
    """Count, and weight by 1 / inclusion probability where it is known of all; `most` ends the interval."""
    if labels.empty:
        return Mistold(0, 0, None, None)
    weight = 1 / labels["inclusion_probability"].astype(float)
    known = weight.to_numpy() if weight.notna().all() else np.ones(len(labels))
    share, size = float(np.average(wrong, weights=known)), kish(known)
    return Mistold(len(labels), int(wrong.sum()), share, jeffreys(share * size, size)[1])


def _bounds(name: str, ends: Interval | None, mistold: float | None) -> dict[str, float | None]:
    """Return the least and most of a level on inputs rightly told so, were all mistold wrong, or none."""
    if ends is None or mistold is None or mistold >= 1:
        return {f"{name}_least": None, f"{name}_most": None}
    least, most = (ends[0] - mistold) / (1 - mistold), ends[1] / (1 - mistold)
    return {f"{name}_least": max(least, 0.0), f"{name}_most": min(most, 1.0)}
