"""The version tuple that made a number: model, prompt, judge, dataset, rubric."""

from typing import NamedTuple

import pandas as pd

from behavior_pipeline.provenance.digests import short_digest
from behavior_pipeline.words import NONE


class VersionTuple(NamedTuple):
    """The five versions; `none` where a part does not apply, `unknown` where the trace does not say."""

    model: str
    prompt: str
    judge: str = NONE
    dataset: str = NONE
    rubric: str = NONE

    @property
    def tuple_id(self) -> str:
        """Return the short digest that stands for the five."""
        return short_digest(list(self))


def model_versions(traces: pd.DataFrame) -> "pd.Series[str]":
    """Return the model that each trace counts to, NULL where none is named; index as the frame's.

    It is the one that answered. A trace that nothing answered belongs to the versions of the name that it
    asked for: the model that answered the last trace before it with that name, else the first one after it,
    else the name. So failures stand beside the answers of the model that failed. Frames that say when traces
    began (`started_at`) and what they asked for (`requested_model`) are needed for it.
    """
    answered = traces["model"].astype("string")
    if not {"requested_model", "started_at"} <= {*traces.columns}:
        return answered
    ordered = traces.assign(model=answered).sort_values(["started_at", "trace_id"])
    same_name = ordered.groupby("requested_model")["model"]
    versions = ordered["model"].fillna(same_name.ffill()).fillna(same_name.bfill())
    return versions.fillna(ordered["requested_model"].astype("string")).reindex(traces.index)


def judge_identity(declared: str, response_model: str) -> str:
    """Return the judge as it stands in tuples and series: `v2.1@gpt-x-2026-03`."""
    return f"{declared}@{response_model}"


def declared_judge(judge: str) -> str:
    """Return the declared version of a judge's identity: `v2.1` of `v2.1@gpt-x-2026-03`."""
    return judge.partition("@")[0]


def response_model(judge: str) -> str:
    """Return the model that answered for a judge: `gpt-x-2026-03` of `v2.1@gpt-x-2026-03`."""
    return judge.rpartition("@")[2]


def declared_rubric(rubric: str) -> str:
    """Return the declared version of a rubric's id: `v2` of `v2+digest`, and of the bare `v2`."""
    return rubric.partition("+")[0]


def series_id(*, dimension: str, slice_key: str, slice_value: str, judge: str, rubric: str) -> str:
    """Return the id of a series: a dimension x slice as one judge and rubric see it."""
    return short_digest([dimension, slice_key, slice_value, judge, rubric])
