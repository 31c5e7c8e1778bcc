"""Frames: who is in, and the first reason of those who are not."""

import json

import pandas as pd
import pytest

from behavior_pipeline.reasons import Reason
from behavior_pipeline.sampling.frames import failures, frame_counts, frame_of, inputs_of
from behavior_pipeline_tests.sampling.worlds import DAY, checked, spec, trace, traces


def reason_of(
    dimension: dict[str, object], failing: dict[str, set[str]] | None = None, **changes: object
) -> str:
    reasons = frame_of(
        spec("tone", requires=dimension), traces([trace(1, **changes)]), check_failures=failing or {}
    )
    return str(reasons.iloc[0])


def test_ordinary_trace_is_eligible() -> None:
    assert reason_of({"fields": ["output_text"]}) == "eligible"


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("output_text", Reason.NO_OUTPUT),
        ("documents", Reason.NO_DOCUMENTS),
        ("tool_calls", Reason.NO_TOOLS),
        ("duration_ms", Reason.NO_DURATION),
        ("cost_usd", Reason.NO_TOKENS),
        ("reasoning", Reason.NO_FIELD),
    ],
)
def test_missing_field_names_its_reason(field: str, reason: Reason) -> None:
    assert reason_of({"fields": [field]}, **{field: None}) == reason


def test_empty_list_of_documents_is_no_document() -> None:
    assert reason_of({"fields": ["documents"]}, documents=[]) == Reason.NO_DOCUMENTS


def test_reason_that_ingestion_noted_comes_first() -> None:
    assert (
        reason_of({"fields": ["output_text"]}, unmeasurable={"output_text": "text_free"}) == Reason.TEXT_FREE
    )


def test_cost_without_a_price_says_so() -> None:
    assert reason_of({"fields": ["cost_usd"]}, cost_usd=None, cost_missing="no_price") == Reason.NO_PRICE


def test_one_of_two_alternative_fields_is_enough() -> None:
    both = {"fields": ["documents|tool_calls"]}
    assert reason_of(both, tool_calls=[{"name": "t"}]) == "eligible"
    assert reason_of(both) == Reason.NO_DOCUMENTS


def test_trace_of_another_slice_is_outside() -> None:
    assert reason_of({"slices": {"segment": ["enterprise"]}}) == Reason.OUTSIDE_SLICES
    assert reason_of({"slices": {"segment": ["enterprise", "smb"]}}) == "eligible"


def test_failure_of_a_dimension_it_depends_on_excludes() -> None:
    failing = {"format": {f"{1:032x}"}}
    assert reason_of({"passed": ["format"]}, failing) == Reason.REQUIREMENT_FAILED
    assert reason_of({}, failing) == "eligible"


def test_calibration_trace_and_trace_without_consent_are_outside() -> None:
    assert reason_of({}, role="calibration") == Reason.CALIBRATION_TRACE
    assert reason_of({}, consent=False) == Reason.NOT_CONSENTED


def test_broken_json_in_slices_means_no_slices() -> None:
    assert reason_of({"slices": {"segment": ["smb"]}}, slices="{not json") == Reason.OUTSIDE_SLICES


def test_unscored_check_is_no_failure() -> None:
    assert failures({"format": checked({1: 0.0, 2: 1.0, 3: None, 4: 0.5})}) == {"format": {f"{1:032x}"}}


def test_zero_of_a_judge_is_no_failure_of_a_check() -> None:
    stored = checked({1: 0.0, 2: 0.0}).assign(evaluator=["check:x", "judge:v1@m"])
    assert failures({"tools": stored}) == {"tools": {f"{1:032x}"}}


def test_counts_of_every_slice_add_up_to_the_production_traces() -> None:
    rows = [trace(n, slices={"segment": "smb" if n % 2 else "big", "lang": "en"}) for n in range(1, 10)]
    rows += [trace(10, output_text=None), trace(11, role="calibration"), trace(12, sampling_weight=4.0)]
    frame = traces(rows)
    dimension = spec("tone", requires={"fields": ["output_text"]})
    counts = frame_counts({"tone": frame_of(dimension, frame, check_failures={})}, frame, day=DAY)
    total = counts[counts["slice_key"] == "all"].set_index("reason")
    assert total["traces"].to_dict() == {"eligible": 10, "no_output": 1}
    assert total["weight"].to_dict() == {"eligible": 13.0, "no_output": 1.0}
    segments = counts[counts["slice_key"] == "segment"]
    assert segments["traces"].sum() == 11
    assert set(counts["slice_key"]) == {"all", "segment", "lang"}


def test_slice_value_that_is_no_text_is_counted_as_its_text() -> None:
    frame = traces([trace(1, slices=json.dumps({"tier": 3}))])
    counts = frame_counts({"tone": frame_of(spec("tone"), frame, check_failures={})}, frame, day=DAY)
    assert counts.loc[counts["slice_key"] == "tier", "slice_value"].tolist() == ["3"]


def test_inputs_are_a_slice_of_the_dimension_that_tells_them_and_unknown_is_counted() -> None:
    frame = traces([trace(number) for number in range(1, 6)] + [trace(6, output_text=None)])
    reasons = {
        name: frame_of(spec(name, requires={"fields": ["output_text"]}), frame, check_failures={})
        for name in ("refusals", "tone")
    }
    called_for = {1: "safe", 2: "safe", 3: "unsafe", 4: "unknown", 6: "unsafe"}
    by_check = checked(dict.fromkeys(called_for))
    by_check["input"] = pd.array([called_for[int(name, 16)] for name in by_check["trace_id"]], dtype="string")
    inputs = inputs_of({"refusals": by_check, "tone": checked({1: None})})
    assert set(inputs) == {"refusals"}
    counts = frame_counts(reasons, frame, day=DAY, inputs=inputs)
    here = counts[counts["slice_key"] == "input"]
    assert set(here["dimension"]) == {"refusals"}
    assert here.set_index(["slice_value", "reason"])["traces"].to_dict() == {
        ("safe", "eligible"): 2, ("unsafe", "eligible"): 1, ("unsafe", "no_output"): 1,
        ("unknown", "eligible"): 2,
    }  # fmt: skip
