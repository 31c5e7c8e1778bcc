"""Tables of what moved and of what was said about it, of runs and of events."""

from behavior_pipeline.tables.columns import CELL, SERIES, WEEK
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
    text,
)
from behavior_pipeline.words import AlertState, Family, FindingKind, Verdict

DECISION_KEY = ("week", "detector", "kind", "series_id", "metric")
DETECTOR = text("Module of the detector, as `two_sigma`.")
KIND = text(
    "What it looks at: a dimension's score, a slice's, its judge, its traffic, ...", one_of(FindingKind)
)
OLDER = "NULL in older rows."

DRIFT_FINDINGS = Table(
    "drift_findings",
    "analysis",
    key=DECISION_KEY,
    partition=("week",),
    description="What a detector measured of a series that week, with error and reason; whether it is an"
    " alarm stands in `drift_decisions`. Levels and effects are in the metric's unit.",
    columns={
        "week": WEEK,
        "detector": DETECTOR,
        "kind": KIND,
        **SERIES,
        "family": text(f"Whose budget of false alarms it uses; {OLDER}", one_of(Family), nullable=True),
        "metric": text(f"What is compared, as `mean`, `p95` or `agreement`; {OLDER}", nullable=True),
        "unit": text(f"Unit of the levels, as `score`, `seconds` or `usd`; {OLDER}", nullable=True),
        "worse": integer(
            f"Which way is bad, from -1 to 1: -1 a fall, 0 either, 1 a rise; {OLDER}",
            *at_least(-1),
            nullable=True,
        ),
        "window": integer(f"Number of weeks that the level of now is of; {OLDER}", nullable=True),
        "baseline": number("Level before, in `unit`; NULL: none, or not compared with one.", nullable=True),
        "baseline_low": number("Lower end of its 95 % interval, in `unit`; NULL: not known.", nullable=True),
        "baseline_high": number("Upper end of its 95 % interval, in `unit`; NULL: not known.", nullable=True),
        "baseline_periods": json_text("JSON list of the periods that it is of; NULL: none.", nullable=True),
        "current": number("Level of the week, in `unit`; NULL: not measured.", nullable=True),
        "effect": number(
            "Change of the level, in `unit`, of seconds and USD its logarithm; NULL: not compared.",
            nullable=True,
        ),
        "effect_se": number("Standard error of the change, in `unit`; NULL: not known.", nullable=True),
        "contrast": text(
            "What was tested: the series' `own` change, the `complement` beside it or their `difference`;"
            " NULL: does not apply.",
            one_of(["own", "complement", "difference"]),
            nullable=True,
        ),
        "rest_effect": number("Change of all other traffic, in `unit`; NULL: not known.", nullable=True),
        "statistic": number(
            "What the detector goes by: standard deviations, a probability or a change; NULL: none.",
            nullable=True,
        ),
        "df": number("Number of degrees of freedom of the statistic; NULL: none.", nullable=True),
        "p_value": number(
            "One-sided p-value for the worse, 0 to 1 (two-sided where either way is); NULL: it has none.",
            nullable=True,
        ),
        "log_e": number("Natural logarithm of its e-value, of any range; NULL: it has none.", nullable=True),
        "n_eff": number(
            "Number of traces of a simple sample behind the level of now; NULL: not known.", nullable=True
        ),
        "least_detectable_effect": number(
            "Smallest change for the worse that is told with power .8, in `unit`; NULL: not known.",
            nullable=True,
        ),
        "band_low": number("Lowest quiet level, in `unit`; NULL: no end, or no band.", nullable=True),
        "band_high": number("Highest quiet level, in `unit`; NULL: no end, or no band.", nullable=True),
        "onset": date("First day of the new level; NULL: nothing moved, or not known.", nullable=True),
        "onset_low": date("First day of the 90 % interval of the onset; NULL: not known.", nullable=True),
        "onset_high": date("Last day of the 90 % interval of the onset; NULL: not known.", nullable=True),
        "moved": text("Who moved, where it can tell: `judge` or `people`; NULL: it cannot.", nullable=True),
        "reason": text("What it says of the series, a word of reasons.md."),
    },
    retired=("q_value", "alarm"),
)

DRIFT_DECISIONS = Table(
    "drift_decisions",
    "analysis",
    key=DECISION_KEY,
    partition=("week",),
    description="What was decided on each finding of a week, and why: one budget of false alarms over all"
    " series, an effect floor, and one alarm for one cause.",
    columns={
        "week": WEEK,
        "detector": DETECTOR,
        "kind": KIND,
        "series_id": SERIES["series_id"],
        "metric": text("What was compared, as in `drift_findings`."),
        **CELL,
        "family": text("Whose budget of false alarms it used.", one_of(Family)),
        "p_value": number("The finding's p-value, 0 to 1; NULL: it has none.", nullable=True),
        "q_value": number(
            "p-value adjusted within the family (Benjamini and Hochberg), 0 to 1; NULL: no p-value.",
            nullable=True,
        ),
        "threshold": number(
            "Largest p-value that would have alarmed beside its family's others, 0 to 1; NULL: no test.",
            nullable=True,
        ),
        "alarm": boolean("Whether it is an alarm."),
        "below_floor": boolean("Whether the change is smaller than the effect floor."),
        "localised_to": json_text(
            "JSON object {slice key: value} of the alarm that explains it, of an alarm what holds all of it;"
            " NULL: none.",
            nullable=True,
        ),
        "reason": text("Why it alarms or not, a word of reasons.md."),
    },
)

DRIFT_STATE = Table(
    "drift_state",
    "analysis",
    key=("week", "detector", "series_id"),
    partition=("week",),
    description="What a detector carries on from week to week.",
    columns={
        "week": WEEK,
        "detector": DETECTOR,
        "series_id": SERIES["series_id"],
        "state": json_text("JSON of pinned baseline, moving average or e-process, as its detector says."),
    },
)

FAST_DAY = date("Day by the end of which it was looked at.")
DRIFT_FINDINGS_DAILY = Table(
    "drift_findings_daily",
    "analysis",
    key=("day", *DECISION_KEY[1:]),
    partition=("day",),
    description="What a daily detector measured of a series by the end of a day; `week` is that of the day.",
    columns={"day": FAST_DAY, **DRIFT_FINDINGS.columns},
)

DRIFT_DECISIONS_DAILY = Table(
    "drift_decisions_daily",
    "analysis",
    key=("day", *DECISION_KEY[1:]),
    partition=("day",),
    description="What was decided on each daily finding. The fast path promises a run length: a false alarm"
    " in 1,000 quiet days over all series on average.",
    columns={"day": FAST_DAY, **DRIFT_DECISIONS.columns},
)

DRIFT_STATE_DAILY = Table(
    "drift_state_daily",
    "analysis",
    key=("day", "detector", "series_id"),
    partition=("day",),
    description="What a daily detector carries on from day to day.",
    columns={"day": FAST_DAY, **DRIFT_STATE.columns},
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
        "verdict_evidence": json_text(
            "JSON object of the numbers that say so: {rule, change, anchors, mix, bounds, suspect, ...}; NULL"
            " of judges, and in older rows.",
            nullable=True,
        ),
        "suspects": json_text(
            "JSON list, the best first: {component, before, after, first_day, mean_before, mean_after, share,"
            " explained, estimate, se, p_value, controls}; the last four are a difference in differences."
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
