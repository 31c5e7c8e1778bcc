"""The answer is JSON and fits a schema: its request's own, else one declared for its slice or for all."""

from typing import Any

from pydantic import Field, field_validator

from behavior_pipeline.evaluators.check import (
    Case,
    Check,
    Outcome,
    Parameters,
    declared_for,
    failed,
    passed,
    unscored,
)
from behavior_pipeline.evaluators.json_answers import (
    Fence,
    NotJsonError,
    answer_json,
    fits,
    schema_of,
    validator,
)
from behavior_pipeline.reasons import Reason


class JsonSchemaParameters(Parameters):
    """Which schema counts where the trace carries none of its own."""

    default: dict[str, Any] | None = Field(
        None, description="The schema of every answer without another one."
    )
    by_slice: dict[str, dict[str, dict[str, Any]]] = Field(
        {}, description="Slice key -> slice value -> schema; the first slice that has one counts."
    )
    fence: Fence = Field(
        "alone",
        description="Whether JSON may stand in a ```json block: never, alone, or with_text around it.",
    )

    @field_validator("default")
    @classmethod
    def _default_compiles(cls, schema: dict[str, Any] | None) -> dict[str, Any] | None:
        if schema is not None and validator(schema) is None:
            raise ValueError("is no usable JSON schema")
        return schema

    @field_validator("by_slice")
    @classmethod
    def _slices_compile(cls, schemas: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for key, values in schemas.items():
            for value, schema in values.items():
                if validator(schema) is None:
                    raise ValueError(f"{key} = {value}: is no usable JSON schema")
        return schemas


def evaluate(case: Case, parameters: JsonSchemaParameters) -> Outcome:
    """Return pass or fail; NO_SCHEMA where no schema applies or the request's own cannot be used.

    TOO_COSTLY where the schema would ask for more work than a check may take.
    """
    compiled = validator(_schema(case, parameters))
    if compiled is None:
        return unscored(Reason.NO_SCHEMA)
    if not case.output_text:
        return unscored(case.why_absent("output_text", Reason.NO_OUTPUT))
    try:
        answer = answer_json(case.output_text, parameters.fence)
    except NotJsonError:
        return failed("not_json")
    if (is_valid := fits(compiled, answer)) is None:
        return unscored(Reason.TOO_COSTLY)
    return passed() if is_valid else failed("schema_violated")


def _schema(case: Case, parameters: JsonSchemaParameters) -> Any:
    if case.response_schema is not None:
        return schema_of(case.response_schema)
    schema = declared_for(case, parameters.by_slice)
    return parameters.default if schema is None else schema


PLUGIN = Check(JsonSchemaParameters, evaluate)
