"""Tables that detectors read beside the means: sums of cells, traffic, counts of grades, quantiles."""

from behavior_pipeline.tables.columns import CELL, SERIES, TRACE_DAY, WEEK
from behavior_pipeline.tables.contract import (
    Table,
    above,
    at_least,
    integer,
    json_text,
    number,
    one_of,
    share,
    text,
)
from behavior_pipeline.words import CHECKS, SCORE

CELL_METRICS = [SCORE, CHECKS, "log_seconds", "log_usd"]
OWN_SCALE = ["p50", "p95", "p99", "geometric_mean"]
CELL_SUMS = {
    "dimension": SERIES["dimension"],
    "judge": SERIES["judge"],
    "rubric": SERIES["rubric"],
    "metric": text(
        "What y is: the `score`; `checks`, 0 where a check failed in a dimension that a judge completes; or"
        " its own scale, `log_seconds` or `log_usd`: ln of its duration in seconds, of its cost in USD.",
        one_of(CELL_METRICS),
    ),
    "cell": json_text(
        "Canonical JSON of the watched slice keys: {key: value, `other` or `absent`}; with `input` where a"
        " check tells it."
    ),
    "n": integer("Number of traces with y.", *at_least(0)),
    "clusters": integer("Number of users, else conversations, with y.", *at_least(0)),
    "drawn": integer("Number of traces of which y was to be: with y, or asked of a judge.", *at_least(0)),
    "sum_w": number("Count of traces that those with y stand for: sum of weights w.", *at_least(0)),
    "sum_wy": number("Sum of w y; y in score points, ln s or ln USD."),
    "sum_wy2": number("Sum of w y^2; y in score points, ln s or ln USD.", *at_least(0)),
    "sum_w2": number("Sum of w^2; w is a count of traces.", *at_least(0)),
    "sum_w2y": number("Sum of w^2 y; y in score points, ln s or ln USD."),
    "sum_w2y2": number("Sum of w^2 y^2; y in score points, ln s or ln USD.", *at_least(0)),
    "sum_w_missing": number(
        "Count of traces that those stand for of which a judge was asked in vain: sum of w.", *at_least(0)
    ),
}
CELL_KEY = ("dimension", "judge", "rubric", "metric", "cell")

WEEKLY_CELLS = Table(
    "weekly_cells",
    "analysis",
    key=("week", *CELL_KEY),
    partition=("week",),
    description="Additive sums of each crossing of watched slices that was seen: aggregates, slices and"
    " complements are sums of cells.",
    columns={"week": WEEK, **CELL_SUMS},
)

DAILY_CELLS = Table(
    "daily_cells",
    "analysis",
    key=("day", *CELL_KEY),
    partition=("day",),
    description="The same sums of a day, in slices as they are watched by then.",
    columns={"day": TRACE_DAY, **CELL_SUMS},
)

WEEKLY_TRAFFIC = Table(
    "weekly_traffic",
    "analysis",
    key=("week", *CELL),
    partition=("week",),
    description="Production traffic by dimension and slice value, and how much of it is in the frame. A value"
    " with less than a hundredth of the traffic is `other`, watched or not; no row: less than that.",
    columns={
        "week": WEEK,
        **CELL,
        "traces": integer("Number of production traces.", *at_least(0)),
        "weight": number("Count of traces that they stand for: sum of the tracer's weights.", *at_least(0)),
        "eligible_traces": integer("Number of them in the dimension's frame.", *at_least(0)),
        "eligible_weight": number("Count of traces that these stand for.", *at_least(0)),
    },
)

WEEKLY_LEVELS = Table(
    "weekly_levels",
    "analysis",
    key=("week", "series_id", "score"),
    partition=("week",),
    description="How often each score of a graded scale was given in a week, slice by slice.",
    columns={
        "week": WEEK,
        **SERIES,
        "score": number("The score of a label, 0 to 1.", *share()),
        "n": integer("Number of traces with that score.", *at_least(1)),
        "weight": number("Count of traces that they stand for: sum of weights.", *at_least(0)),
    },
)

WEEKLY_QUANTILES = Table(
    "weekly_quantiles",
    "analysis",
    key=("week", "series_id", "metric"),
    partition=("week",),
    description="Latency and cost of traces in seconds and USD: quantiles and geometric mean of each slice,"
    " with their errors, and the geometric mean of cost by feature, model and user.",
    columns={
        "week": WEEK,
        **SERIES,
        "metric": text("Which number: a quantile, or the `geometric_mean`.", one_of(OWN_SCALE)),
        "unit": text("Unit of `value`: `seconds` or `usd`.", one_of(["seconds", "usd"])),
        "value": number("The number, in s or USD; NULL: no trace.", *above(0), nullable=True),
        "log_se": number(
            "Standard error of its logarithm, from 0 on, by user, else conversation; NULL: see `reason`.",
            *at_least(0),
            nullable=True,
        ),
        "n": integer("Number of traces.", *at_least(1)),
        "clusters": integer(
            "Number of users, else conversations; of a user, number of traces.", *at_least(1)
        ),
        "reason": text("Why the error is missing, a word of reasons.md; NULL: it is not.", nullable=True),
    },
)
