"""The tool calls are those that a reference expects of this trace.

A reference line: {"trace_id", "compare", "expected": [{"name", "arguments": {parameter: [allowed values]}}]};
"" among the allowed values means that the parameter may be left out, and `expected: []` that no tool fits.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import Field

from behavior_pipeline.evaluators.check import (
    Call,
    Case,
    Check,
    Outcome,
    Parameters,
    failed,
    passed,
    unscored,
)
from behavior_pipeline.evaluators.references import ReferenceFile, references
from behavior_pipeline.evaluators.tool_match import match_in_any_order, match_in_order
from behavior_pipeline.reasons import Reason


class ToolReferenceParameters(Parameters):
    """Where the reference is and how strictly it is compared."""

    reference: ReferenceFile | None = Field(
        None, description="A .jsonl file of expected calls, absolute or relative to the data root."
    )
    text: Literal["exact", "loose"] = Field(
        "loose",
        description="loose: texts are equal without regard to case, white space and , . / - _ * ^ quotes.",
    )
    reading_tools: tuple[str, ...] = Field(
        ("get_*", "list_*", "find_*", "search_*", "lookup_*", "calculate", "think", "transfer_*"),
        description="Patterns of tools that change nothing: left aside in state_changing_calls.",
    )


def evaluate(case: Case, parameters: ToolReferenceParameters) -> Outcome:
    """Return pass or fail; NO_REFERENCE without an expectation, UNDECIDABLE for an unknown way to compare."""
    record = references(parameters.reference).get(case.trace_id) if parameters.reference else None
    if record is None:
        return unscored(Reason.NO_REFERENCE)
    expected, made = _expected(record), list(case.calls)
    if "tool_calls" in case.unmeasurable or expected is None:
        return unscored(case.why_absent("tool_calls", Reason.UNDECIDABLE))
    if expected and any(call.arguments is None for call in made):  # the call was seen, its arguments were not
        return unscored(Reason.UNDECIDABLE)
    compare, loose = record.get("compare", "calls_any_order"), parameters.text == "loose"
    if compare == "state_changing_calls":
        expected = [call for call in expected if not _reads(call.name, parameters.reading_tools)]
        made = [
            call for call in made if not _reads(call.name, parameters.reading_tools) and not _went_wrong(call)
        ]
    elif compare == "calls_in_order":
        return _verdict(match_in_order(made, expected, loose=loose))
    elif compare != "calls_any_order":
        return unscored(Reason.UNDECIDABLE)
    return _verdict(match_in_any_order(made, expected, loose=loose))


def _verdict(same: bool) -> Outcome:
    return passed() if same else failed("other_calls")


def _expected(record: Any) -> list[Call] | None:
    listed = record.get("expected")
    if not isinstance(listed, list) or not all(
        isinstance(entry, dict) and "name" in entry for entry in listed
    ):
        return None
    return [Call(name=str(entry["name"]), arguments=entry.get("arguments") or {}) for entry in listed]


def _reads(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _went_wrong(call: Call) -> bool:
    """Return whether the call changed nothing because it failed."""
    return call.error is not None or (
        isinstance(call.result, str) and call.result.lower().startswith("error")
    )


PLUGIN = Check(ToolReferenceParameters, evaluate)
