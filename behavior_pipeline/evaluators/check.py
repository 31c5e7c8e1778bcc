"""What a check sees and says: a trace as a case, an outcome, and the plug-in between the two."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from typing import Any, NamedTuple, TypeVar

import orjson
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from behavior_pipeline import plugins
from behavior_pipeline.reasons import Reason
from behavior_pipeline.words import PRODUCTION

PACKAGE = "behavior_pipeline.evaluators.checks"
MAPPINGS = ("slices", "feature_flags", "unmeasurable")
NESTED = ("documents", "tool_definitions", "tool_calls", "response_schema")
REPEATED = (*MAPPINGS, "signals", "tool_definitions", "response_schema")  # the same few texts on many traces


Declared = TypeVar("Declared")


@dataclass(frozen=True)
class Call:
    """One tool call; arguments that came as JSON text are parsed, other text stays text."""

    name: str
    arguments: Any = None
    result: Any = None
    error: str | None = None


@dataclass(frozen=True)
class Case:
    """One trace, its JSON columns parsed once; JSON that cannot be parsed stays text.

    Read it, never change it: equal values are shared between cases.
    """

    trace_id: str
    conversation_id: str | None = None
    slices: Mapping[str, Any] = field(default_factory=dict)
    feature: str | None = None
    feature_flags: Mapping[str, Any] = field(default_factory=dict)
    duration_ms: float | None = None
    model: str | None = None
    requested_model: str | None = None
    prompt_version: str | None = None
    input_text: str | None = None
    output_text: str | None = None
    reasoning: str | None = None
    system_prompt: str | None = None
    documents: Any = None
    tool_definitions: Any = None
    tool_calls: Any = None
    response_schema: Any = None
    finish_reason: str | None = None
    refused: bool | None = None
    error: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    cost_missing: str | None = None
    role: str = PRODUCTION
    consent: bool = True
    sampling_weight: float = 1.0
    signals: tuple[str, ...] = ()
    unmeasurable: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Return the tool calls that have a name, in their order."""
        listed = self.tool_calls if isinstance(self.tool_calls, list) else []
        return tuple(
            Call(
                name=entry["name"],
                arguments=parse_json(entry.get("arguments")),
                result=parse_json(entry.get("result")),
                error=str(entry["error"]) if entry.get("error") else None,
            )
            for entry in listed
            if isinstance(entry, dict) and isinstance(entry.get("name"), str)
        )

    @cached_property
    def tools(self) -> Mapping[str, Any]:
        """Return the JSON schema (or None) of each tool the request offered, by name."""
        listed = self.tool_definitions if isinstance(self.tool_definitions, list) else []
        schemas = {}
        for entry in listed:
            tool = entry.get("function", entry) if isinstance(entry, dict) else None
            if isinstance(tool, dict) and isinstance(tool.get("name"), str):
                schemas[tool["name"]] = parse_json(tool.get("parameters"))
        return schemas

    def why_absent(self, name: str, otherwise: Reason) -> Reason:
        """Return why a field of this trace is missing: what ingestion noted, else the given reason."""
        noted = self.unmeasurable.get(name)
        return REASONS.get(str(noted), otherwise)


def declared_for(case: Case, by_slice: Mapping[str, Mapping[str, Declared]]) -> Declared | None:
    """Return what slice key -> slice value declares for the first slice of a case that has something."""
    for key, values in by_slice.items():
        if (declared := values.get(str(case.slices.get(key)))) is not None:
            return declared
    return None


REASONS: dict[str, Reason] = {str(reason): reason for reason in Reason}
CASE_FIELDS = tuple(entry.name for entry in fields(Case))


def cases(traces: pd.DataFrame) -> list[Case]:
    """Return one case a row of a frame like content.traces; columns it lacks take their defaults."""
    names = [name for name in CASE_FIELDS if name in traces.columns]
    columns = [_values(name, traces[name]) for name in names]
    defaults = {name: value for name, value in _DEFAULTS.items() if name in names}
    return [
        Case(
            **{
                name: defaults[name] if value is None and name in defaults else value
                for name, value in zip(names, row, strict=True)
            }
        )
        for row in zip(*columns, strict=True)
    ]


_DEFAULTS: dict[str, Any] = {"role": PRODUCTION, "consent": True, "sampling_weight": 1.0}


def parse_json(value: Any) -> Any:
    """Return what a JSON text says; text that is no JSON, and every other value, stays as it is."""
    if not isinstance(value, str | bytes):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def _values(name: str, column: "pd.Series[Any]") -> list[Any]:
    present = zip(column.tolist(), column.isna().tolist(), strict=True)
    raw = [None if absent else value for value, absent in present]
    if name not in (*MAPPINGS, *NESTED, "signals"):
        return raw
    if name not in REPEATED:
        return [parse_json(value) for value in raw]
    memo: dict[Any, Any] = {}
    for value in raw:
        if value not in memo:
            memo[value] = _shaped(name, parse_json(value))
    return [memo[value] for value in raw]


def _shaped(name: str, value: Any) -> Any:
    if name in MAPPINGS:
        return value if isinstance(value, dict) else {}
    if name == "signals":
        return tuple(str(word) for word in value) if isinstance(value, list) else ()
    return value


class Outcome(NamedTuple):
    """What a check says of a case: a score in [0, 1], or None with the reason why it cannot say.

    A check that knows what inputs call for says it of every case, scored or not: `safe`, `unsafe` or
    `unknown`, and whether the answer refuses.
    """

    score: float | None
    label: str | None
    reason: Reason | None
    input: str | None = None
    refused: bool | None = None


def passed(label: str | None = None) -> Outcome:
    """Return score 1."""
    return Outcome(1.0, label, None)


def failed(label: str | None = None) -> Outcome:
    """Return score 0."""
    return Outcome(0.0, label, None)


def unscored(reason: Reason, label: str | None = None) -> Outcome:
    """Return that the check does not apply or cannot decide."""
    return Outcome(None, label, reason)


class Parameters(BaseModel):
    """Base of every check's parameters: unknown keys are mistakes, every field is documented."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slices: dict[str, tuple[str, ...]] = Field(
        {}, description="The check applies only where each of these slices has one of the listed values."
    )

    def apply_to(self, case: Case) -> bool:
        """Return whether the check is meant for the slices of this case."""
        return all(str(case.slices.get(key)) in values for key, values in self.slices.items())


@dataclass(frozen=True)
class Check:
    """A deterministic evaluator: its documented parameters and what it says of a case.

    `evaluate` gets a case and an instance of `parameters`; it never raises on a trace's content.
    """

    parameters: type[Parameters]
    evaluate: Callable[[Case, Any], Outcome]


@cache
def checks() -> Mapping[str, Check]:
    """Return every check plug-in by the name of its file."""
    return plugins.discover(PACKAGE, Check)
