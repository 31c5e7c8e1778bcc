"""Table of what the quality suite said of a week of the lake."""

from behavior_pipeline.tables.contract import Table, at_least, boolean, date, integer, json_text, one_of, text

CHECKED = ["volume", "freshness", "distribution", "integrity", "uniqueness"]

QUALITY_RESULTS = Table(
    "quality_results",
    "analysis",
    key=("week", "name"),
    partition=("week",),
    description="What each expectation of the quality suite found in a week of the lake.",
    columns={
        "week": date(),
        "name": text(),
        "kind": text(one_of(CHECKED)),
        "expectation": text(),
        "frame": text(),
        "columns": json_text(),
        "passed": boolean(),
        "rows_checked": integer(*at_least(0)),
        "unexpected": integer(*at_least(0)),
        "examples": json_text(),
    },
)
