"""The answer stayed within its budget: 1 within it, falling in a straight line to 0 at the limit."""

from typing import Annotated

from pydantic import Field

from behavior_pipeline.evaluators.check import Case, Check, Outcome, Parameters, declared_for, unscored
from behavior_pipeline.evaluators.falling import Fall, Positive
from behavior_pipeline.reasons import Reason

# Why a cost is unknown; what a trace says otherwise is that its tokens are.
MISSING = {
    str(reason): reason
    for reason in (Reason.NO_PRICE, Reason.NO_PART_PRICE, Reason.NO_MODEL, Reason.NO_MODEL_CALL)
}
Full = Annotated[Positive, Field(description="Up to this cost the score is 1.")]
Nothing = Annotated[Positive, Field(description="From this cost on the score is 0.")]


class Budget(Fall):
    """From where to where the score falls."""

    ENDS = ("budget_usd", "limit_usd")

    budget_usd: Full
    limit_usd: Nothing


class CostParameters(Budget, Parameters):
    """The budget of one trace, and other budgets for some slices."""

    budget_usd: Full = 0.01
    limit_usd: Nothing = 0.05
    by_slice: dict[str, dict[str, Budget]] = Field(
        {},
        description="Slice key -> slice value -> {budget_usd, limit_usd}; the first that has one counts.",
    )


def evaluate(case: Case, parameters: CostParameters) -> Outcome:
    """Return the score of the cost, or why it is unknown."""
    if case.cost_usd is None:
        return unscored(MISSING.get(case.cost_missing or "", Reason.NO_TOKENS))
    budget = declared_for(case, parameters.by_slice) or parameters
    score = budget.score(case.cost_usd)
    return Outcome(score, "in_budget" if score == 1 else "over_budget", None)


PLUGIN = Check(CostParameters, evaluate)
