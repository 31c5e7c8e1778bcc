"""Scores one day on one dimension: reads what it needs from the lake, asks the judge, calls the core."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import pandas as pd

from behavior_pipeline.datafiles.label_files import dataset_in_force, dataset_registry
from behavior_pipeline.defs.cases_cache import checked_of, traces_of
from behavior_pipeline.defs.judged_items import judged_items
from behavior_pipeline.defs.resources import Pipeline
from behavior_pipeline.dimensions.spec import DimensionSpec, JudgeUse
from behavior_pipeline.evaluators.check import Case
from behavior_pipeline.judging.cache import PostgresCache
from behavior_pipeline.judging.protocol import Question, open_backend
from behavior_pipeline.judging.within_budget import RankedItem, Verdicts, judge_items
from behavior_pipeline.lake.server.server import Server
from behavior_pipeline.sampling.frames import failures
from behavior_pipeline.scoring.rows import ScoredDay, score_rows
from behavior_pipeline.tables.scores import SAMPLED_TRACES


@dataclass(frozen=True)
class Inputs:
    """What the scores of some days need beside their traces, each table read once."""

    samples: pd.DataFrame
    others: dict[str, pd.DataFrame]
    registry: pd.DataFrame

    def of(self, day: date) -> "Inputs":
        """Return the inputs of one day."""
        held = {name: _of_day(rows, day) for name, rows in self.others.items()}
        return Inputs(_of_day(self.samples, day), held, self.registry)


def read_inputs(pipeline: Pipeline, spec: DimensionSpec, days: Sequence[date]) -> Inputs:
    """Return the samples of the days and the check results of the dimensions that this one requires."""
    lake, where = pipeline.lake, {"day": list(days)}
    samples = SAMPLED_TRACES.empty()
    if spec.judge is not None:
        samples = lake.read("sampled_traces", {**where, "dimension": spec.name})
    others = {
        name: lake.read(f"scores_{name}", where, columns=["day", "trace_id", "score", "evaluator"])
        for name in spec.requires.passed
    }
    return Inputs(samples, others, dataset_registry(pipeline.settings.root))


def score_day(
    pipeline: Pipeline, spec: DimensionSpec, day: date, inputs: Inputs, *, run_id: str
) -> ScoredDay:
    """Return a day's rows of one dimension; `inputs` are the day's."""
    traces, parsed = traces_of(pipeline.lake, day, run_id=run_id)
    checked = (
        checked_of(spec, parsed, day, root=pipeline.settings.root, run_id=run_id) if spec.checks else None
    )
    verdicts = None
    if spec.judge is not None:
        failed = failures({spec.name: checked})[spec.name] if checked is not None else frozenset()
        drawn = inputs.samples[~inputs.samples["trace_id"].isin(failed)]
        ranked = _ranked(pipeline, spec, parsed, drawn, day=day)
        question = question_of(spec, spec.judge)
        verdicts = ask(pipeline, question, ranked, budget_usd=spec.sampling.daily_budget_usd)
    return score_rows(
        spec,
        traces,
        day=day,
        checked=checked,
        verdicts=None if verdicts is None else verdicts.frame(),
        sample=inputs.samples if spec.judge is not None else None,
        threshold=None if verdicts is None else verdicts.threshold,
        check_failures=failures(inputs.others),
        dataset=dataset_in_force(inputs.registry, spec.name, day),
    )


def _of_day(rows: pd.DataFrame, day: date) -> pd.DataFrame:
    return rows[rows["day"] == pd.Timestamp(day)]


def question_of(spec: DimensionSpec, judge: JudgeUse) -> Question:
    """Return what the dimension's judge is asked of every item."""
    return Question(spec.name, judge, spec.rubric, spec.rubric_id, tuple(spec.scale.labels))


def ask(
    pipeline: Pipeline,
    question: Question,
    items: Sequence[RankedItem],
    *,
    budget_usd: float | None = None,
    scope: str = "",
) -> Verdicts:
    """Return the judge's verdicts on items; answers of earlier runs are read from the cache."""
    return judge_items(
        question,
        items,
        backend=open_backend(question.judge.backend, pipeline.settings),
        cache=judgement_cache(pipeline.lake.server),
        budget_usd=budget_usd,
        scope=scope,
        concurrency=pipeline.settings.judging.concurrency,
    )


def _ranked(
    pipeline: Pipeline, spec: DimensionSpec, parsed: Sequence[Case], sample: pd.DataFrame, *, day: date
) -> list[RankedItem]:
    drawn = {row["trace_id"]: row for row in sample.to_dict("records")}
    items = judged_items(pipeline, spec, [case for case in parsed if case.trace_id in drawn], on=day)
    return [
        RankedItem(item, float(row["inclusion_probability"]), float(row["u"]))
        for item in items
        if (row := drawn[item.item_id])
    ]


@cache
def judgement_cache(server: Server) -> PostgresCache:
    """Return this process's connection to the judgement cache of a server."""
    return PostgresCache(server.connect)
