"""Tables of weekly estimates, of what moved and of what was said about it."""

from behavior_pipeline.tables.contract import (
    Table,
    at_least,
    boolean,
    date,
    instant,
    integer,
    json_text,
    number,
    one_of,
    share,
    text,
)
from behavior_pipeline.words import AlertState, FindingKind, GateState, Verdict

CORRECTIONS = ["post_stratified", "ppi"]

WEEKLY_SCORES = Table(
    "weekly_scores",
    "analysis",
    key=("week", "series_id"),
    partition=("week",),
    description="Hajek mean of each series with its error, effective size, frame and corrected level.",
    columns={
        "week": date(),
        "series_id": text(),
        "dimension": text(),
        "slice_key": text(),
        "slice_value": text(),
        "judge": text(),
        "rubric": text(),
        "n": integer(),
        "n_eff": number(nullable=True),
        "n_kish": number(nullable=True),
        "mean": number(*share(), nullable=True),
        "se": number(nullable=True),
        "low": number(nullable=True),
        "high": number(nullable=True),
        "missing_reason": text(nullable=True),
        "eligible_share": number(*share(), nullable=True),
        "excluded": json_text(),
        "least_detectable_effect": number(nullable=True),
        "gate_state": text(one_of(GateState)),
        "tuple_ids": json_text(),
        "corrected_mean": number(*share(), nullable=True),
        "corrected_low": number(*share(), nullable=True),
        "corrected_high": number(*share(), nullable=True),
        "corrected_method": text(one_of(CORRECTIONS), nullable=True),
        "corrected_labels": integer(*at_least(0), nullable=True),
        "corrected_reason": text(nullable=True),
        "rogan_gladen": number(*share(), nullable=True),
        "rogan_gladen_low": number(*share(), nullable=True),
        "rogan_gladen_high": number(*share(), nullable=True),
        "rogan_gladen_reason": text(nullable=True),
    },
)

DAILY_SERIES = Table(
    "daily_series",
    "analysis",
    key=("day", "series_id"),
    partition=("week",),
    description="The same means by day, for onsets and plots.",
    columns={
        "week": date(),
        "day": date(),
        "series_id": text(),
        "dimension": text(),
        "slice_key": text(),
        "slice_value": text(),
        "n": integer(),
        "weight": number(),
        "mean": number(nullable=True),
    },
)

WEEKLY_TUPLE_SHARES = Table(
    "weekly_tuple_shares",
    "analysis",
    key=("week", "dimension", "slice_key", "slice_value", "tuple_id"),
    partition=("week",),
    description="How much of a slice's week each version tuple carried, and its mean.",
    columns={
        "week": date(),
        "dimension": text(),
        "slice_key": text(),
        "slice_value": text(),
        "tuple_id": text(),
        "model": text(),
        "prompt": text(),
        "judge": text(),
        "dataset": text(),
        "rubric": text(),
        "first_day": date(),
        "n": integer(),
        "share": number(*share()),
        "mean": number(nullable=True),
    },
)

LATENCY_SPANS = Table(
    "latency_spans",
    "analysis",
    key=("week", "operation", "name"),
    partition=("week",),
    description="Span durations by operation and tool or model: quantiles with order-statistic intervals.",
    columns={
        "week": date(),
        "operation": text(),
        "name": text(),
        "n": integer(),
        **{
            f"{quantile}{suffix}": number(nullable=True)
            for quantile in ("p50", "p95", "p99")
            for suffix in ("_ms", "_low_ms", "_high_ms")
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
        "week": date(),
        "group_key": text(),
        "group_value": text(),
        "model": text(),
        "traces": integer(),
        "calls": integer(),
        "cost_usd": number(nullable=True),
        "share_unknown": number(*share()),
    },
)

SCORECARD = Table(
    "scorecard",
    "analysis",
    key=("week", "dimension"),
    partition=("week",),
    description="Each dimension's week in one row: mean, interval, change against last week, gate and owner.",
    columns={
        "week": date(),
        "dimension": text(),
        "owner": text(),
        "series_id": text(nullable=True),
        "judge": text(nullable=True),
        "rubric": text(nullable=True),
        "n": integer(),
        "n_eff": number(nullable=True),
        "mean": number(*share(), nullable=True),
        "low": number(nullable=True),
        "high": number(nullable=True),
        "change": number(nullable=True),
        "missing_reason": text(nullable=True),
        "eligible_share": number(*share(), nullable=True),
        "gate_state": text(one_of(GateState)),
    },
)

DRIFT_FINDINGS = Table(
    "drift_findings",
    "analysis",
    key=("week", "detector", "kind", "series_id"),
    partition=("week",),
    description="What a detector said of a series that week, alarm or not, with the reason.",
    columns={
        "week": date(),
        "detector": text(),
        "kind": text(one_of(FindingKind)),
        "series_id": text(),
        "dimension": text(),
        "slice_key": text(),
        "slice_value": text(),
        "judge": text(),
        "rubric": text(),
        "baseline": number(nullable=True),
        "current": number(nullable=True),
        "effect": number(nullable=True),
        "statistic": number(nullable=True),
        "p_value": number(nullable=True),
        "q_value": number(nullable=True),
        "onset": date(nullable=True),
        "alarm": boolean(),
        "reason": text(),
    },
)

DRIFT_ALERTS = Table(
    "drift_alerts",
    "analysis",
    key=("week", "alert_id"),
    partition=("week",),
    description="The state of each alert after the week; later weeks never change it.",
    columns={
        "week": date(),
        "alert_id": text(),
        "kind": text(one_of(FindingKind)),
        "dimension": text(),
        "slice_key": text(),
        "slice_value": text(),
        "opened": date(),
        "onset": date(nullable=True),
        "severity": text(one_of(["page", "warn", "info"])),
        "sentence": text(),
        "verdict": text(one_of(Verdict)),
        "suspects": json_text(),
        "tuple_before": json_text(nullable=True),
        "tuple_after": json_text(nullable=True),
        "owner": text(),
        "route": text(),
        "state": text(one_of(AlertState)),
        "suppressed_reason": text(nullable=True),
        "evidence": json_text(),
    },
)

ANALYSIS_RUNS = Table(
    "analysis_runs",
    "analysis",
    key=("run_id", "asset", "partition"),
    partition=(),
    description="What each run read and wrote.",
    columns={
        "run_id": text(),
        "asset": text(),
        "partition": text(),
        "tuple_ids": json_text(),
        "package_version": text(),
        "git_revision": text(nullable=True),
        "snapshots_read": json_text(),
        "snapshot_written": integer(nullable=True),
        "started_at": instant(),
        "finished_at": instant(),
        "rows": integer(),
    },
)

EVENTS = Table(
    "events",
    "analysis",
    key=("at", "kind", "name"),
    partition=(),
    description="Deploys, outages and whatever else a team tells: suspects and plot marks.",
    columns={"at": instant(), "kind": text(), "name": text(), "detail": text(nullable=True)},
)
