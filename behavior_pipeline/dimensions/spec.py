"""What a dimension is, without Dagster: owner, scale, evaluators, frame, sampling, gate, drift and route."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from behavior_pipeline.words import NONE, GateState

Share = Annotated[float, Field(ge=0, le=1)]
SCORE = re.compile(r"0?\.[0-9]{1,15}|0|1|1\.0{1,15}")

JUDGED_FIELDS = (
    "input_text", "output_text", "reasoning", "system_prompt", "documents", "tool_definitions", "tool_calls",
)  # fmt: skip


class Model(BaseModel):
    """Base: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Scale(Model):
    """Which labels exist and what score each is worth.

    `labels` maps a label to a score in [0, 1]; empty for continuous scales, whose checks give the score.
    """

    kind: Literal["binary", "graded", "continuous"]
    labels: dict[str, Share] = {}

    @model_validator(mode="after")
    def _has_labels(self) -> "Scale":
        if self.kind != "continuous" and len(self.labels) < 2:  # noqa: PLR2004
            raise ValueError(f"a {self.kind} scale needs at least two labels with their scores")
        if self.kind == "binary" and not set(self.labels.values()) <= {0.0, 1.0}:
            raise ValueError("a binary scale scores its labels 0 or 1; use kind: graded")
        return self

    def score_of(self, label: str) -> float | None:
        """Return what a person's label is worth, None outside the scale; a continuous one takes numbers."""
        if self.kind != "continuous":
            return self.labels.get(label)
        return float(label) if SCORE.fullmatch(label) else None


class CheckUse(Model):
    """One deterministic check and its parameters; `check` names a file in evaluators/checks."""

    check: str
    parameters: dict[str, Any] = {}


class JudgeUse(Model):
    """One judge: backend, declared version, what of a trace it reads, what beside text it sees or hears."""

    backend: str = "lexical"
    version: str
    model: str
    parameters: dict[str, Any] = {}
    reads: tuple[str, ...] = ("input_text", "output_text")
    sees: tuple[Literal["image", "audio", "video", "file"], ...] = ()

    @model_validator(mode="after")
    def _known_fields(self) -> "JudgeUse":
        if unknown := sorted(set(self.reads) - set(JUDGED_FIELDS)):
            raise ValueError(f"a judge cannot read {unknown}; it can read {list(JUDGED_FIELDS)}")
        return self


class Requires(Model):
    """The frame: trace fields that must be present, and dimensions whose check must not have failed."""

    fields: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    slices: dict[str, tuple[str, ...]] = {}


class Sampling(Model):
    """Which share of the frame is judged, how many times likelier anomalies, and a day's budget (USD).

    `allocation` says how that share is spread over slices: `proportional`, at rates proportional to
    share^-.5 of a trace's slices, so that small slices are judged more often; `even`, at one rate.
    """

    share: Share = 1.0
    allocation: Literal["proportional", "even"] = "proportional"
    anomaly_boost: Annotated[float, Field(ge=1, le=3)] = 3.0
    version: str = "1"
    daily_budget_usd: Annotated[float, Field(gt=0)] | None = None

    @property
    def drawn_as(self) -> str:
        """Return the sampling_version of rows: the declared one, and the allocation that is not `even`."""
        return self.version if self.allocation == "even" else f"{self.version}+{self.allocation}"


class Gate(Model):
    """The bar under which the dimension drives no alert."""

    rule: Literal["posterior", "point", "exempt"] = "posterior"
    metric: Literal["mcc", "spearman"] = "mcc"
    minimum: Share = 0.6
    why: str = ""

    @property
    def declared_state(self) -> GateState:
        """Return the state of the gate before anything is measured."""
        return GateState.EXEMPT if self.rule == "exempt" else GateState.UNMEASURED

    @model_validator(mode="after")
    def _exemption_is_explained(self) -> "Gate":
        if self.rule == "exempt" and not self.why:
            raise ValueError("gate.rule = exempt needs gate.why: which declared fact do the checks measure?")
        return self


