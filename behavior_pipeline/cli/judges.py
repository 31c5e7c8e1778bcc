"""Commands judges compare, judges tune-threshold and judges recorded."""

from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from behavior_pipeline.calibration.agreement.measurement import Measurement
from behavior_pipeline.calibration.judges.compare import Comparison
from behavior_pipeline.calibration.judges.compare import compare as compare_rows
from behavior_pipeline.calibration.judges.threshold import Rates, Tuned, tune
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.errors import InputError
from behavior_pipeline.judging.recorded.backend import RecordedJudge
from behavior_pipeline.settings.model import settings
from behavior_pipeline.steps import compare_judges
from behavior_pipeline.steps.compare_judges import JudgeVerdicts
from behavior_pipeline.steps.pipeline import Pipeline, dimensions
from behavior_pipeline.words import PASS

MOST_IDS = 10
MOST_LINES = 10
CURVE_ROWS = 15
Dimension = Annotated[str, typer.Option("--dimension", "-d", help="The dimension whose labels are used.")]
Ask = Annotated[bool, typer.Option("--ask", help="Ask judges what they were not asked yet: this may cost.")]


def compare(
    first: Annotated[str, typer.Argument(help="A judge: `v2.1@gpt-x`, a recorded version, or `declared`.")],
    second: Annotated[str, typer.Argument(help="Another one, or one of judging.candidates.")],
    dimension: Dimension,
    ask: Ask = False,
    all_items: Annotated[
        bool, typer.Option("--all-items", help="List every item on which they differ.")
    ] = False,
) -> None:
    """Compare two judges on the same labelled items: agreement, paired difference, cost, and what to do."""
    pipeline, console = Pipeline(), Console(highlight=False, markup=False)
    spec = _spec(dimension)
    items = compare_judges.labelled_items(pipeline, spec)
    verdicts = [compare_judges.verdicts_of(pipeline, spec, name, items, ask=ask) for name in (first, second)]
    if _wait_for_ask(console, verdicts):
        return
    comparison = compare_rows(spec, *(one.rows for one in verdicts))
    console.print(f"{dimension}: {len(items)} labelled items, {comparison.n} answered by both judges")
    console.print(_sides(spec, verdicts, comparison))
    for line in _evidence(spec, verdicts, comparison, most=None if all_items else MOST_IDS):
        console.print(line, markup=False)
    console.print(_advice(spec, verdicts, comparison), style="bold", markup=False)


def tune_threshold(
    dimension: Dimension,
    judge: Annotated[
        str, typer.Option(help="A judge that gives numbers; see `judges compare`.")
    ] = "declared",
    specificity: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Reach this share of bad items failed, instead of the best MCC."),
    ] = None,
    ask: Ask = False,
) -> None:
    """Find from which number on a verdict should pass; prints the setting and changes nothing."""
    pipeline, console = Pipeline(), Console(highlight=False, markup=False)
    spec = _spec(dimension)
    verdicts = compare_judges.verdicts_of(
        pipeline, spec, judge, compare_judges.labelled_items(pipeline, spec), ask=ask
    )
    if _wait_for_ask(console, [verdicts]):
        return
    rows = _with_numbers(verdicts, dimension)
    good, number = rows["human_score"] >= PASS, rows["number"].astype(float)
    tuned = tune(good.to_numpy(dtype=bool), number.to_numpy(), specificity=specificity)
    console.print(
        f"{dimension}, {verdicts.judge}: {tuned.n} labelled items with a number, {tuned.good} of them good",
        markup=False,
    )
    if tuned.threshold is None:
        hint = "" if tuned.reason is None else f" ({tuned.reason.hint})"
        console.print(f"no threshold can be chosen: {tuned.reason}{hint}", markup=False)
        return
    console.print(_curve(tuned))
    for line in _tuned(tuned, wanted=specificity):
        console.print(line, markup=False)
    console.print(_effect(rows["judge_score"], number, tuned.threshold), markup=False)
    console.print(_setting(spec, tuned.threshold), markup=False)


