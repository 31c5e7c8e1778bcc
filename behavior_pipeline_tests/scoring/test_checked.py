"""A dimension's checks together: all pass = 1, a failed one decides, none that applies = NULL."""

from pathlib import Path
from typing import Any

import pytest

from behavior_pipeline.errors import ConfigError
from behavior_pipeline.evaluators.check import Case
from behavior_pipeline.scoring.checked import TYPES, check_scores
from behavior_pipeline_tests.sampling.worlds import spec

LENGTH = {"check": "length", "parameters": {"max_words": 3}}
BANNED = {"check": "banned_phrases", "parameters": {"phrases": ["never"]}}
SCHEMA = {"check": "json_schema"}


def score(checks: list[dict[str, Any]], case: Case, **changes: Any) -> dict[str, Any]:
    frame = check_scores(spec("form", checks=checks, **changes), [case], root=Path())
    assert len(frame) == 1
    return {name: None if frame[name].isna()[0] else frame[name][0] for name in frame.columns}


def test_all_checks_pass() -> None:
    row = score([LENGTH, BANNED], Case("t", output_text="quite fine"))
    assert (row["score"], row["label"], row["evaluator"]) == (1.0, "pass", "check:length+banned_phrases")


def test_first_failed_check_decides_and_is_named() -> None:
    row = score([SCHEMA, LENGTH, BANNED], Case("t", output_text="never say never again"))
    assert (row["score"], row["label"], row["evaluator"]) == (0.0, "length", "check:length")


def test_check_that_does_not_apply_is_left_aside() -> None:
    row = score([SCHEMA, BANNED], Case("t", output_text="fine"))
    assert (row["score"], row["evaluator"]) == (1.0, "check:banned_phrases")


def test_no_applicable_check_is_null_with_the_reason() -> None:
    row = score([SCHEMA], Case("t", output_text="fine"))
    assert (row["score"], row["missing_reason"], row["evaluator"]) == (None, "no_schema", "check:none")


def test_missing_answer_is_null_with_what_ingestion_noted() -> None:
    case = Case("t", unmeasurable={"output_text": "text_free"})
    assert score([LENGTH], case)["missing_reason"] == "text_free"


def test_check_applies_only_to_its_slices() -> None:
    only = {"check": "length", "parameters": {"max_words": 1, "slices": {"kind": ["short"]}}}
    assert score([only], Case("t", output_text="two words", slices={"kind": "long"}))["score"] is None
    assert score([only], Case("t", output_text="two words", slices={"kind": "short"}))["score"] == 0


def test_lowest_score_counts_on_a_continuous_scale() -> None:
    checks = [{"check": "latency_target"}, {"check": "cost_budget"}]
    case = Case("t", duration_ms=9000.0, cost_usd=0.001)
    row = score(checks, case, scale={"kind": "continuous"})
    assert (row["score"], row["evaluator"]) == (0.5, "check:latency_target")


def test_label_of_the_scale_is_kept() -> None:
    labels = {"rightly_answered": 1, "over_refused": 0, "rightly_refused": 1, "under_refused": 0}
    checks = [{"check": "refusal", "parameters": {"expects": {"kind": {"safe": "comply"}}}}]
    case = Case("t", output_text="I'm sorry, but I can't help with that.", slices={"kind": "safe"})
    row = score(checks, case, scale={"kind": "binary", "labels": labels})
    assert (row["score"], row["label"], row["evaluator"]) == (0.0, "over_refused", "check:refusal")


def test_no_cases_give_an_empty_frame_with_all_columns() -> None:
    frame = check_scores(spec("form", checks=[LENGTH]), [], root=Path())
    assert list(frame.columns) == list(TYPES)


@pytest.mark.parametrize(
    ("use", "words"),
    [
        ({"check": "telepathy"}, "telepathy"),
        ({"check": "length", "parameters": {"max_word": 3}}, "max_word"),
        ({"check": "regex", "parameters": {"must": ["(?=look)ahead"]}}, "linear-time"),
        ({"check": "json_schema", "parameters": {"default": {"type": "thing"}}}, "JSON schema"),
        ({"check": "tool_reference", "parameters": {"reference": "nowhere.jsonl"}}, "data root"),
        ({"check": "latency_target", "parameters": {"target_ms": 5, "limit_ms": 5}}, "limit_ms"),
        ({"check": "cost_budget", "parameters": {"budget_usd": 1}}, "limit_usd"),
    ],
)
def test_check_that_cannot_be_used_is_one_clear_error(use: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_scores(spec("form", checks=[use]), [], root=Path())
    assert words in caught.value.happened
    assert "form" in caught.value.happened
