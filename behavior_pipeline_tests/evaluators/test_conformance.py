"""Every check, found by discovery: documented parameters, no exception on any trace, a score or a reason."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from behavior_pipeline.evaluators.check import Case, Check, cases, checks, parse_json
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.sampling.worlds import trace, traces

CHECKS = checks().items()
WORDS = st.sampled_from(
    ["a", "get_order", "12", "I can't help with that.", '{"a": 1}', "```json\n[]\n```", "\u2028"]
)
TEXTS = st.one_of(st.none(), WORDS, st.text(st.characters(), max_size=60))  # lone surrogates included
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
SCHEMAS = st.one_of(
    JSON,
    st.sampled_from(
        [{"type": "object"}, {"$ref": "http://127.0.0.1:9/x"}, {"$ref": "#"}, {"pattern": "(a+)+$"}, True]
    ),
)
CALLS = st.one_of(
    JSON,
    st.lists(
        st.fixed_dictionaries(
            {"name": st.sampled_from(["get_order", "b"])},
            optional={"arguments": JSON, "result": JSON, "error": TEXTS},
        ),
        max_size=3,
    ),
)
TOOLS = st.one_of(
    JSON, st.lists(st.fixed_dictionaries({"name": WORDS}, optional={"parameters": SCHEMAS}), max_size=3)
)
NUMBERS = st.one_of(st.none(), st.floats(allow_nan=False))
CASES = st.builds(
    Case,
    trace_id=st.just("t"),
    output_text=TEXTS,
    input_text=TEXTS,
    documents=JSON,
    tool_calls=CALLS,
    tool_definitions=TOOLS,
    response_schema=SCHEMAS,
    duration_ms=NUMBERS,
    cost_usd=NUMBERS,
    cost_missing=TEXTS,
    finish_reason=TEXTS,
    refused=st.sampled_from([None, True, False]),
    slices=st.dictionaries(WORDS, JSON, max_size=2),
    unmeasurable=st.dictionaries(st.sampled_from(["output_text", "tool_calls"]), JSON, max_size=2),
)
# What makes a check that has nothing to do without parameters do something.
EXAMPLES: dict[str, dict[str, Any]] = {
    "json_schema": {"default": {"type": "object", "required": ["a"]}, "fence": "with_text"},
    "required_fields": {"fields": ["a", "a.b"]},
    "regex": {"must": ["(?i)a"], "must_not": [r"\d{9}"]},
    "length": {"min_words": 1, "max_characters": 30},
    "banned_phrases": {"phrases": ["never ever", "("]},
    "refusal": {"expects": {"a": {"12": "comply"}}},
}
REFERENCES = {
    "instructions": {
        "instructions": ["en:punctuation:no_comma", "json_format", "number_words"],
        "arguments": [{}, {}, {"num_words": 1, "relation": "less than"}],
    },
    "tool_reference": {
        "compare": "calls_any_order",
        "expected": [{"name": "get_order", "arguments": {"a": [1, {"b": ["x", ""]}], "c": ["", [1]]}}],
    },
}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return by check the path of a reference file that knows the trace."""
    paths = {}
    for name, record in REFERENCES.items():
        path = tmp_path_factory.mktemp("reference") / f"{name}.jsonl"
        path.write_text(json.dumps({"trace_id": "t", **record}) + "\n", encoding="utf-8")
        paths[name] = str(path)
    return paths


@pytest.mark.parametrize(("name", "check"), CHECKS)
def test_every_parameter_is_documented_and_has_a_default(name: str, check: Check) -> None:
    for field, info in check.parameters.model_fields.items():
        assert info.description and info.description.endswith("."), (name, field)
    check.parameters()


@pytest.mark.parametrize(("name", "check"), CHECKS)
def test_unknown_parameter_is_refused(name: str, check: Check) -> None:
    with pytest.raises(ValueError, match="no_such_parameter"):
        check.parameters.model_validate({"no_such_parameter": 1})


@pytest.mark.parametrize(("name", "check"), CHECKS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=CASES)
def test_any_trace_gets_a_score_or_a_reason(
    name: str, check: Check, case: Case, reference: dict[str, str]
) -> None:
    given_ = EXAMPLES.get(name, {}) | ({"reference": reference[name]} if name in reference else {})
    for parameters in (check.parameters(), check.parameters.model_validate(given_)):
        outcome = check.evaluate(case, parameters)
        score, label, reason = outcome[:3]
        if score is None:
            assert isinstance(reason, Reason)
        else:
            assert 0 <= score <= 1 and reason is None
        assert label is None or label.isidentifier()  # a word of ours, never text of the trace
        assert outcome.input in {None, "safe", "unsafe", "unknown"}
        assert check.evaluate(case, parameters) == outcome


@pytest.mark.parametrize(("name", "check"), CHECKS)
def test_empty_trace_is_no_failure(name: str, check: Check) -> None:
    (case,) = cases(traces([trace(1, output_text=None, duration_ms=None, cost_usd=None)]))
    assert check.evaluate(case, check.parameters.model_validate(EXAMPLES.get(name, {}))).score is None


def test_deeply_nested_json_breaks_no_check() -> None:
    deep = parse_json("[" * 1000 + "]" * 1000)
    case = Case("t", output_text="[" * 1000 + "]" * 1000, response_schema={"type": "array"},
                tool_definitions=deep,
                tool_calls=[{"name": "a", "arguments": {"a": deep}, "result": deep}])  # fmt: skip
    for name, check in CHECKS:
        check.evaluate(case, check.parameters.model_validate(EXAMPLES.get(name, {})))
