"""A case is a trace with its JSON parsed once; what is no JSON stays text, what is missing stays None."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.evaluators.check import Call, Case, cases, checks, declared_for, parse_json
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.sampling.worlds import trace, traces


def only(**changes: object) -> Case:
    (case,) = cases(traces([trace(1, **changes)]))
    return case


def test_columns_become_attributes() -> None:
    case = only(slices={"segment": "smb"}, signals=["error"], documents=[{"id": "d", "content": "x"}])
    assert case.slices == {"segment": "smb"}
    assert case.signals == ("error",)
    assert case.documents == [{"id": "d", "content": "x"}]
    assert case.duration_ms == 1000.0
    assert case.reasoning is None and case.tool_calls is None


def test_bad_json_stays_text_and_means_no_calls() -> None:
    case = only(tool_calls="[{broken", slices="nothing", signals="also nothing")
    assert case.tool_calls == "[{broken"
    assert case.calls == () and case.slices == {} and case.signals == ()


def test_arguments_that_came_as_text_are_parsed() -> None:
    calls = [
        {"name": "a", "arguments": '{"x": 1}'},
        {"name": "b", "arguments": "x = 1"},
        {"nameless": True},
        7,
    ]
    assert only(tool_calls=calls).calls == (Call("a", {"x": 1}), Call("b", "x = 1"))


def test_tool_definitions_are_read_in_both_usual_shapes() -> None:
    schema = {"type": "object"}
    case = only(
        tool_definitions=[
            {"name": "a", "parameters": schema},
            {"type": "function", "function": {"name": "b", "parameters": schema}},
            {"name": "c"},
            "noise",
        ]
    )
    assert case.tools == {"a": schema, "b": schema, "c": None}


def test_missing_columns_take_their_defaults() -> None:
    (case,) = cases(pd.DataFrame({"trace_id": ["t"], "output_text": ["x"]}))
    assert case.role == "production" and case.slices == {} and case.sampling_weight == 1.0


def test_reason_noted_by_ingestion_is_told_and_unknown_words_are_not() -> None:
    assert (
        only(unmeasurable={"output_text": "text_free"}).why_absent("output_text", Reason.NO_OUTPUT)
        == "text_free"
    )
    assert only(unmeasurable={"output_text": "?"}).why_absent("output_text", Reason.NO_OUTPUT) == "no_output"


def test_of_the_slices_of_a_case_the_first_that_is_declared_counts() -> None:
    case = only(slices={"segment": "smb", "plan": "free"})
    declared = {"region": {"eu": 1}, "segment": {"enterprise": 2}, "plan": {"free": 0}, "kind": {}}
    assert declared_for(case, declared) == 0
    assert declared_for(case, {"segment": {"enterprise": 2}}) is None


def test_no_rows_no_cases() -> None:
    assert cases(traces([])) == []


@given(st.text())
def test_any_text_can_be_parsed(text: str) -> None:
    parse_json(text)


def test_every_file_in_the_folder_is_a_check() -> None:
    expected = {"json_schema", "latency_target", "refusal", "result_used", "tool_arguments", "tool_exists"}
    assert expected <= set(checks())


def test_frozen() -> None:
    with pytest.raises(AttributeError):
        only().output_text = "changed"  # type: ignore[misc]
