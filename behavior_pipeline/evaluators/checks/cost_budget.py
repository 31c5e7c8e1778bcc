"""The answer stayed within its budget: 1 within it, falling in a straight line to 0 at the limit."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from behavior_pipeline.evaluators.check import Case, Check, Outcome, Parameters, unscored
from behavior_pipeline.evaluators.falling import falling
from behavior_pipeline.reasons import Reason

Dollars = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Budget(BaseModel):
    """From where to where the score falls."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    budget_usd: Dollars = Field(description="Up to this cost the score is 1.")
    limit_usd: Dollars = Field(description="From this cost on the score is 0.")

    @model_validator(mode="after")
    def _is_ordered(self) -> "Budget":
        if self.limit_usd <= self.budget_usd:
            raise ValueError("limit_usd must be above budget_usd")
        return self


class CostParameters(Parameters):
    """The budget of one trace, and other budgets for some slices."""

    budget_usd: Dollars = Field(0.01, description="Up to this cost the score is 1.")
    limit_usd: Dollars = Field(0.05, description="From this cost on the score is 0.")
    by_slice: dict[str, dict[str, Budget]] = Field(
        {},
        description="Slice key -> slice value -> {budget_usd, limit_usd}; the first that has one counts.",
    )

    @model_validator(mode="after")
    def _is_ordered(self) -> "CostParameters":
        if self.limit_usd <= self.budget_usd:
            raise ValueError("limit_usd must be above budget_usd")
        return self


def evaluate(case: Case, parameters: CostParameters) -> Outcome:
    """Return the score of the cost; NO_TOKENS or NO_PRICE where it is unknown."""
    if case.cost_usd is None:
        unpriced = case.cost_missing == Reason.NO_PRICE
        return unscored(Reason.NO_PRICE if unpriced else Reason.NO_TOKENS)
    budget: Budget | CostParameters = parameters
    for key, values in parameters.by_slice.items():
        if (own := values.get(str(case.slices.get(key)))) is not None:
            budget = own
            break
    score = falling(case.cost_usd, full=budget.budget_usd, none=budget.limit_usd)
    return Outcome(score, "in_budget" if score == 1 else "over_budget", None)


PLUGIN = Check(CostParameters, evaluate)
