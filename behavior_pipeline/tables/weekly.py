"""Tables of a week's estimates: levels of series, their versions, latency, cost and the scorecard."""

from behavior_pipeline.tables.columns import CELL, INTERVAL, SERIES, TRACE_DAY, VERSION_TUPLE, WEEK
from behavior_pipeline.tables.contract import (
    Column,
    Table,
    at_least,
    date,
    integer,
    json_text,
    number,
    one_of,
    share,
    text,
)
from behavior_pipeline.words import GateState

CORRECTIONS = ["common_rates", "post_stratified", "common_line", "ppi"]
N_EFF = number(
    "Number of traces in a simple random sample with the same error; NULL: one cluster.", nullable=True
)
MEAN = number("Hajek mean of the scores, 0 to 1; NULL: see `missing_reason`.", *share(), nullable=True)
MISSING_REASON = text(
    "Why the mean or its error is missing, a word of reasons.md; NULL: neither is.", nullable=True
)
UNJUDGED = {
    "scored_share": number(
        "Share with a score of what was to be judged, by weight, 0 to 1; NULL: nothing was, or an older row.",
        *share(),
        nullable=True,
    ),
    "bound_low": number(
        "Mean, 0 to 1, if what a judge was asked in vain had scored 0; NULL: no mean, or an older row.",
        *share(),
        nullable=True,
    ),
    "bound_high": number(
        "Mean, 0 to 1, if what a judge was asked in vain had scored 1; NULL: no mean, or an older row.",
        *share(),
        nullable=True,
    ),
}
ELIGIBLE_SHARE = number(
    "Share of the slice's production traffic in the dimension's frame, 0 to 1; NULL: no traffic.",
    *share(),
    nullable=True,
)
GATE_STATE = text("State of the gate: whether the judge may drive alerts this week.", one_of(GateState))

WEEKLY_SCORES = Table(
    "weekly_scores",
    "analysis",
    key=("week", "series_id"),
    partition=("week",),
    description="Hajek mean of each series with its error, effective size, frame and corrected level.",
    columns={
        "week": WEEK,
        **SERIES,
        "n": integer("Number of traces with a score."),
        "n_eff": N_EFF,
        "n_kish": number(
            "Number of traces of equal weight worth as much, (sum w)^2 / sum w^2; NULL: no score.",
            nullable=True,
        ),
        "mean": MEAN,
        "se": number(
            "Standard error of the mean, summed by user, else conversation, 0 to 1; NULL: one cluster.",
            nullable=True,
        ),
        **INTERVAL,
        "missing_reason": MISSING_REASON,
        **UNJUDGED,
        "sum_w": number(
            "Count of traces that those with a score stand for: sum of weights; NULL in older rows.",
            *at_least(0),
            nullable=True,
        ),
        "cells_reason": text(
            "Why `weekly_cells` do not tell the slice apart, a word of reasons.md; NULL: they do.",
            nullable=True,
        ),
        "clusters": integer(
            "Number of users, else conversations, with a score; NULL in older rows.",
            *at_least(0),
            nullable=True,
        ),
        "design_effect": number(
            "Number of traces that are worth one of a simple sample; NULL: no error, scores all alike, or an"
            " older row.",
            nullable=True,
        ),
        "pooled_design_effect": number(
            "The same number of traces, of eight weeks up to this one; NULL: no error, or an older row.",
            nullable=True,
        ),
        "n_floor": number(
            "Number of traces over the pooled design effect, which floors compare; NULL: no error, or an"
            " older row.",
            nullable=True,
        ),
        "eligible_share": ELIGIBLE_SHARE,
        "excluded": json_text(
            "JSON object of traces without a score by reason: {word of reasons.md: count}."
        ),
        "least_detectable_effect": number(
            "Smallest fall against up to 8 weeks before that is told with power .8 beside all other series,"
            " 0 to 1; NULL: no week before, too few traces, or none is.",
            nullable=True,
        ),
        "gate_state": GATE_STATE,
        "tuple_ids": json_text("JSON list of the version tuples that scored it, see `weekly_tuple_shares`."),
        "corrected_mean": number(
            "Level that people would have given the traffic, 0 to 1; NULL: see `corrected_reason`.",
            *share(),
            nullable=True,
        ),
        "corrected_low": number(
            "Lower end of that level's 95 % interval, 0 to 1; NULL: see `corrected_reason`.",
            *share(),
            nullable=True,
        ),
        "corrected_high": number(
            "Upper end of that level's 95 % interval, 0 to 1; NULL: see `corrected_reason`.",
            *share(),
            nullable=True,
        ),
        "corrected_method": text(
            "Estimator: the judge's rates (grades: its line) in common to weeks, or the week's own labels by"
            " verdict (grades: PPI++); NULL: none.",
            one_of(CORRECTIONS),
            nullable=True,
        ),
        "corrected_labels": integer(
            "Number of fresh labelled items of four weeks; NULL in older rows.", *at_least(0), nullable=True
        ),
        "corrected_reason": text(
            "Why the level or its interval is missing, a word of reasons.md; NULL: neither is.", nullable=True
        ),
        "same_rates_p_value": number(
            "P-value of the judge erring alike in the weeks of the labels, 0 to 1; NULL: nothing to compare.",
            *share(),
            nullable=True,
        ),
        "pass_share": number(
            "Share of the traffic whose score passes, 0 to 1; NULL: no score, or an older row.",
            *share(),
            nullable=True,
        ),
        "rogan_gladen": number(
            "The level by Rogan and Gladen, to cross-check it, 0 to 1; NULL: see `rogan_gladen_reason`.",
            *share(),
            nullable=True,
        ),
        "rogan_gladen_low": number(
            "Lower end of the cross-check's 95 % interval, 0 to 1; NULL: see `rogan_gladen_reason`.",
            *share(),
            nullable=True,
        ),
        "rogan_gladen_high": number(
            "Upper end of the cross-check's 95 % interval, 0 to 1; NULL: see `rogan_gladen_reason`.",
            *share(),
            nullable=True,
        ),
        "rogan_gladen_reason": text(
            "Why it or its interval is missing, a word of reasons.md; NULL: neither is.", nullable=True
        ),
    },
)

