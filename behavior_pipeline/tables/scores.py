"""Tables of sampling and scoring: frames, draws, judgements, scores and their version tuples."""

from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.contract import (
    Table,
    above,
    at_least,
    date,
    instant,
    integer,
    number,
    one_of,
    share,
    text,
)

STRATA = ["routine", "anomaly"]

SAMPLED_TRACES = Table(
    "sampled_traces",
    "analysis",
    key=("day", "trace_id", "dimension"),
    partition=("day",),
    description="Traces drawn for a judge, with the probability of the draw and why.",
    columns={
        "day": date(),
        "trace_id": text(),
        "dimension": text(),
        "inclusion_probability": number(*share()),
        "u": number(*share()),
        "stratum": text(one_of(STRATA)),
        "reason": text(),
        "sampling_weight": number(*above(0)),
        "sampling_version": text(),
    },
)

SAMPLING_RATES = Table(
    "sampling_rates",
    "analysis",
    key=("day", "dimension", "stratum", "sampling_version"),
    partition=("day",),
    description="The solved inclusion probability of each stratum, frozen at its first draw.",
    columns={
        "day": date(),
        "dimension": text(),
        "stratum": text(one_of(STRATA)),
        "sampling_version": text(),
        "population": integer(*at_least(0)),
        "rate": number(*share()),
    },
)

SAMPLING_FRAMES = Table(
    "sampling_frames",
    "analysis",
    key=("day", "dimension", "slice_key", "slice_value", "reason"),
    partition=("day",),
    description="How many traces of a slice are in a dimension's frame ('eligible') or why they are not.",
    columns={
        "day": date(),
        "dimension": text(),
        "slice_key": text(),
        "slice_value": text(),
        "reason": text(),
        "traces": integer(*at_least(0)),
        "weight": number(*at_least(0)),
    },
)

JUDGEMENTS = Table(
    "judgements",
    "content",
    key=("day", "dimension", "trace_id"),
    partition=("day", "dimension"),
    description="What a judge said of a trace, with its reason: user text, never published.",
    columns={
        "day": date(),
        "dimension": text(),
        "trace_id": text(),
        "judge": text(),
        "judge_build": text(nullable=True),
        "rubric": text(),
        "label": text(nullable=True),
        "rationale": text(nullable=True),
        "content_digest": text(),
    },
)

TUPLE_DAYS = Table(
    "tuple_days",
    "analysis",
    key=("day", "dimension", "tuple_id"),
    partition=("day", "dimension"),
    description="The version tuples of a day's scores; the view version_tuples is their first and last day.",
    columns={
        "day": date(),
        "dimension": text(),
        "tuple_id": text(),
        "model": text(),
        "prompt": text(),
        "judge": text(),
        "dataset": text(),
        "rubric": text(),
        "traces": integer(*at_least(0)),
    },
)


def scores_table(dimension: str) -> Table:
    """Return the contract of one dimension's scores."""
    return Table(
        f"scores_{dimension}",
        "analysis",
        key=("day", "trace_id"),
        partition=("day",),
        description=f"Scores of {dimension}: in [0, 1], or NULL with a reason.",
        columns={
            "day": date(),
            "trace_id": text(),
            "score": number(*share(), nullable=True),
            "label": text(nullable=True),
            "missing_reason": text(one_of(Reason), nullable=True),
            "weight": number(*at_least(0)),
            "evaluator": text(),
            "cost_usd": number(*at_least(0), nullable=True),
            "latency_ms": number(*at_least(0), nullable=True),
            "scored_at": instant(),
            "tuple_id": text(),
        },
    )
