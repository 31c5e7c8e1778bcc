"""Turns the checks a dimension names into check and validated parameters, or into one clear error."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from behavior_pipeline.dimensions.spec import CheckUse, DimensionSpec
from behavior_pipeline.errors import ConfigError
from behavior_pipeline.evaluators.check import Case, Check, Outcome, Parameters, checks, unscored
from behavior_pipeline.reasons import Reason


@dataclass(frozen=True)
class ResolvedCheck:
    """A check of a dimension, ready to run."""

    name: str
    check: Check
    parameters: Parameters

    def evaluate(self, case: Case) -> Outcome:
        """Return the check's outcome; a case outside the slices it is meant for is not applicable."""
        if not self.parameters.apply_to(case):
            return unscored(Reason.NO_SCHEMA)
        return self.check.evaluate(case, self.parameters)


def resolve_checks(spec: DimensionSpec, *, root: Path) -> tuple[ResolvedCheck, ...]:
    """Return the dimension's checks in their order; relative file names in parameters are below `root`.

    ConfigError names an unknown check or the parameter that is wrong.
    """
    return tuple(_resolved(spec.name, use, checks(), root=root) for use in spec.checks)


def _resolved(dimension: str, use: CheckUse, known: Mapping[str, Check], *, root: Path) -> ResolvedCheck:
    check = known.get(use.check)
    if check is None:
        raise ConfigError(
            happened=f"dimension {dimension} names the check {use.check}, which does not exist",
            kept="nothing was scored",
            remedy=f"use one of {sorted(known)}, or add evaluators/checks/{use.check}.py",
        )
    try:
        parameters = check.parameters.model_validate(use.parameters, context={"root": root})
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc'])) or 'parameters'}: {item['msg']}" for item in error.errors()
        )
        raise ConfigError(
            happened=f"parameters of {use.check} in dimension {dimension} are not valid: {problems}",
            kept="nothing was scored",
            remedy=f"mend {dimension}/defs.yaml or [dimensions.{dimension}] in pipeline.toml",
        ) from None
    return ResolvedCheck(use.check, check, parameters)
