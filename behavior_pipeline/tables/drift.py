"""Tables of what moved and of what was said about it, of runs and of events."""

from behavior_pipeline.tables.columns import CELL, SERIES, WEEK
from behavior_pipeline.tables.contract import (
    Table,
    boolean,
    date,
    instant,
    integer,
    json_text,
    number,
    one_of,
    text,
)
from behavior_pipeline.words import AlertState, FindingKind, Verdict

DRIFT_FINDINGS = Table(
    "drift_findings",
    "analysis",
    key=("week", "detector", "kind", "series_id"),
    partition=("week",),
    description="What a detector said of a series that week, alarm or not, with the reason. Levels are means"
    " of a score, or a judge's agreement with people where kind is `calibration`.",
    columns={
        "week": WEEK,
        "detector": text("Module of the detector, as `two_sigma`."),
        "kind": text("What it looks at: a dimension's score, a slice's, or its judge.", one_of(FindingKind)),
        **SERIES,
        "baseline": number("Level before, -1 to 1; NULL: none, or not compared with one.", nullable=True),
        "current": number("Level of the week, -1 to 1; NULL: not measured.", nullable=True),
        "effect": number("Change of the level, -2 to 2; NULL: not compared.", nullable=True),
        "statistic": number(
            "What the detector goes by: standard deviations, a probability or a change; NULL: none.",
            nullable=True,
        ),
        "p_value": number("p-value of its test, 0 to 1; NULL: it has none.", nullable=True),
        "q_value": number("p-value adjusted for several tests, 0 to 1; NULL: it has none.", nullable=True),
        "onset": date("First day of the new level; NULL without an alarm, or not found.", nullable=True),
        "alarm": boolean("Whether the detector alarms."),
        "reason": text("What it says of the series, a word of reasons.md."),
    },
)

DRIFT_ALERTS = Table(
    "drift_alerts",
    "analysis",
    key=("week", "alert_id"),
    partition=("week",),
    description="The state of each alert after the week; later weeks never change it.",
    columns={
        "week": WEEK,
        "alert_id": text("Digest of what, where and since when, 12 hex digits: stays with the alert."),
        "kind": text("What moved: a dimension's score, a slice's, or its judge.", one_of(FindingKind)),
        **CELL,
        "opened": date("Monday after the week that opened it: the day on which it is told."),
        "onset": date("First day of the new level; NULL where the days do not show it.", nullable=True),
        "severity": text("How loud, as the dimension declares.", one_of(["page", "warn", "info"])),
        "sentence": text("What people are told."),
        "verdict": text("Because of what it moved, as far as is known.", one_of(Verdict)),
        "suspects": json_text(
            "JSON list, the best first: {component, before, after, first_day, mean_before, mean_after, share,"
            " explained}."
        ),
        "tuple_before": json_text(
            "JSON of the usual tuple before: {tuple_id, model, prompt, judge, dataset, rubric}; NULL: none.",
            nullable=True,
        ),
        "tuple_after": json_text("JSON of the new tuple, in the same shape; NULL: none.", nullable=True),
        "owner": text("Who owns the dimension."),
        "route": text("Route by which it is told, of pipeline.toml."),
        "state": text("What is true of the alert after the week.", one_of(AlertState)),
        "suppressed_reason": text(
            "Why it is held back, a word of reasons.md; NULL if it is not.", nullable=True
        ),
        "evidence": json_text(
            "JSON object of what it rests on: {week, baseline, current, opening, folded, announced, ...}."
        ),
    },
)

ANALYSIS_RUNS = Table(
    "analysis_runs",
    "analysis",
    key=("run_id", "asset", "partition"),
    partition=(),
    description="What each run read and wrote.",
    columns={
        "run_id": text("Id of the run in Dagster."),
        "asset": text("Asset that was materialised."),
        "partition": text("Its partition: a day, or the Monday of a week, as YYYY-MM-DD."),
        "tuple_ids": json_text("JSON list of the version tuples of its scores; empty for other assets."),
        "package_version": text("Version of this package."),
        "git_revision": text("Revision of the checkout, 12 hex digits; NULL outside of one.", nullable=True),
        "snapshots_read": json_text("JSON list of the lake's snapshot when the asset began: [id]."),
        "snapshot_written": integer(
            "Number of the lake's snapshot that holds the rows; NULL: none.", nullable=True
        ),
        "started_at": instant("When the asset began in that run (UTC)."),
        "finished_at": instant("When the partition was written (UTC)."),
        "rows": integer("Number of rows written to the asset's main table."),
    },
)

EVENTS = Table(
    "events",
    "analysis",
    key=("at", "kind", "name"),
    partition=(),
    description="Deploys, outages and whatever else a team tells: suspects and plot marks.",
    columns={
        "at": instant("When it happened (UTC)."),
        "kind": text("What sort of event, as `deploy`."),
        "name": text("What it was, as the name of a release."),
        "detail": text("More about it; NULL: nothing.", nullable=True),
    },
)
