"""Every tool that was called is one the request offered."""

from behavior_pipeline.evaluators.check import Case, Check, Outcome, Parameters, failed, passed, unscored
from behavior_pipeline.reasons import Reason


class ToolExistsParameters(Parameters):
    """Nothing to set."""


def evaluate(case: Case, parameters: ToolExistsParameters) -> Outcome:
    """Return pass or fail; UNDECIDABLE where the trace does not say which tools were offered."""
    if not case.calls:
        absent = Reason.UNDECIDABLE if case.tools else Reason.NO_TOOLS
        return unscored(case.why_absent("tool_calls", absent))
    if not case.tools:
        return unscored(case.why_absent("tool_definitions", Reason.UNDECIDABLE))
    return passed() if all(call.name in case.tools for call in case.calls) else failed("unknown_tool")


PLUGIN = Check(ToolExistsParameters, evaluate)
