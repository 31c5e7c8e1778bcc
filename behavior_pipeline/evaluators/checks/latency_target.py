"""The answer came in time: 1 within the target, falling in a straight line to 0 at the limit, end to end.

Durations of single operations have no score of their own; the table latency_spans holds their quantiles.
"""

from typing import Annotated

from pydantic import Field

from behavior_pipeline.evaluators.check import Case, Check, Outcome, Parameters, declared_for, unscored
from behavior_pipeline.evaluators.falling import Fall, Positive
from behavior_pipeline.reasons import Reason

Full = Annotated[Positive, Field(description="Up to this duration the score is 1.")]
Nothing = Annotated[Positive, Field(description="From this duration on the score is 0.")]


class Target(Fall):
    """From where to where the score falls."""

    ENDS = ("target_ms", "limit_ms")

    target_ms: Full
    limit_ms: Nothing


class LatencyParameters(Target, Parameters):
    """The target of all traces, and other targets for some slices."""

    target_ms: Full = 3_000
    limit_ms: Nothing = 15_000
    by_slice: dict[str, dict[str, Target]] = Field(
        {},
        description="Slice key -> slice value -> {target_ms, limit_ms}; the first that has one counts.",
    )


def evaluate(case: Case, parameters: LatencyParameters) -> Outcome:
    """Return the score of the duration; NO_DURATION where the trace has no root span."""
    if case.duration_ms is None:
        return unscored(case.why_absent("duration_ms", Reason.NO_DURATION))
    target = declared_for(case, parameters.by_slice) or parameters
    score = target.score(case.duration_ms)
    return Outcome(score, "in_time" if score == 1 else "late", None)


PLUGIN = Check(LatencyParameters, evaluate)
