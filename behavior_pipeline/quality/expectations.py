"""What is expected of a week of the lake, one entry an expectation, with a name for people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.quality.frames import RELATIONS
from behavior_pipeline.reasons import Reason
from behavior_pipeline.spans.dialect import dialects
from behavior_pipeline.tables.traces import OPERATIONS, STATUSES
from behavior_pipeline.words import TRACE_ROLES

# Beyond these a number is a unit mistaken, not a long or costly request.
LONGEST_S = 7 * 86_400
MOST_TOKENS = 10_000_000
MOST_USD = 100_000
MOSTLY = 0.99
BETWEEN, IN_SET = "ExpectColumnValuesToBeBetween", "ExpectColumnValuesToBeInSet"
A_ABOVE_B, PAIR_IN_SET = "ExpectColumnPairValuesAToBeGreaterThanB", "ExpectColumnPairValuesToBeInSet"
NOT_NULL, IS_NULL = "ExpectColumnValuesToNotBeNull", "ExpectColumnValuesToBeNull"
UNIQUE, UNIQUE_TOGETHER = "ExpectColumnValuesToBeUnique", "ExpectCompoundColumnsToBeUnique"
KEYS = {
    "days": ["day"], "shares": ["name"], "spans": ["trace_id", "span_id"], "traces": ["trace_id"],
    "scores": ["dimension", "trace_id"], "references": [],
}  # fmt: skip


@dataclass(frozen=True)
class Expected:
    """An expectation of a frame; `name` is what people read, `type` a class of Great Expectations."""

    name: str
    kind: str
    frame: str
    type: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """Return the columns that the expectation is about."""
        one = [self.arguments[key] for key in ("column", "column_A", "column_B") if key in self.arguments]
        return [*one, *self.arguments.get("column_list", [])]


def expectations(specs: Mapping[str, DimensionSpec]) -> list[Expected]:
    """Return all expectations, in the order in which they are told."""
    return [*_of_days(), *_of_shares(), *_of_spans(), *_of_traces(), *_of_scores(specs), *_of_references()]


def _of_days() -> Iterable[Expected]:
    for count in ("spans", "traces"):
        yield _above(
            f"a day's {count} are not far below its weekday's", "volume", "days", count, f"{count}_at_least"
        )
    yield _column("a day has dump files", "freshness", "days", BETWEEN, "files", min_value=1)
    yield _column("a day has a newest span", "freshness", "days", NOT_NULL, "newest_age_days")
    age = "a day's newest span is as new as usual (no stale day)"
    yield _above(age, "freshness", "days", "oldest_age_days", "newest_age_days")
    yield _column("a day stands once", "uniqueness", "days", UNIQUE, "day")


def _of_shares() -> Iterable[Expected]:
    low = "no share or median is far below the weeks before"
    yield _above(low, "distribution", "shares", "value", "at_least")
    yield _above(
        "no share or median is far above the weeks before", "distribution", "shares", "at_most", "value"
    )


def _of_spans() -> Iterable[Expected]:
    kinds = {"operation": OPERATIONS, "status": STATUSES, "role": TRACE_ROLES, "dialect": list(dialects())}
    for column, words in kinds.items():
        yield _column(f"{column} is a known word", "distribution", "spans", IN_SET, column, value_set=words)
    span = {"min_value": 0, "max_value": LONGEST_S, "mostly": MOSTLY}
    yield _column("spans last between 0 s and a week", "distribution", "spans", BETWEEN, "duration_s", **span)
    for name in ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens"):
        tokens = {"min_value": 0, "max_value": MOST_TOKENS}
        yield _column(f"{name} of a span are a count", "distribution", "spans", BETWEEN, name, **tokens)
    weight = {"min_value": 1}
    yield _column("spans weigh 1 or more", "distribution", "spans", BETWEEN, "sampling_weight", **weight)
    yield _together("a span stands once a day", "spans", ["day", "trace_id", "span_id"])


def _of_traces() -> Iterable[Expected]:
    span = {"min_value": 0, "max_value": LONGEST_S}
    yield _column(
        "traces last between 0 s and a week", "distribution", "traces", BETWEEN, "duration_s", **span
    )
    cost = {"min_value": 0, "max_value": MOST_USD}
    yield _column("cost is an amount", "distribution", "traces", BETWEEN, "cost_usd", **cost)
    given = {"value_set": [True]}
    yield _column(
        "cost is known or has a reason", "distribution", "traces", IN_SET, "cost_or_reason", **given
    )
    calls = "no more calls failed than there were"
    yield _above(calls, "distribution", "traces", "n_model_calls", "n_failed_calls")
    words = {"value_set": list(dialects())}
    yield _column("a trace's dialect is a known word", "distribution", "traces", IN_SET, "dialect", **words)
    once = {"min_value": 1, "max_value": 1}
    yield _column("a trace is built on one day", "uniqueness", "traces", BETWEEN, "days_built", **once)
    yield _column("a trace stands once", "uniqueness", "traces", UNIQUE, "trace_id")


def _of_scores(specs: Mapping[str, DimensionSpec]) -> Iterable[Expected]:
    share = {"min_value": 0, "max_value": 1}
    yield _column("a score lies between 0 and 1", "distribution", "scores", BETWEEN, "score", **share)
    given = {"value_set": [True]}
    yield _column(
        "a score is known or has a reason", "distribution", "scores", IN_SET, "score_or_reason", **given
    )
    words = {"value_set": [str(reason) for reason in Reason]}
    yield _column("a reason is a known word", "distribution", "scores", IN_SET, "missing_reason", **words)
    weight = {"min_value": 0, "strict_min": True}
    yield _column("scores weigh more than 0", "distribution", "scores", BETWEEN, "weight", **weight)
    pairs = [(name, label) for name, spec in specs.items() for label in spec.scale.labels]
    labels = {
        "column_A": "dimension", "column_B": "judge_label", "value_pairs_set": pairs,
        "ignore_row_if": "either_value_is_missing",
    }  # fmt: skip
    yield Expected("a judge's label is of its scale", "distribution", "scores", PAIR_IN_SET, labels)
    yield _together("a trace has one score a dimension", "scores", ["day", "trace_id", "dimension"])


def _of_references() -> Iterable[Expected]:
    for relation in RELATIONS:
        name = f"no {relation.replace('_', ' ')}"
        yield Expected(name, "integrity", "references", IS_NULL, {"column": relation})


def _column(name: str, kind: str, frame: str, type_: str, column: str, **arguments: Any) -> Expected:
    return Expected(name, kind, frame, type_, {"column": column, **arguments})


def _above(name: str, kind: str, frame: str, larger: str, smaller: str) -> Expected:
    columns = {"column_A": larger, "column_B": smaller, "or_equal": True}
    return Expected(name, kind, frame, A_ABOVE_B, {**columns, "ignore_row_if": "either_value_is_missing"})


def _together(name: str, frame: str, columns: list[str]) -> Expected:
    return Expected(name, "uniqueness", frame, UNIQUE_TOGETHER, {"column_list": columns})
