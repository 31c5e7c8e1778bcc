"""The answer follows the format instructions that a reference lists for its trace.

A reference line: {"trace_id", "instructions": [name], "arguments": [{...}]}, names as in IFEval (`no_comma`),
also with language and group before them (`en:punctuation:no_comma`). An unknown instruction cannot
be decided; one that is broken decides alone.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from behavior_pipeline.evaluators.check import Case, Check, Outcome, Parameters, failed, passed, unscored
from behavior_pipeline.evaluators.instruction_rules import rule_of
from behavior_pipeline.evaluators.references import ReferenceFile, references
from behavior_pipeline.reasons import Reason


class InstructionsParameters(Parameters):
    """Where the reference is."""

    reference: ReferenceFile | None = Field(
        None, description="A .jsonl file of instructions, absolute or relative to the data root."
    )


def evaluate(case: Case, parameters: InstructionsParameters) -> Outcome:
    """Return pass where all instructions are followed, fail where one is not, else NULL: UNDECIDABLE."""
    record = references(parameters.reference).get(case.trace_id) if parameters.reference else None
    names = record.get("instructions") if record else None
    if record is None or not isinstance(names, list) or not names:
        return unscored(Reason.NO_REFERENCE)
    if not case.output_text:
        return unscored(case.why_absent("output_text", Reason.NO_OUTPUT))
    given = record.get("arguments")
    arguments = given if isinstance(given, list) and len(given) == len(names) else [{}] * len(names)
    followed = [
        _follows(case.output_text, str(name), argument)
        for name, argument in zip(names, arguments, strict=True)
    ]
    if False in followed:
        return failed("instruction_broken")
    return unscored(Reason.UNDECIDABLE) if None in followed else passed()


def _follows(text: str, name: str, arguments: Any) -> bool | None:
    rule = rule_of(name)
    values: Mapping[str, Any] = arguments if isinstance(arguments, dict) else {}
    try:
        return rule(text, values) if rule else None
    except (KeyError, TypeError, ValueError):  # an argument is missing or of another kind
        return None


PLUGIN = Check(InstructionsParameters, evaluate)
