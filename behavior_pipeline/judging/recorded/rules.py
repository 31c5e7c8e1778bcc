"""How a dimension reads recorded verdicts: which evaluator's, of which version when, as which label."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from behavior_pipeline.dimensions.spec import JudgeUse
from behavior_pipeline.errors import ConfigError
from behavior_pipeline.judging.recorded.verdict import Recorded

BACKEND = "recorded"


class Rules(BaseModel):
    """Base: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class VersionSince(Rules):
    """The version of the evaluator that was in use from a day on."""

    since: date
    version: Annotated[str, Field(min_length=1)]


class RecordedRules(Rules):
    """`judge.parameters` of the backend `recorded`.

    `name` is what the records call the dimension, by default as we do. `labels` maps their labels or numbers
    to the rubric's; `thresholds` gives each label of the rubric the least score that it takes, and decides
    wherever a score is there. `versions` says which version judged when; without it, `judge.model` does.
    """

    source: Literal["file", "events"] = "file"
    name: str | None = None
    labels: dict[str, str] = {}
    thresholds: dict[str, float] = {}
    versions: tuple[VersionSince, ...] = ()
    late_days: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _is_unambiguous(self) -> "RecordedRules":
        least = list(self.thresholds.values())
        if len(set(least)) < len(least) or any(math.isnan(one) or one == math.inf for one in least):
            raise ValueError("thresholds are numbers or -inf, each label's different from the others'")
        if len({entry.since for entry in self.versions}) < len(self.versions):
            raise ValueError("versions names two versions since the same day")
        return self

    def version_on(self, judge: JudgeUse, day: date | None) -> str | None:
        """Return the version that judged on a day (None: the latest one), None before the first one's day."""
        if not self.versions:
            return judge.model
        begun = [entry for entry in self.versions if day is None or entry.since <= day]
        return max(begun, key=lambda entry: entry.since).version if begun else None

    def label_of(self, recorded: Recorded) -> str | None:
        """Return the rubric's label that a verdict means, or what it says if that is mapped to none."""
        score = recorded.score
        if self.thresholds and score is not None:
            reached = {label: least for label, least in self.thresholds.items() if score >= least}
            return max(reached, key=lambda label: reached[label]) if reached else None
        label = recorded.label if recorded.label is not None else _written(score)
        return None if label is None else self.labels.get(label, label)


def rules_of(dimension: str, judge: JudgeUse, labels: tuple[str, ...]) -> RecordedRules:
    """Return the rules in `judge.parameters`; ConfigError where they do not fit the scale's labels."""
    try:
        rules = RecordedRules.model_validate(judge.parameters)
    except ValidationError as error:
        raise _refused(
            dimension,
            "; ".join(
                f"{'.'.join(map(str, one['loc'])) or 'parameters'}: {one['msg']}" for one in error.errors()
            ),
        ) from None
    meant = {**rules.thresholds, **dict.fromkeys(rules.labels.values())}
    if strange := sorted(set(meant) - set(labels)):
        raise _refused(dimension, f"{strange} are no labels of the scale; there are {list(labels)}")
    return rules


def _refused(dimension: str, problem: str) -> ConfigError:
    return ConfigError(
        happened=f"judge.parameters of {dimension} cannot be used by the backend `{BACKEND}`: {problem}",
        kept="nothing was judged",
        remedy=f"mend [dimensions.{dimension}.judge.parameters] in pipeline.toml; see docs/judges.md",
    )


def _written(score: float | None) -> str | None:
    """Return a score as a map of labels names it: `1` for 1.0."""
    if score is None:
        return None
    return str(int(score)) if score.is_integer() else str(score)


def is_recorded(judge: JudgeUse | None) -> bool:
    """Return whether a judge's verdicts are read, and not asked for."""
    return judge is not None and judge.backend == BACKEND


def event_rules(dimension: str, judge: JudgeUse, scale: Mapping[str, float]) -> RecordedRules | None:
    """Return the rules of a judge whose verdicts came as events with the traces, else None."""
    if not is_recorded(judge):
        return None
    rules = rules_of(dimension, judge, tuple(scale))
    return rules if rules.source == "events" else None