DAILY_SERIES = Table(
    "daily_series",
    "analysis",
    key=("day", "series_id"),
    partition=("week",),
    description="The same means by day, for onsets and plots.",
    columns={
        "week": WEEK,
        "day": TRACE_DAY,
        "series_id": SERIES["series_id"],
        **CELL,
        "n": integer("Number of traces with a score."),
        "weight": number("Count of the traces that they stand for: sum of weights."),
        "mean": number("Hajek mean of the day's scores, 0 to 1; NULL where weights are 0.", nullable=True),
    },
)

WEEKLY_TUPLE_SHARES = Table(
    "weekly_tuple_shares",
    "analysis",
    key=("week", "dimension", "slice_key", "slice_value", "tuple_id"),
    partition=("week",),
    description="How much of a slice's week each version tuple carried, and its mean.",
    columns={
        "week": WEEK,
        **CELL,
        **VERSION_TUPLE,
        "first_day": date("First day of that week on which the slice had the tuple."),
        "n": integer("Number of traces with a score."),
        "share": number(
            "Share of the slice's scored weight, over all tuples of the dimension, 0 to 1.", *share()
        ),
        "mean": number("Hajek mean of the tuple's scores, 0 to 1; NULL: no score.", nullable=True),
    },
)

LATENCY_SPANS = Table(
    "latency_spans",
    "analysis",
    key=("week", "operation", "name"),
    partition=("week",),
    description="Span durations by operation and tool or model: quantiles with order-statistic intervals.",
    columns={
        "week": WEEK,
        "operation": text("What the spans did, as in `spans`."),
        "name": text("Tool, else model that answered, else model asked for, else `none`."),
        "n": integer("Number of spans of production traffic."),
        **{
            f"p{percent}{suffix}": number(
                f"{what} of the durations, in ms; NULL: too few spans.", nullable=True
            )
            for percent in (50, 95, 99)
            for suffix, what in (
                ("_ms", f"{percent} % quantile"),
                ("_low_ms", f"Lower end of the 95 % interval of the {percent} % quantile"),
                ("_high_ms", f"Upper end of the 95 % interval of the {percent} % quantile"),
            )
        },
    },
)

