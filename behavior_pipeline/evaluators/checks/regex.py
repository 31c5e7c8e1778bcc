"""The answer matches every pattern it must match and none that it must not.

Patterns are searched by a linear-time engine (jsonschema-rs on Rust's `regex`), so that no answer can make
them backtrack; in return look-around and back-references do not exist. `(?i)`, `(?m)` and `(?s)` set flags.
"""

from functools import cache

import jsonschema_rs
from pydantic import Field, field_validator

from behavior_pipeline.evaluators.check import Case, Check, Outcome, Parameters, failed, passed, unscored
from behavior_pipeline.reasons import Reason


class RegexParameters(Parameters):
    """Which patterns decide."""

    must: tuple[str, ...] = Field(
        (), description="Patterns that occur somewhere in a good answer, all of them."
    )
    must_not: tuple[str, ...] = Field((), description="Patterns that occur in no good answer.")

    @field_validator("must", "must_not")
    @classmethod
    def _compile(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            if _compiled(pattern) is None:
                raise ValueError(f"{pattern!r} is no pattern of a linear-time engine (no look-around)")
        return patterns


def evaluate(case: Case, parameters: RegexParameters) -> Outcome:
    """Return pass or fail; NO_SCHEMA where no pattern is declared."""
    if not parameters.must and not parameters.must_not:
        return unscored(Reason.NO_SCHEMA)
    if not case.output_text:
        return unscored(case.why_absent("output_text", Reason.NO_OUTPUT))
    text = case.output_text.encode("utf-8", "replace").decode()  # a lone surrogate is no UTF-8
    if not all(_occurs(pattern, text) for pattern in parameters.must):
        return failed("pattern_missing")
    return (
        failed("pattern_found")
        if any(_occurs(pattern, text) for pattern in parameters.must_not)
        else passed()
    )


def _occurs(pattern: str, text: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is not None and bool(compiled.is_valid(text))


@cache
def _compiled(pattern: str) -> jsonschema_rs.Validator | None:
    """Return a pattern of the configuration, ready to be searched; a trace's own are bounded closer."""
    try:
        return jsonschema_rs.validator_for(
            {"pattern": pattern}, offline=True, pattern_options=jsonschema_rs.RegexOptions()
        )
    except ValueError:
        return None


PLUGIN = Check(RegexParameters, evaluate)
