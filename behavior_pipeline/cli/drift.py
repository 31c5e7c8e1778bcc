"""Command drift explain: why a series alarmed in a week, or why not."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.text import Text

from behavior_pipeline.dimensions.spec import Drift
from behavior_pipeline.drift.decision.explain import Explanation, explanations, no_such_series
from behavior_pipeline.drift.detector import detectors
from behavior_pipeline.drift.finding import LOGARITHMS, Finding
from behavior_pipeline.errors import InputError
from behavior_pipeline.lake.published import open_published
from behavior_pipeline.reasons import Reason
from behavior_pipeline.steps.pipeline import dimensions, open_lake
from behavior_pipeline.values import plain, spoken
from behavior_pipeline.words import ALL

SERIES = "dimension = $dimension AND slice_key = $slice_key AND slice_value = $slice_value AND week = $week"
KNOWN = "SELECT DISTINCT week, dimension, slice_key, slice_value FROM {}drift_findings"
Query = Callable[[str, Mapping[str, Any] | None], pd.DataFrame]


def explain(
    dimension: Annotated[str, typer.Option("--dimension", help="Whose series.", show_default=False)],
    week: Annotated[str, typer.Option("--week", help="A day of the week.", show_default=False)],
    slice_: Annotated[
        str | None, typer.Option("--slice", help="key=value of a slice; default: the whole dimension.")
    ] = None,
    published: Annotated[
        bool, typer.Option("--published", help="Read the published file instead of the lake.")
    ] = False,
) -> None:
    """Explain a series-week: findings, what was decided and why, and what would have alarmed."""
    cell, monday = _cell(slice_), _monday(week)
    given = {"dimension": dimension, "slice_key": cell[0], "slice_value": cell[1], "week": monday}
    query, prefix = _reader(published)
    findings = query(f"SELECT * FROM {prefix}drift_findings WHERE {SERIES}", given)  # noqa: S608 - constants
    if findings.empty:
        known = query(KNOWN.format(prefix), None)
        raise no_such_series(known, dimension=dimension, cell=cell, week=pd.Timestamp(monday))
    decisions = query(f"SELECT * FROM {prefix}drift_decisions WHERE {SERIES}", given)  # noqa: S608 - constants
    spec = dimensions().get(dimension)
    console = Console(highlight=False, markup=False)
    place = "as a whole" if cell == (ALL, ALL) else "=".join(map(plain, cell))
    console.print(Text(f"{plain(dimension)}, {place}, week of {monday}", style="bold"))
    for one in explanations(findings, decisions, Drift() if spec is None else spec.drift):
        console.print()
        for name, text in lines(one):
            console.print(Text(f"  {name:19} {text}" if name else text), soft_wrap=True)


def _reader(published: bool) -> tuple[Query, str]:
    if published:
        return open_published().sql, ""
    return open_lake().sql, "analysis."


def _cell(text: str | None) -> tuple[str, str]:
    if text is None:
        return ALL, ALL
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise InputError(
            happened=f"--slice {plain(text)} is no key=value", kept="nothing was changed",
            remedy="write it as customer.segment=trial",
        )  # fmt: skip
    return key, value


def _monday(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InputError(
            happened=f"--week {plain(text)} is no day", kept="nothing was changed",
            remedy="name a day of the week as YYYY-MM-DD",
        ) from None  # fmt: skip
    return day - timedelta(days=day.weekday())


def lines(one: Explanation) -> Iterator[tuple[str, str]]:
    """Yield what is known of a finding, a line each with its name; the first is its head."""
    finding, decision = one.finding, one.decision
    known = detectors().get(finding.detector)
    yield (
        "",
        f"{finding.detector} on {finding.kind}, {finding.metric} in {finding.unit}: "
        + ("a detector that is no longer here" if known is None else known.doc),
    )
    yield "judge", f"{plain(finding.judge)}, rubric {plain(finding.rubric)}"
    yield "level", _level(finding)
    yield "compared with", _baseline(finding)
    if finding.effect is not None:
        yield "change", _change(finding)
    yield "test", ", ".join(_test(finding)) or "none"
    if finding.reason != Reason.COMPARED:
        yield "measured", spoken(finding.reason)
    if decision is None:
        yield "decided", "nothing: no row of drift_decisions, an older week"
    else:
        budget = f"p adjusted {_number(decision.q_value)}, of the budget of {decision.family} findings"
        yield "decided", f"{'alarm' if decision.alarm else 'no alarm'}: {spoken(decision.reason)} ({budget})"
        if decision.localised_to is not None:
            yield (
                "all of it on" if decision.alarm else "explained by",
                ", ".join(
                    f"{plain(key)}={plain(str(value))}"
                    for key, value in json.loads(decision.localised_to).items()
                ),
            )
    yield "would have alarmed", _alarming(one)
    yield "least detectable", _effect(finding.least_detectable_effect, finding.unit, sign="")
    if finding.onset is not None:
        ends = (finding.onset_low or finding.onset, finding.onset_high or finding.onset)
        yield "onset", f"{finding.onset:%Y-%m-%d} (90 %: {ends[0]:%Y-%m-%d} to {ends[1]:%Y-%m-%d})"


def _level(finding: Finding) -> str:
    weeks = "1 week" if finding.window == 1 else f"{finding.window} weeks"
    return f"{_number(finding.current, finding.unit)} over {weeks}, n_eff {_number(finding.n_eff)}"


def _baseline(finding: Finding) -> str:
    low, high = finding.baseline_low, finding.baseline_high
    ends = "" if low is None or high is None else f" ({_number(low)} to {_number(high)})"
    weeks = [f"{day:%Y-%m-%d}" for day in finding.compared_with]
    of_weeks = f", weeks of {', '.join(weeks)}" if weeks else ", weeks not named"
    return f"{_number(finding.baseline, finding.unit)}{ends}{of_weeks}"


def _change(finding: Finding) -> str:
    unit, error = finding.unit, _number(finding.effect_se)
    if unit in LOGARITHMS:
        error += " of its logarithm"
    other = finding.rest_effect
    rest = "" if other is None else f"; the rest of the traffic {_effect(other, unit)}"
    tested = "" if finding.contrast is None else f"; tested: {finding.contrast}"
    return f"{_effect(finding.effect, unit)}, standard error {error}{rest}{tested}"


def _effect(effect: float | None, unit: str, *, sign: str = "+") -> str:
    """Return a change in its unit; of seconds and USD, whose changes are logarithms, in percent."""
    if effect is None:
        return "not known"
    if unit in LOGARITHMS:
        return f"{100 * math.expm1(effect):{sign}.3g} %"
    return f"{effect:{sign}.4g}" + ("" if unit == "score" else f" {unit}")


def _test(finding: Finding) -> Iterator[str]:
    for name, value in (
        ("statistic", finding.statistic), ("df", finding.df), ("p", finding.p_value), ("ln e", finding.log_e),
    ):  # fmt: skip
        if value is not None:
            yield f"{name} {_number(value)}"


def _alarming(one: Explanation) -> str:
    sides = [
        f"about {_number(level, one.finding.unit)} {word}"
        for level, word in ((one.at_most, "or less"), (one.at_least, "or more"))
        if level is not None
    ]
    threshold = None if one.decision is None else one.decision.threshold
    rare = "" if threshold is None else f" (p of at most {_number(threshold)} that week)"
    return (" and ".join(sides) or "not known") + rare


def _number(value: float | None, unit: str | None = None) -> str:
    if value is None:
        return "not known"
    return f"{value:.4g}" + (f" {unit}" if unit not in (None, "score") else "")
