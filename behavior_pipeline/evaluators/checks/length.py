"""The answer is neither shorter nor longer than declared, in characters or in words."""

from typing import Annotated

from pydantic import Field

from behavior_pipeline.evaluators.check import Case, Check, Outcome, Parameters, failed, passed, unscored
from behavior_pipeline.reasons import Reason

Limit = Annotated[int, Field(ge=0)]


class LengthParameters(Parameters):
    """The limits, each optional; words stand between white space, so count characters in Japanese."""

    min_characters: Limit | None = Field(None, description="The fewest characters of a good answer.")
    max_characters: Limit | None = Field(None, description="The most characters of a good answer.")
    min_words: Limit | None = Field(None, description="The fewest words of a good answer.")
    max_words: Limit | None = Field(None, description="The most words of a good answer.")


def evaluate(case: Case, parameters: LengthParameters) -> Outcome:
    """Return pass or fail; NO_SCHEMA where no limit is declared."""
    by_characters = (parameters.min_characters, parameters.max_characters)
    by_words = (parameters.min_words, parameters.max_words)
    if all(limit is None for limit in (*by_characters, *by_words)):
        return unscored(Reason.NO_SCHEMA)
    if not case.output_text:
        return unscored(case.why_absent("output_text", Reason.NO_OUTPUT))
    counted = ((len(case.output_text), by_characters), (len(case.output_text.split()), by_words))
    for size, (least, most) in counted:
        if least is not None and size < least:
            return failed("too_short")
        if most is not None and size > most:
            return failed("too_long")
    return passed()


PLUGIN = Check(LengthParameters, evaluate)