def recorded() -> None:
    """Say what the file of recorded verdicts holds, and which of its rows cannot be used, by line."""
    file, console = RecordedJudge(settings()).file, Console(highlight=False, markup=False)
    table = Table("dimension", "judge_version", "verdicts", "missing")
    for name in sorted(file.versions):
        for version in sorted(file.versions[name]):
            of_version = [verdict for key, verdict in file.verdicts.items() if key[:2] == (name, version)]
            table.add_row(
                name,
                version,
                str(len(of_version)),
                str(sum(verdict.reason is not None for verdict in of_version)),
            )
    console.print(f"{file.name}: {file.rows} rows, {len(file.verdicts)} verdicts", markup=False)
    console.print(table)
    lines: dict[str, list[int]] = {}
    for problem in file.problems:
        lines.setdefault(problem.why, []).append(problem.line)
    for why, numbers in lines.items():
        shown = ", ".join(map(str, numbers[:MOST_LINES])) + (", ..." if len(numbers) > MOST_LINES else "")
        console.print(f"  {len(numbers)} rows: {why} (lines {shown})", markup=False)


def _spec(name: str) -> DimensionSpec:
    if name not in dimensions():
        raise InputError(
            happened=f"there is no dimension {name!r}", kept="nothing was asked or changed",
            remedy=f"name one of {sorted(dimensions())}",
        )  # fmt: skip
    return dimensions()[name]


def _wait_for_ask(console: Console, verdicts: list[JudgeVerdicts]) -> bool:
    """Say what asking would cost, and return whether a judge has to be asked first."""
    waiting = [one for one in verdicts if one.unasked]
    for one in waiting:
        cost = "unknown: no price is declared" if one.reserve_usd is None else f"{one.reserve_usd:.2f} USD"
        console.print(
            f"{one.judge} was not asked about {one.unasked} of {len(one.rows)} items; asking costs at most"
            f" {cost}. Repeat with --ask to do it; answers are kept and paid once.",
            markup=False,
        )
    return bool(waiting)


def _sides(spec: DimensionSpec, verdicts: list[JudgeVerdicts], comparison: Comparison) -> Table:
    """Return what is known of each judge: a column each, so that it fits where ten columns do not."""
    sides = zip(
        verdicts,
        (comparison.first, comparison.second),
        (comparison.first_alone, comparison.second_alone),
        strict=True,
    )
    columns = [_side(spec, one, side, answered=comparison.n + alone) for one, side, alone in sides]
    table = Table("")
    for one in verdicts:
        table.add_column(Text(one.judge))
    for what in columns[0]:
        table.add_row(what, *(Text(column[what]) for column in columns))
    return table


def _side(spec: DimensionSpec, one: JudgeVerdicts, side: Measurement, *, answered: int) -> dict[str, str]:
    return {
        "answered": str(answered),
        f"agreement ({spec.gate.metric})": f"{_point(side)} ({_interval(side.low, side.high)})",
        "sensitivity": _number(side.sensitivity),
        "specificity": _number(side.specificity),
        f"P(>= {spec.gate.minimum:g})": _number(side.probability_above),
        "USD an answer": "unknown" if one.cost_usd is None else f"{one.cost_usd:.5f}",
        "ms an answer": "unknown" if one.latency_ms is None else f"{one.latency_ms:.0f}",
        "without a verdict": ", ".join(f"{count} {reason}" for reason, count in one.fails.items()),
    }


def _evidence(
    spec: DimensionSpec, verdicts: list[JudgeVerdicts], comparison: Comparison, *, most: int | None
) -> list[str]:
    first, second = (one.judge for one in verdicts)
    right = "nearer to people" if spec.scale.kind == "graded" else "right"
    lines = []
    if comparison.difference is not None and comparison.interval is not None:
        lines.append(
            f"{second} less {first}: {comparison.difference:+.3f} ({_interval(*comparison.interval)}),"
            f" P(better) = {comparison.probability_second_better:.3f}"
        )
    else:
        lines.append("the difference of their agreements is not defined on these items")
    lines.append(
        f"only the first is {right} on {comparison.only_first_right} items, only the second on"
        f" {comparison.only_second_right}: exact McNemar p = {comparison.p_value:.3g}"
    )
    shown = comparison.differing if most is None else comparison.differing[:most]
    more = (
        f" and {len(comparison.differing) - len(shown)} more (--all-items)"
        if len(shown) < len(comparison.differing)
        else ""
    )
    lines.append(f"they differ on {len(comparison.differing)} items: {', '.join(shown) or 'none'}{more}")
    return lines