# The least changes that matter of what is not a mean: in logarithms of seconds and USD (about a tenth), in
# shares of traces, in points of a score.
FLOORS = {
    "p95": 0.1, "p99": 0.1, "log_mean": 0.1, "geometric_mean": 0.1,
    "scored_share": 0.02, "eligible_share": 0.05, "traffic_share": 0.05, "asymmetry": 0.05,
}  # fmt: skip


class Drift(Model):
    """What counts as a change: detectors, the least change that matters, and the weeks compared.

    `effect_floor` is of score means, in points; `floors` are of other metrics by name, in the units of their
    effects, and take the place of FLOORS.
    `minimum_n_eff` is the least effective size of the window tested, one or two weeks. A week is compared
    with up to `history_weeks` that end `gap_weeks` before it, from `minimum_history_weeks` on; slow drift
    with the first `pinned_weeks`. An alert has recovered after `recover_after` weeks within its band.
    """

    detectors: tuple[str, ...] = ("contrast", "slow")
    effect_floor: Share = 0.02
    floors: Annotated[dict[str, Annotated[float, Field(ge=0)]], Field(validate_default=True)] = {}
    minimum_n_eff: Annotated[float, Field(ge=0)] = 200
    gap_weeks: Annotated[int, Field(ge=0, le=4)] = 1
    history_weeks: Annotated[int, Field(ge=2, le=52)] = 8
    minimum_history_weeks: Annotated[int, Field(ge=2, le=52)] = 3
    pinned_weeks: Annotated[int, Field(ge=2, le=52)] = 8
    recover_after: Annotated[int, Field(ge=1, le=8)] = 2
    severity: Literal["page", "warn", "info"] = "warn"

    def floor_of(self, metric: str, unit: str) -> float:
        """Return the least change of a metric that matters; of a level in no score points any does."""
        return self.floors.get(metric, self.effect_floor if unit == "score" else 0.0)

    @field_validator("floors", mode="after")
    @classmethod
    def _with_usual_floors(cls, floors: dict[str, float]) -> dict[str, float]:
        return FLOORS | floors


class Labelling(Model):
    """How much people are asked: fresh items and diagnostic ones a week, anchors labelled again a month."""

    weekly: Annotated[int, Field(ge=0, le=100_000)] = 240
    diagnostic: Annotated[int, Field(ge=0, le=10_000)] = 20
    anchors_a_month: Annotated[int, Field(ge=0, le=10_000)] = 40


class Dataset(Model):
    """A named, immutable calibration set and the day from which it is in force."""

    name: str
    since: date


class DimensionSpec(Model):
    """Everything that belongs to a dimension, as `attributes:` of its defs.yaml says it."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    description: str
    owner: Annotated[str, Field(min_length=1)]
    scale: Scale
    checks: tuple[CheckUse, ...] = ()
    judge: JudgeUse | None = None
    requires: Requires = Requires()
    sampling: Sampling = Sampling()
    gate: Gate = Gate()
    drift: Drift = Drift()
    labelling: Labelling = Labelling()
    route: str = "default"
    rubric_version: str = "v1"
    rubric: str = ""
    rubric_digest: str = ""

    @property
    def kind(self) -> Literal["checked", "judged", "composite"]:
        """Return whether checks, a judge or both decide."""
        if self.judge is None:
            return "checked"
        return "composite" if self.checks else "judged"

    @property
    def rubric_id(self) -> str:
        """Return declared rubric version + digest, or `none` without a judge."""
        return NONE if self.judge is None else f"{self.rubric_version}+{self.rubric_digest}"

    @model_validator(mode="after")
    def _is_consistent(self) -> "DimensionSpec":
        if not self.checks and self.judge is None:
            raise ValueError("a dimension needs checks, a judge or both")
        if self.judge is not None and self.gate.rule == "exempt":
            raise ValueError("a judged or composite dimension cannot be exempt from its gate")
        if self.judge is not None and self.scale.kind == "continuous":
            raise ValueError("a judge answers with a label: use a binary or graded scale")
        return self
