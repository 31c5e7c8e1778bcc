"""Scores one day on one dimension: reads what it needs from the lake, asks the judge, calls the core."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from behavior_pipeline.datafiles.label_files import dataset_in_force, dataset_registry
from behavior_pipeline.dimensions.spec import DimensionSpec, JudgeUse
from behavior_pipeline.judging.within_budget import RankedItem
from behavior_pipeline.sampling.frames import failures
from behavior_pipeline.scoring.rows import ScoredDay, score_rows
from behavior_pipeline.steps.ask_judge import ask, question_of
from behavior_pipeline.steps.judged_items import judged_items
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.tables.scores import SAMPLED_TRACES

ITEMS_AT_A_TIME = 2_000  # whose texts are in memory while a judge is asked


@dataclass(frozen=True)
class ScoreInputs:
    """What the scores of some days need beside their traces, each table read once."""

    samples: pd.DataFrame
    others: dict[str, pd.DataFrame]
    registry: pd.DataFrame

    def of(self, day: date) -> "ScoreInputs":
        """Return the inputs of one day."""
        others = {name: _of_day(rows, day) for name, rows in self.others.items()}
        return ScoreInputs(_of_day(self.samples, day), others, self.registry)


def read_inputs(pipeline: Pipeline, spec: DimensionSpec, days: Sequence[date]) -> ScoreInputs:
    """Return the samples of the days and the check results of the dimensions that this one requires."""
    lake, where = pipeline.lake, {"day": list(days)}
    samples = SAMPLED_TRACES.empty()
    if spec.judge is not None:
        samples = lake.read("sampled_traces", {**where, "dimension": spec.name})
    others = {
        name: lake.read(f"scores_{name}", where, columns=["day", "trace_id", "score", "evaluator"])
        for name in spec.requires.passed
    }
    return ScoreInputs(samples, others, dataset_registry(pipeline.settings.root))


def score_day(
    pipeline: Pipeline, spec: DimensionSpec, day: date, inputs: ScoreInputs, *, run_id: str
) -> ScoredDay:
    """Return a day's rows of one dimension; `inputs` are the day's."""
    traces = pipeline.cases.facts_of(day, run_id=run_id)
    checked = pipeline.cases.checked_of(spec, day, run_id=run_id) if spec.checks else None
    verdicts, threshold = None, None
    if spec.judge is not None:
        failed = failures({spec.name: checked})[spec.name] if checked is not None else frozenset()
        drawn = inputs.samples[~inputs.samples["trace_id"].isin(failed)]
        verdicts, threshold = _judged(pipeline, spec, spec.judge, drawn, day=day)
    return score_rows(
        spec,
        traces,
        day=day,
        checked=checked,
        verdicts=verdicts,
        sample=inputs.samples if spec.judge is not None else None,
        threshold=threshold,
        check_failures=failures(inputs.others),
        dataset=dataset_in_force(inputs.registry, spec.name, day),
    )


def _of_day(rows: pd.DataFrame, day: date) -> pd.DataFrame:
    return rows[rows["day"] == pd.Timestamp(day)]


def _judged(
    pipeline: Pipeline, spec: DimensionSpec, judge: JudgeUse, sample: pd.DataFrame, *, day: date
) -> tuple[pd.DataFrame, float | None]:
    """Return the verdicts on a sample, and where the budget ended it; without one some items at a time."""
    question, budget = question_of(spec, judge), spec.sampling.daily_budget_usd
    order = sample.assign(rank=sample["u"] / sample["inclusion_probability"]).sort_values(
        ["rank", "trace_id"]
    )
    size = ITEMS_AT_A_TIME if budget is None else max(len(order), 1)
    parts, threshold = [], None
    for first in range(0, max(len(order), 1), size):
        items = _ranked(pipeline, spec, order.iloc[first : first + size], day=day)
        verdicts = ask(pipeline, question, items, budget_usd=budget)
        parts.append(verdicts.frame())
        threshold = verdicts.threshold
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0], threshold


def _ranked(pipeline: Pipeline, spec: DimensionSpec, sample: pd.DataFrame, *, day: date) -> list[RankedItem]:
    drawn = {row["trace_id"]: row for row in sample.to_dict("records")}
    reads = spec.judge.reads if spec.judge is not None else ()
    items = judged_items(pipeline, spec, pipeline.cases.cases_of(day, drawn, reads=reads), on=day)
    return [
        RankedItem(item, float(row["inclusion_probability"]), float(row["u"]))
        for item in items
        if (row := drawn[item.item_id])
    ]
