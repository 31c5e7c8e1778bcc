"""The arguments of every tool call fit the JSON schema that the request gave for the tool."""

from behavior_pipeline.evaluators.check import Case, Check, Outcome, Parameters, failed, passed, unscored
from behavior_pipeline.evaluators.json_answers import fits, validator
from behavior_pipeline.reasons import Reason


class ToolArgumentsParameters(Parameters):
    """Nothing to set."""


def evaluate(case: Case, parameters: ToolArgumentsParameters) -> Outcome:
    """Return pass or fail; UNDECIDABLE where no call has both arguments and a usable schema.

    Empty text counts as an empty object; other arguments that are no JSON fail. TOO_COSTLY where no call
    fails and a schema would ask for more work than a check may take.
    """
    if not case.calls:
        absent = Reason.UNDECIDABLE if case.tools else Reason.NO_TOOLS
        return unscored(case.why_absent("tool_calls", absent))
    checked = [
        fits(compiled, {} if call.arguments == "" else call.arguments)
        for call in case.calls
        if call.arguments is not None and (compiled := validator(case.tools.get(call.name))) is not None
    ]
    if not checked:
        return unscored(case.why_absent("tool_definitions", Reason.UNDECIDABLE))
    if False in checked:
        return failed("bad_arguments")
    return unscored(Reason.TOO_COSTLY) if None in checked else passed()


PLUGIN = Check(ToolArgumentsParameters, evaluate)