def _advice(spec: DimensionSpec, verdicts: list[JudgeVerdicts], comparison: Comparison) -> str:
    """Return what is recommended, how sure that is, and whether it would open the gate."""
    if comparison.choice == "alike":
        costs = [one.cost_usd for one in verdicts]
        priced = [cost for cost in costs if cost is not None]
        cheaper = verdicts[costs.index(min(priced))].judge if len(set(priced)) > 1 else "the one in use"
        return f"their agreements are within .05, P = {comparison.probability_alike:.2f}: take {cheaper}"
    probability = comparison.probability_second_better
    if comparison.choice == "undecided" or probability is None:
        why = (
            "there is no difference to tell"
            if probability is None
            else f"P = {probability:.2f} at n = {comparison.n}"
        )
        return f"undecided ({why}): keep the one in use, or label more items on which they differ"
    second = comparison.choice == "second"
    judge, side = (verdicts[1], comparison.second) if second else (verdicts[0], comparison.first)
    above = side.probability_above
    gate = "" if above is None else f"; P(it reaches the gate of {spec.gate.minimum:g}) = {above:.2f}"
    return (
        f"recommended: {judge.judge}, better with P = {probability if second else 1 - probability:.3f}{gate}"
    )


def _curve(tuned: Tuned) -> Table:
    table = Table("from", "MCC", "sensitivity", "specificity", "passes")
    chosen = int((tuned.curve["threshold"] == tuned.threshold).to_numpy().argmax())
    step = max(1, -(-len(tuned.curve) // CURVE_ROWS))
    for number, row in enumerate(tuned.curve.to_dict("records")):
        if number % step == 0 or number == chosen:
            cells = [f"{row[name]:.3f}" for name in ("mcc", "sensitivity", "specificity")]
            mark = "bold" if number == chosen else None
            table.add_row(f"{row['threshold']:.6g}", *cells, f"{row['pass_share']:.0%}", style=mark)
    return table


def _tuned(tuned: Tuned, *, wanted: float | None) -> list[str]:
    aim = "the highest MCC" if wanted is None else f"specificity {wanted:g}"
    spread = (
        "" if tuned.spread is None else f"; resamples choose {tuned.spread[0]:.6g} to {tuned.spread[1]:.6g}"
    )
    lines = [f"chosen for {aim}: from {tuned.threshold:.6g}{spread}"]
    if tuned.apparent is not None and tuned.corrected is not None:
        lines.append(f"on the items that chose it: {_rates(tuned.apparent)}")
        lines.append(
            f"to be expected on new ones:  {_rates(tuned.corrected)};"
            f" MCC 95 % {_interval(*(tuned.interval or ()))}"
        )
        if wanted is not None and tuned.apparent.specificity < wanted:
            lines.append("no threshold reaches the wanted specificity; this is the strictest one")
        elif wanted is not None and tuned.corrected.specificity < wanted:
            lines.append("the wanted specificity is not to be expected on new items; ask for a higher one")
    if tuned.backwards:
        lines.append("bad items have the higher numbers: check which way the judge's scale runs")
    return lines


def _with_numbers(verdicts: JudgeVerdicts, dimension: str) -> pd.DataFrame:
    rows: pd.DataFrame = verdicts.rows[verdicts.rows["number"].notna()]
    if rows.empty:
        raise InputError(
            happened=f"{verdicts.judge} gives no numbers for {dimension}, only labels",
            kept="nothing was changed",
            remedy="tune a judge that gives scores: recorded ones with a score, or one of a graded scale",
        )
    return rows


def _effect(scores: "pd.Series[float]", number: "pd.Series[float]", threshold: float) -> str:

    now = scores.astype("Float64")
    changed = int(((now >= PASS) != (number >= threshold)).fillna(False).sum())
    return (
        f"it would change {changed} of {int(now.notna().sum())} verdicts; good would be"
        f" {(number >= threshold).mean():.0%} of the items, now {(now >= PASS).mean():.0%}"
    )


def _setting(spec: DimensionSpec, threshold: float) -> str:
    labels = spec.scale.labels
    good, bad = (
        next(name for name in labels if labels[name] == pick(labels.values())) for pick in (max, min)
    )
    if spec.scale.kind == "graded":
        return "the scale is graded, so its labels stay; from the threshold on an item may be called good"
    return (
        f"to use it, in pipeline.toml (and raise the judge's version, since this changes how it is read):\n"
        f"  [dimensions.{spec.name}.judge.parameters]\n"
        f"  thresholds = {{ {good} = {threshold:.6g}, {bad} = -inf }}"
    )


def _rates(rates: Rates) -> str:
    return f"MCC {rates.mcc:.3f}, sensitivity {rates.sensitivity:.3f}, specificity {rates.specificity:.3f}"


def _point(side: Measurement) -> str:
    return f"{side.point:.3f}" if side.point is not None else str(side.reason)


def _interval(low: float | None = None, high: float | None = None) -> str:
    return "" if low is None or high is None else f"{low:.3f} to {high:.3f}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
