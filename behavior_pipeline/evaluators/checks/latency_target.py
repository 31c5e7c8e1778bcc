"""The answer came in time: 1 within the target, falling in a straight line to 0 at the limit, end to end.

Durations of single operations have no score of their own; the table latency_spans holds their quantiles.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from behavior_pipeline.evaluators.check import Case, Check, Outcome, Parameters, unscored
from behavior_pipeline.evaluators.falling import falling
from behavior_pipeline.reasons import Reason

Milliseconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Target(BaseModel):
    """From where to where the score falls."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target_ms: Milliseconds = Field(description="Up to this duration the score is 1.")
    limit_ms: Milliseconds = Field(description="From this duration on the score is 0.")

    @model_validator(mode="after")
    def _is_ordered(self) -> "Target":
        if self.limit_ms <= self.target_ms:
            raise ValueError("limit_ms must be above target_ms")
        return self


class LatencyParameters(Parameters):
    """The target of all traces, and other targets for some slices."""

    target_ms: Milliseconds = Field(3_000, description="Up to this duration the score is 1.")
    limit_ms: Milliseconds = Field(15_000, description="From this duration on the score is 0.")
    by_slice: dict[str, dict[str, Target]] = Field(
        {},
        description="Slice key -> slice value -> {target_ms, limit_ms}; the first that has one counts.",
    )

    @model_validator(mode="after")
    def _is_ordered(self) -> "LatencyParameters":
        if self.limit_ms <= self.target_ms:
            raise ValueError("limit_ms must be above target_ms")
        return self


def evaluate(case: Case, parameters: LatencyParameters) -> Outcome:
    """Return the score of the duration; NO_DURATION where the trace has no root span."""
    if case.duration_ms is None:
        return unscored(case.why_absent("duration_ms", Reason.NO_DURATION))
    target: Target | LatencyParameters = parameters
    for key, values in parameters.by_slice.items():
        if (own := values.get(str(case.slices.get(key)))) is not None:
            target = own
            break
    score = falling(case.duration_ms, full=target.target_ms, none=target.limit_ms)
    return Outcome(score, "in_time" if score == 1 else "late", None)


PLUGIN = Check(LatencyParameters, evaluate)
