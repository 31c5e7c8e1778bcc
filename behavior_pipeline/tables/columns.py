"""Columns that several tables have: days, slices, series, versions, items, and where a record stood."""

from behavior_pipeline.tables.contract import date, integer, number, one_of, share, text
from behavior_pipeline.words import LABEL_ROLES

# What one record can hold at most; more is taken for no value, since one such record would decide every sum.
MOST_TOKENS = 10**9  # of one call: a hundred times the longest context of any model
LONGEST_MS = 30 * 86_400_000.0  # the longest lateness window

DAY = date("Day of arrival: the one in the dump file's path, else the UTC day on which its trace began.")
TRACE_DAY = date("Day on which the trace was built: its root's arrival, or the end of the lateness window.")
WEEK = date("Monday of the week.")

TRACE_ID = text("Id of the trace: 32 hex digits.")
DIMENSION = text("Name of what is scored, as `faithfulness`.")
JUDGE = text("Who judged, `declared version@response model`; `none` where checks alone decide.")
RUBRIC = text("The judge's instructions, `declared version+digest`; `none` without a judge.")
DATASET = text("Name of the calibration set; `none` where there is none.")
JUDGE_BUILD = text(
    "The judge and the provider's fingerprint, `judge+fingerprint`; NULL where it gave none.", nullable=True
)

PLACE = {
    "file": text("Dump file, relative to its source's root."),
    "line": integer("Line of the decompressed file, from 1; without lines, the message or row."),
}

SLICE = {
    "slice_key": text("Attribute that makes the slice, as `customer.segment`; `all` for all traffic."),
    "slice_value": text("The attribute's value; `all` for all traffic."),
}

CELL = {
    "dimension": DIMENSION,
    "slice_key": SLICE["slice_key"],
    "slice_value": text("The attribute's value, `other` if it is not watched; `all` for all traffic."),
}

SERIES = {
    "series_id": text("Digest of dimension, slice, judge and rubric, 12 hex digits: the same over weeks."),
    **CELL,
    "judge": JUDGE,
    "rubric": RUBRIC,
}

VERSION_TUPLE = {
    "tuple_id": text("Digest of the five versions, 12 hex digits."),
    "model": text("Model that made the answers; `unknown` where traces do not say."),
    "prompt": text("Version of the prompt; `unknown` where traces do not say."),
    "judge": JUDGE,
    "dataset": DATASET,
    "rubric": RUBRIC,
}

INTERVAL = {
    "low": number("Lower end of the mean's 95 % interval, 0 to 1; NULL without an error.", nullable=True),
    "high": number("Upper end of the mean's 95 % interval, 0 to 1; NULL without an error.", nullable=True),
}

ITEM_ID = text("What is labelled: a part of the trace by name, else the trace's id.")
LABEL_ROLE = text(
    "Why it is labelled: anchor of a set, fresh random draw, doubtful item, or anchor once more.",
    one_of(LABEL_ROLES),
)
HOW_DRAWN = {
    "stratum": text("Group that the item was drawn from, as `judge_fail`; NULL: not told.", nullable=True),
    "inclusion_probability": number(
        "Probability with which the item came to be labelled, 0 to 1; NULL: not told.",
        *share(),
        nullable=True,
    ),
}
