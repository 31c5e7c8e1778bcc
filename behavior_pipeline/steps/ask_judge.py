"""Asks a dimension's judge about items; what was answered once is read from the judgement cache."""

from collections.abc import Sequence
from functools import cache

from behavior_pipeline.dimensions.spec import DimensionSpec, JudgeUse
from behavior_pipeline.judging.cache import PostgresCache
from behavior_pipeline.judging.protocol import Question, open_backend
from behavior_pipeline.judging.within_budget import RankedItem, Verdicts, judge_items
from behavior_pipeline.lake.server.server import Server
from behavior_pipeline.steps.pipeline import Pipeline


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


@cache
def judgement_cache(server: Server) -> PostgresCache:
    """Return this process's connection to the judgement cache of a server."""
    return PostgresCache(server.connect)
