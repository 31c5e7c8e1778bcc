"""Table of what the quality suite said of a week of the lake."""

from behavior_pipeline.tables.columns import WEEK
from behavior_pipeline.tables.contract import Table, at_least, boolean, integer, json_text, one_of, text

CHECKED = ["volume", "freshness", "distribution", "integrity", "uniqueness"]

QUALITY_RESULTS = Table(
    "quality_results",
    "analysis",
    key=("week", "name"),
    partition=("week",),
    description="What each expectation of the quality suite found in a week of the lake.",
    columns={
        "week": WEEK,
        "name": text("What is expected, in words."),
        "kind": text("What sort of fault it looks for.", one_of(CHECKED)),
        "expectation": text("Class of Great Expectations that computes it."),
        "frame": text("Frame that it looks at: `days`, `shares`, `spans`, `traces`, `scores`, `references`."),
        "columns": json_text("JSON list of the frame's columns that it is about."),
        "passed": boolean("Whether it holds."),
        "rows_checked": integer("Number of rows looked at; 0 if it could not be computed.", *at_least(0)),
        "unexpected": integer("Number of them that are not as expected.", *at_least(0)),
        "examples": json_text(
            "JSON list of up to five of those, by key where the frame has one, else by value."
        ),
    },
)
