"""Checks the records of a label file by columns: good rows on one side, places and reasons on the other."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.dumps.ids import TRACE_DIGITS, hex_id, is_rounded
from behavior_pipeline.labels.records import FIELDS, Problem, Records
from behavior_pipeline.settings.model import Labels
from behavior_pipeline.words import FRESH, LABEL_ROLES, UNKNOWN

DEFAULTS = {"role": FRESH}
BROKEN_TEXT = re.compile("[\0\ud800-\udfff]")
CONTROL = re.compile("[\0-\x1f\x7f\x85\u2028\u2029]")
DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?", re.DOTALL)
NO_DATE = "labelled_at is no date (YYYY-MM-DD, or with a time in ISO 8601)"
ROUNDED = "is a number as a spreadsheet rounds it; format the column as text, and export again"
YES = frozenset({"yes", "true", "1", "x"})
Mask = npt.NDArray[np.bool_]
Column = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Checked:
    """Good rows, and the problems of those that were kept out.

    Rows have the columns of content.labels that a file can say, and `named`: what they say they correct.
    `asked` has dimension, role and dataset_version of every record, the bad ones included.
    """

    rows: pd.DataFrame
    asked: pd.DataFrame
    problems: list[Problem]


def checked(
    records: Records, *, rules: Labels, specs: Mapping[str, DimensionSpec], today: date | None = None
) -> Checked:
    """Return what of the records can be used as labels; without `today` no date lies in the future."""
    columns = {name: _stripped(name, records, rules) for name in FIELDS}
    refused = _Refused(len(records.places))
    for name in FIELDS:
        refused.where(_matches(columns[name], BROKEN_TEXT), f"{name} holds characters that are no text")
        if name != "text":
            refused.where(_matches(columns[name], CONTROL), f"{name} holds a control character")
    _check_labels(columns, refused, rules, specs)
    moments = _moments(columns["labelled_at"], refused, today)
    probability = _probabilities(columns["inclusion_probability"], refused)
    refused.where(columns["trace_id"] == "", "trace_id is empty")
    _check_ids(columns, refused)
    refused.where(columns["annotator"] == "", "annotator is empty")
    good = refused.good
    rows = _rows({name: column[good] for name, column in columns.items()}, rules, specs)
    given = [moment for moment, kept in zip(moments, good, strict=True) if kept and moment is not None]
    rows["labelled_at"] = pd.to_datetime([day for day, _ in given])
    rows["week"] = rows["labelled_at"] - pd.to_timedelta(rows["labelled_at"].dt.day_of_week, unit="D")
    rows["given_at"] = pd.to_datetime(pd.Series([at for _, at in given], dtype=object), utc=True)
    rows["inclusion_probability"] = probability[good]
    rows["place"] = np.array(records.places, dtype=object)[good]
    asked = pd.DataFrame({name: columns[name] for name in ("dimension", "role", "dataset_version")})
    return Checked(rows, asked, refused.problems(records.places))


class _Refused:
    """Why each row is kept out: the first thing that is wrong with it."""

    def __init__(self, count: int) -> None:
        self.why = np.full(count, None, dtype=object)

    @property
    def good(self) -> Mask:
        """Return which rows nothing is wrong with yet."""
        return np.array([why is None for why in self.why], dtype=bool)

    def where(self, mask: npt.ArrayLike, why: str) -> None:
        self.why[np.asarray(mask, dtype=bool) & self.good] = why

    def problems(self, places: list[str]) -> list[Problem]:
        bad = np.flatnonzero(~self.good)
        return [Problem(places[number], self.why[number]) for number in bad]


def _stripped(name: str, records: Records, rules: Labels) -> Column:
    """Return a column without outer spaces, in our words, absent values by their default."""
    words = rules.values.get(name, {})
    default = DEFAULTS.get(name, UNKNOWN if name == "annotator" and name not in records.named else "")
    values = [value.strip() or default for value in records.columns[name]]
    if words:
        absent = words.get("", None)  # an empty key stands for an absent value
        raw = [value.strip() for value in records.columns[name]]
        values = [
            words.get(value, value) if value else (old if absent is None else absent)
            for value, old in zip(raw, values, strict=True)
        ]
    if name == "text":
        values = [
            value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value for value in values
        ]
    return _objects(values)


def _objects(values: list[Any]) -> Column:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _matches(column: Column, pattern: re.Pattern[str]) -> Mask:
    if not pattern.search(" ".join(column)):  # one search where nothing is wrong
        return np.zeros(len(column), dtype=bool)
    return np.array([pattern.search(value) is not None for value in column], dtype=bool)


def _each(column: Column, function: Callable[[str], Any]) -> list[Any]:
    """Return a function of every value, asked once for each that differs."""
    known = {value: function(value) for value in set(column)}
    return [known[value] for value in column]


def _check_ids(columns: dict[str, Column], refused: _Refused) -> None:
    """Refuse ids that a spreadsheet rounded: their labels would wait for ever."""
    for name in ("trace_id", "item_id"):
        refused.where(_each(columns[name], is_rounded), f"{name} {ROUNDED}")


def _check_labels(
    columns: dict[str, Column], refused: _Refused, rules: Labels, specs: Mapping[str, DimensionSpec]
) -> None:
    """Refuse unknown dimensions, labels and roles; labels get the words of the scale."""
    known = np.array([value in specs for value in columns["dimension"]], dtype=bool)
    refused.where(~known, f"unknown dimension; there are {sorted(specs)}")
    for name in sorted(set(columns["dimension"][known])):
        of_dimension = columns["dimension"] == name
        scale, words = specs[name].scale, rules.labels.get(name, {})
        if words:
            columns["label"][of_dimension] = [
                words.get(value, value) for value in columns["label"][of_dimension]
            ]
        folded = _by_case(scale.labels)
        columns["label"][of_dimension] = [
            value if value in scale.labels else folded.get(value.casefold(), value)
            for value in columns["label"][of_dimension]
        ]
        refused.where(of_dimension & (columns["label"] == ""), "label is empty")
        outside = np.array(_each(columns["label"], lambda label: scale.score_of(label) is None), dtype=bool)  # noqa: B023
        meant = sorted(scale.labels) or "a number from 0 to 1"
        refused.where(of_dimension & outside, f"label is not one of {name}'s: {meant}")
    roles = np.array([value in LABEL_ROLES for value in columns["role"]], dtype=bool)
    refused.where(~roles, f"role is not one of {LABEL_ROLES}")


def _by_case(labels: Iterable[str]) -> dict[str, str]:
    """Return labels by themselves in small letters, where that tells them apart."""
    counts = Counter(label.casefold() for label in labels)
    return {label.casefold(): label for label in labels if counts[label.casefold()] == 1}


def _moments(
    column: Column, refused: _Refused, today: date | None
) -> list[tuple[date, datetime | None] | None]:
    moments: list[tuple[date, datetime | None] | None] = _each(column, moment)
    refused.where([day_and_time is None for day_and_time in moments], NO_DATE)
    last = today + timedelta(days=1) if today else date(2261, 12, 31)  # a day ahead: time zones
    late = [day_and_time is not None and day_and_time[0] > last for day_and_time in moments]
    refused.where(late, "labelled_at lies in the future")
    return moments


def moment(value: str) -> tuple[date, datetime | None] | None:
    """Return the day in UTC and, where a time other than midnight is said, the instant; else None."""
    if not DAY.fullmatch(value):
        return None
    try:
        read = datetime.fromisoformat(value)
        at = read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    if not 1970 <= at.year <= 2261:  # noqa: PLR2004 - what a nanosecond can be counted in
        return None
    return at.date(), at if at.time().isoformat() != "00:00:00" else None


def _probabilities(column: Column, refused: _Refused) -> npt.NDArray[np.float64]:
    def probability(value: str) -> float | None:
        try:
            return float(value) if value else np.nan
        except ValueError:
            return None

    parsed = _each(column, probability)
    refused.where([value is None for value in parsed], "inclusion_probability is no number")
    numbers = np.array([np.nan if value is None else value for value in parsed], dtype=float)
    outside = (numbers <= 0) | (numbers > 1) | ((column != "") & np.isnan(numbers))
    refused.where(outside, "inclusion_probability is not in (0, 1]")
    return numbers


def _trace_id(value: str) -> str:
    return hex_id(value, TRACE_DIGITS) or value.lower()


def _item_ids(columns: dict[str, Column], trace_ids: list[str]) -> list[str]:
    """Return the ids of items: a trace's by the rule of trace ids, so that two people label one item."""
    asked = zip(columns["item_id"], columns["trace_id"], trace_ids, strict=True)
    return [
        trace_id
        if not item or item.lower() == trace.lower()
        else hex_id(item, TRACE_DIGITS) or item
        for item, trace, trace_id in asked
    ]  # fmt: skip


def _rows(columns: dict[str, Column], rules: Labels, specs: Mapping[str, DimensionSpec]) -> pd.DataFrame:
    trace_ids = _each(columns["trace_id"], _trace_id)
    rubrics = [
        rules.rubrics.get(value, value) or specs[name].rubric_version
        for value, name in zip(columns["rubric_version"], columns["dimension"], strict=True)
    ]
    maybe = ("stratum", "text", "task", "annotation")
    missing = {name: _objects([value or None for value in columns[name]]) for name in maybe}
    return pd.DataFrame(
        {
            "dimension": columns["dimension"],
            "item_id": _objects(_item_ids(columns, trace_ids)),
            "trace_id": _objects(trace_ids),
            "annotator": columns["annotator"],
            "label": columns["label"],
            "rubric_version": _objects(rubrics),
            "dataset_version": columns["dataset_version"],
            "role": columns["role"],
            **missing,
            "named": columns["corrects"],
        },
        dtype=object,
    )
