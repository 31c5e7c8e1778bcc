"""Tables of sampling and scoring: frames, draws, judgements, scores and their version tuples."""

from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.columns import (
    DIMENSION,
    JUDGE,
    JUDGE_BUILD,
    RUBRIC,
    SLICE,
    TRACE_DAY,
    TRACE_ID,
    VERSION_TUPLE,
)
from behavior_pipeline.tables.contract import (
    Table,
    above,
    at_least,
    boolean,
    instant,
    integer,
    number,
    one_of,
    share,
    text,
)
from behavior_pipeline.words import SAFE, UNKNOWN, UNSAFE

STRATA = ["routine", "anomaly"]
STRATUM = text("Whether a signal or a failed check made it an anomaly, drawn more often.", one_of(STRATA))
SAMPLING_VERSION = text(
    "The dimension's `sampling.version`, with `+proportional` where small slices are favoured: another one is"
    " another draw."
)

DRAW = {
    "inclusion_probability": number("Probability with which the trace was drawn, 0 to 1.", *share()),
    "u": number("Permanent random number, 0 to 1: drawn if below `inclusion_probability`.", *share()),
    "stratum": STRATUM,
    "reason": text("Its stratum, with the signals and failed checks that made an anomaly of it."),
}

SAMPLED_TRACES = Table(
    "sampled_traces",
    "analysis",
    key=("day", "trace_id", "dimension"),
    partition=("day",),
    description="Traces drawn for a judge, with the probability of the draw and why.",
    columns={
        "day": TRACE_DAY,
        "trace_id": TRACE_ID,
        "dimension": DIMENSION,
        **DRAW,
        "sampling_weight": number("1 / the tracer's probability to keep the trace, 1 or more.", *above(0)),
        "sampling_version": SAMPLING_VERSION,
    },
)

SAMPLING_POPULATION = Table(
    "sampling_population",
    "analysis",
    key=("day", "trace_id", "dimension", "sampling_version"),
    partition=("day",),
    description="Every trace that had its chance of being drawn, drawn or not, as it was at its first draw.",
    columns={
        "day": TRACE_DAY,
        "trace_id": TRACE_ID,
        "dimension": DIMENSION,
        "sampling_version": SAMPLING_VERSION,
        **DRAW,
    },
)

SAMPLING_RATES = Table(
    "sampling_rates",
    "analysis",
    key=("day", "dimension", "stratum", "sampling_version"),
    partition=("day",),
    description="The solved inclusion probability of each stratum at its first draw.",
    columns={
        "day": TRACE_DAY,
        "dimension": DIMENSION,
        "stratum": STRATUM,
        "sampling_version": SAMPLING_VERSION,
        "population": integer("Number of traces of the stratum at the first draw.", *at_least(0)),
        "rate": number("Probability with which they are drawn, in the mean over slices, 0 to 1.", *share()),
    },
)

SAMPLING_FRAMES = Table(
    "sampling_frames",
    "analysis",
    key=("day", "dimension", "slice_key", "slice_value", "reason"),
    partition=("day",),
    description="How many traces of a slice are in a dimension's frame ('eligible') or why they are not.",
    columns={
        "day": TRACE_DAY,
        "dimension": DIMENSION,
        **SLICE,
        "reason": text("`eligible`, or why the traces are outside, a word of reasons.md."),
        "traces": integer("Number of production traces.", *at_least(0)),
        "weight": number("Count of the traces that they stand for: sum of sampling weights.", *at_least(0)),
    },
)

JUDGEMENTS = Table(
    "judgements",
    "content",
    key=("day", "dimension", "trace_id"),
    partition=("day", "dimension"),
    description="What a judge said of a trace, with its reason: user text, never published.",
    columns={
        "day": TRACE_DAY,
        "dimension": DIMENSION,
        "trace_id": TRACE_ID,
        "judge": JUDGE,
        "judge_build": JUDGE_BUILD,
        "rubric": RUBRIC,
        "label": text("The judge's label; NULL if it gave none of the scale's.", nullable=True),
        "rationale": text("The judge's reason in its own words; NULL if it gave none.", nullable=True),
        "content_digest": text("Digest of what the judge was shown, 40 hex digits."),
    },
)

TUPLE_DAYS = Table(
    "tuple_days",
    "analysis",
    key=("day", "dimension", "tuple_id"),
    partition=("day", "dimension"),
    description="The version tuples of a day's scores; the view version_tuples is their first and last day.",
    columns={
        "day": TRACE_DAY,
        "dimension": DIMENSION,
        **VERSION_TUPLE,
        "traces": integer("Number of traces with a score row, scored or not.", *at_least(0)),
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
            "day": TRACE_DAY,
            "trace_id": TRACE_ID,
            "score": number("Score, 0 to 1; NULL: see `missing_reason`.", *share(), nullable=True),
            "label": text("Label of the scale, `pass`, or the check that failed; NULL: none.", nullable=True),
            "missing_reason": text("Why there is no score; NULL if there is.", one_of(Reason), nullable=True),
            "weight": number(
                "Count of traces that it stands for: 1 / probability, the tracer's included.", *at_least(0)
            ),
            "input": text(
                "What the input calls for as a check tells, never the judge; NULL: no check tells.",
                one_of([SAFE, UNSAFE, UNKNOWN]),
                nullable=True,
            ),
            "refused": boolean(
                "Whether the answer refuses, as that check finds; NULL: none says.", nullable=True
            ),
            "evaluator": text("Who decided: `judge:<judge>`, `check:<names>`, or `check:none`."),
            "cost_usd": number("Cost of the answer, in USD; NULL: not known.", *at_least(0), nullable=True),
            "latency_ms": number("How long the answer took, in ms; NULL: none.", *at_least(0), nullable=True),
            "scored_at": instant("Time of the judge's first answer; of others the end of the day (UTC)."),
            "tuple_id": VERSION_TUPLE["tuple_id"],
        },
    )