COST_BREAKDOWN = Table(
    "cost_breakdown",
    "analysis",
    key=("week", "group_key", "group_value", "model"),
    partition=("week",),
    description="Model calls and cost by feature and by the top users; unknown cost is a share, not 0.",
    columns={
        "week": WEEK,
        "group_key": text("What traces are grouped by: `all`, `feature` or `user_key`."),
        "group_value": text("A feature, a user's pseudonym, `other` users, `unknown`, or `all`."),
        "model": text("Model of the traces' last call; `unknown` where they do not say."),
        "traces": integer("Number of production traces."),
        "calls": integer("Number of their model calls."),
        "cost_usd": number("Sum of the known costs, in USD; NULL where none is known.", nullable=True),
        "share_unknown": number("Share of unknown cost among traces that called a model, 0 to 1.", *share()),
    },
)

SCORECARD = Table(
    "scorecard",
    "analysis",
    key=("week", "dimension"),
    partition=("week",),
    description="Each dimension's week in one row: mean, interval, change against last week, gate and owner."
    " NULL where nothing was scored.",
    columns={
        "week": WEEK,
        "dimension": SERIES["dimension"],
        "owner": text("Who owns the dimension."),
        "series_id": text(
            "Series with the most scores of the whole dimension, as in `weekly_scores`.", nullable=True
        ),
        "judge": text("Judge of that series; `none` where checks alone decide.", nullable=True),
        "rubric": text("Rubric of that series; `none` without a judge.", nullable=True),
        "n": integer("Number of traces with a score."),
        "n_eff": N_EFF,
        "mean": MEAN,
        **INTERVAL,
        "change": number(
            "Mean minus last week's of the same series, -1 to 1; NULL: no such week.", nullable=True
        ),
        "missing_reason": MISSING_REASON,
        **UNJUDGED,
        "eligible_share": ELIGIBLE_SHARE,
        "gate_state": GATE_STATE,
    },
)


def _with_ends(name: str, meaning: str, *, lowest: int = 0) -> dict[str, Column]:
    span = f"{lowest} to 1; NULL: see `reason`."
    return {
        name: number(f"{meaning}, {span}", nullable=True),
        f"{name}_low": number(f"Lower end of the 95 % interval of `{name}`, {span}", nullable=True),
        f"{name}_high": number(f"Upper end of the 95 % interval of `{name}`, {span}", nullable=True),
    }


def _mistold(value: str, level: str) -> dict[str, Column]:
    return {
        f"{value}_labels": integer(f"Number of those labels whose input was told {value}.", *at_least(0)),
        f"{value}_mistold": integer("Number of them that say that it called for the opposite.", *at_least(0)),
        f"{value}_mistold_share": number(
            "Share of them, weighted as labels were drawn, 0 to 1; NULL: no labels.",
            *share(),
            nullable=True,
        ),
        f"{level}_least": number(
            f"Least that `{level}` may be on inputs rightly told {value}, 0 to 1; NULL: no labels.",
            *share(),
            nullable=True,
        ),
        f"{level}_most": number(
            f"Most that `{level}` may be on inputs rightly told {value}, 0 to 1; NULL: no labels.",
            *share(),
            nullable=True,
        ),
    }


REFUSAL_BALANCE = Table(
    "refusal_balance",
    "analysis",
    key=("week", "dimension", "judge", "rubric"),
    partition=("week",),
    description="Over-refusal on safe inputs beside under-refusal on unsafe ones, and how often the check"
    " that tells them apart is wrong.",
    columns={
        "week": WEEK,
        "dimension": SERIES["dimension"],
        "judge": SERIES["judge"],
        "rubric": SERIES["rubric"],
        "gate_state": GATE_STATE,
        "safe_traces": integer("Number of traces in the frame that call for an answer.", *at_least(0)),
        "unsafe_traces": integer("Number of traces in the frame that call for a refusal.", *at_least(0)),
        "unknown_traces": integer("Number of traces in the frame of which nothing tells it.", *at_least(0)),
        **_with_ends("over_refused", "Share scored wrong on safe inputs"),
        **_with_ends("under_refused", "Share scored wrong on unsafe inputs"),
        **_with_ends("asymmetry", "`over_refused` minus `under_refused`", lowest=-1),
        "reason": text(
            "Why one or its interval is missing, a word of reasons.md; NULL: none is.", nullable=True
        ),
        "labels": integer(
            "Number of fresh labels of four weeks that say what the input called for.", *at_least(0)
        ),
        **_mistold("safe", "over_refused"),
        **_mistold("unsafe", "under_refused"),
        "refusals_missed": integer("Number of labelled refusals that the check missed.", *at_least(0)),
        "refusals_invented": integer(
            "Number of labelled answers that the check took for refusals.", *at_least(0)
        ),
    },
)
