"""The score of a quantity that has a target and a limit: 1, a straight line down, 0."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Fall(BaseModel):
    """From where to where the score falls; a subclass names its fields for the target and the limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ENDS: ClassVar[tuple[str, str]]

    @model_validator(mode="after")
    def _is_ordered(self) -> "Fall":
        target, limit = self.ENDS
        if getattr(self, limit) <= getattr(self, target):
            raise ValueError(f"{limit} must be above {target}")
        return self

    def score(self, value: float) -> float:
        """Return 1 up to the target, 0 from the limit on, and the straight line between them."""
        target, limit = (getattr(self, name) for name in self.ENDS)
        return falling(value, full=target, none=limit)


def falling(value: float, *, full: float, none: float) -> float:
    """Return 1 up to `full`, 0 from `none` on, and the straight line between them (full < none)."""
    return min(1.0, max(0.0, (none - value) / (none - full)))
