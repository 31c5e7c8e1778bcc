"""The answer is a JSON object that holds the declared fields, none of them null."""

from typing import Any

from pydantic import Field

from behavior_pipeline.evaluators.check import Case, Check, Outcome, Parameters, failed, passed, unscored
from behavior_pipeline.evaluators.json_answers import Fence, NotJsonError, answer_json
from behavior_pipeline.reasons import Reason


class RequiredFieldsParameters(Parameters):
    """Which fields an answer must have."""

    fields: tuple[str, ...] = Field(
        (), description="Names of fields; a dot steps into an object: `order.id`."
    )
    fence: Fence = Field(
        "alone",
        description="Whether JSON may stand in a ```json block: never, alone, or with_text around it.",
    )


def evaluate(case: Case, parameters: RequiredFieldsParameters) -> Outcome:
    """Return pass or fail; NO_SCHEMA where no field is declared."""
    if not parameters.fields:
        return unscored(Reason.NO_SCHEMA)
    if not case.output_text:
        return unscored(case.why_absent("output_text", Reason.NO_OUTPUT))
    try:
        answer = answer_json(case.output_text, parameters.fence)
    except NotJsonError:
        return failed("not_json")
    return passed() if all(_has(answer, path) for path in parameters.fields) else failed("field_missing")


def _has(value: Any, path: str) -> bool:
    for step in path.split("."):
        if not isinstance(value, dict) or value.get(step) is None:
            return False
        value = value[step]
    return True


PLUGIN = Check(RequiredFieldsParameters, evaluate)
