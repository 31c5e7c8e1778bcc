"""What a judge is shown of traces: their fields; recorded judges also their day and what came with them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from behavior_pipeline.dimensions.spec import DimensionSpec, JudgeUse
from behavior_pipeline.evaluators.check import Case, cases
from behavior_pipeline.judging.protocol import Item
from behavior_pipeline.judging.recorded.rules import event_rules, is_recorded
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.values import sql_beside

DAYS = "SELECT DISTINCT day FROM analysis.trace_facts WHERE trace_id IN (SELECT unnest($traces)) ORDER BY day"
DAY_OF = "SELECT trace_id, day FROM analysis.trace_facts WHERE trace_id IN (SELECT unnest($traces))"
Evaluations = Mapping[str, Sequence[Mapping[str, Any]]]


def cases_of(lake: Lake, trace_ids: set[str]) -> list[Case]:
    """Return labelled traces; their days are looked up first, so that only those days' texts are read."""
    wanted = sorted(trace_ids)
    days = lake.sql(DAYS, {"traces": wanted})["day"]
    return cases(lake.read("traces", {"day": list(days), "trace_id": wanted}))


def judged_items(
    pipeline: Pipeline, spec: DimensionSpec, parsed: Sequence[Case], *, on: date | None = None
) -> list[Item]:
    """Return traces as the dimension's judge sees them, in their order.

    `on` is the day whose judge is asked; without it, each trace asks the judge of its own day.
    """
    judge = spec.judge
    if judge is None or not is_recorded(judge) or not parsed:
        return [] if judge is None else [Item(case.trace_id, _fields(judge, case)) for case in parsed]
    traces = [case.trace_id for case in parsed]
    days = {} if on is not None else _days_of(pipeline.lake, traces)
    evaluations = _evaluations_of(pipeline.lake, spec, judge, traces)
    return [
        Item(
            case.trace_id, _fields(judge, case), on or days.get(case.trace_id),
            tuple(evaluations.get(case.trace_id, ())),
        )
        for case in parsed
    ]  # fmt: skip


def _fields(judge: JudgeUse, case: Case) -> dict[str, Any]:
    return {name: getattr(case, name) for name in judge.reads}


def _days_of(lake: Lake, traces: Sequence[str]) -> dict[str, date]:
    rows = lake.records(DAY_OF, {"traces": list(traces)})
    return {row["trace_id"]: row["day"] for row in rows}


def _evaluations_of(lake: Lake, spec: DimensionSpec, judge: JudgeUse, traces: Sequence[str]) -> Evaluations:
    rules = event_rules(spec.name, judge, spec.scale.labels)
    if rules is None:
        return {}
    wanted = {"traces": list(traces), "name": rules.name or spec.name, "late_days": rules.late_days}
    by_trace: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in lake.records(sql_beside(__file__, "evaluations"), wanted):
        by_trace[row["trace_id"]].append(row)
    return by_trace
