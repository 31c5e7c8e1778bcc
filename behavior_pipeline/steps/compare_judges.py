"""What a judge says of all labelled items of a dimension: as scored already, as recorded, or asked now."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date

import pandas as pd

from behavior_pipeline.calibration.items.pool import once
from behavior_pipeline.calibration.items.week import items_so_far
from behavior_pipeline.datafiles.label_files import dataset_in_force, dataset_registry
from behavior_pipeline.dimensions.folder import deep_merge
from behavior_pipeline.dimensions.spec import DimensionSpec, JudgeUse
from behavior_pipeline.errors import ConfigError, InputError, JudgeError
from behavior_pipeline.evaluators.check import Case
from behavior_pipeline.judging.protocol import Answer, Item, open_backend
from behavior_pipeline.judging.recorded.backend import RecordedJudge
from behavior_pipeline.judging.recorded.rules import BACKEND, RecordedRules, is_recorded
from behavior_pipeline.judging.within_budget import RankedItem, answers_so_far
from behavior_pipeline.provenance.tuples import response_model
from behavior_pipeline.scoring.calibrated import calibration_rows
from behavior_pipeline.scoring.checked import check_scores
from behavior_pipeline.steps import ask_judge
from behavior_pipeline.steps.judged_items import cases_of, judged_items
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.steps.weeks import sunday_of
from behavior_pipeline.values import number_or_none

DECLARED = "declared"
ANY_WEEK = date(2000, 1, 3)  # rows of a comparison are not stored, so they are of no week
SPENT = """
SELECT avg(cost_usd) AS cost_usd, avg(latency_ms) AS latency_ms
FROM analysis.scores WHERE dimension = $dimension AND evaluator = 'judge:' || $judge
"""


@dataclass(frozen=True)
class JudgeVerdicts:
    """A judge's verdicts on labelled items: item_id, trace_id, human_score, judge_score, number, stratum, ...

    `number` is what it gave before any threshold, NULL if it gives none. Costs and times are means of an
    answer, None where nobody knows. `unasked` items would cost `reserve_usd` at most, None without a price.
    """

    judge: str
    rows: pd.DataFrame
    cost_usd: float | None = None
    latency_ms: float | None = None
    unasked: int = 0
    reserve_usd: float | None = 0.0
    fails: Mapping[str, int] = field(default_factory=dict)


def labelled_items(pipeline: Pipeline, spec: DimensionSpec) -> pd.DataFrame:
    """Return every labelled item of a dimension with what people say of it together."""
    labels = pipeline.lake.read("labels", {"dimension": spec.name})
    last = labels["labelled_at"].max() if len(labels) else pd.Timestamp(ANY_WEEK)
    dataset = dataset_in_force(dataset_registry(pipeline.settings.root), spec.name, sunday_of(last.date()))
    items = items_so_far(labels, spec, dataset=dataset)
    if items.empty:
        raise InputError(
            happened=f"no labels of {spec.name} are stored for its rubric {spec.rubric_version}",
            kept="everything that was stored before",
            remedy="import labels with `behavior-pipeline labels import` and run their weeks",
        )
    return items


def verdicts_of(
    pipeline: Pipeline, spec: DimensionSpec, name: str, items: pd.DataFrame, *, ask: bool = False
) -> JudgeVerdicts:
    """Return what a judge of any kind says of items; only with `ask` is anybody asked.

    A name is one of judging.candidates, `declared` for the dimension's own judge, a judge_version of the
    recorded verdicts, or a judge that has scored items (`v2.1@gpt-x`, or what stands behind the `@`).
    """
    if name in pipeline.settings.judging.candidates or name == DECLARED:
        return _of_judge(pipeline, spec, _declared(pipeline, spec, name), name, items=items, ask=ask)
    versions = _recorded_versions(pipeline, spec)
    if name in versions:
        return _of_judge(pipeline, spec, _recorded(spec, name), name, items=items, ask=True)
    scored = _scored(pipeline, spec, name)
    if len(scored):
        return _as_scored(pipeline, spec, scored, items)
    identities = sorted(set(_calibrated(pipeline, spec)["judge"]) - {"none"})
    raise InputError(
        happened=f"no judge of {spec.name} is called {name!r}",
        kept="nothing was asked",
        remedy=f"name one that has scored labelled items {identities}, a recorded version {sorted(versions)},"
        f" a candidate {sorted(pipeline.settings.judging.candidates)}, or `{DECLARED}`",
    )


def _declared(pipeline: Pipeline, spec: DimensionSpec, name: str) -> JudgeUse:
    declared = spec.judge
    changes = {} if name == DECLARED else pipeline.settings.judging.candidates[name]
    if declared is None and not changes:
        raise ConfigError(
            happened=f"{spec.name} has no judge", kept="nothing was asked",
            remedy="compare judges of a dimension that has one",
        )  # fmt: skip
    base = {} if declared is None else declared.model_dump()
    if changes.get("backend", base.get("backend")) != base.get("backend"):
        base.pop("parameters", None)  # those of one backend mean nothing to another
    return JudgeUse.model_validate(deep_merge(base, changes))


def _recorded(spec: DimensionSpec, version: str) -> JudgeUse:
    """Return the judge that reads one recorded version, by the rules that the dimension declares."""
    declared = spec.judge
    if declared is None or not is_recorded(declared):
        return JudgeUse(backend=BACKEND, version=BACKEND, model=version)
    kept = {name: value for name, value in declared.parameters.items() if name != "versions"}
    return declared.model_copy(update={"model": version, "parameters": kept})


def _recorded_versions(pipeline: Pipeline, spec: DimensionSpec) -> set[str]:
    if pipeline.settings.judging.recorded.file is None:
        return set()
    parameters = spec.judge.parameters if spec.judge is not None and is_recorded(spec.judge) else {}
    name = RecordedRules.model_validate(parameters).name or spec.name
    return set(RecordedJudge(pipeline.settings).file.versions.get(name, ()))


def _calibrated(pipeline: Pipeline, spec: DimensionSpec) -> pd.DataFrame:
    rows = pipeline.lake.read("calibration_scores", {"dimension": spec.name})
    return rows[rows["role"] != "diagnostic"]


def _scored(pipeline: Pipeline, spec: DimensionSpec, name: str) -> pd.DataFrame:
    """Return the last verdicts of the judge of that identity, or of the only one with that response model."""
    rows = _calibrated(pipeline, spec)
    same = rows["judge"] == name
    if not same.any():
        same = rows["judge"].map(response_model) == name
    judges = sorted(set(rows.loc[same, "judge"]))
    if len(judges) > 1:
        raise InputError(
            happened=f"{name!r} could be any of {judges}", kept="nothing was asked",
            remedy="give the judge's whole name",
        )  # fmt: skip
    return once(rows[same])


def _as_scored(
    pipeline: Pipeline, spec: DimensionSpec, scored: pd.DataFrame, items: pd.DataFrame
) -> JudgeVerdicts:
    judge = str(scored["judge"].iloc[0])
    rows = _beside(items, scored)
    number = _degrees(spec, rows)
    spent = pipeline.lake.sql(SPENT, {"dimension": spec.name, "judge": judge}).iloc[0]
    return JudgeVerdicts(
        judge, rows.assign(number=number),
        cost_usd=number_or_none(spent["cost_usd"]), latency_ms=number_or_none(spent["latency_ms"]),
        fails=_fails(rows),
    )  # fmt: skip


def _of_judge(
    pipeline: Pipeline, spec: DimensionSpec, judge: JudgeUse, name: str, *, items: pd.DataFrame, ask: bool
) -> JudgeVerdicts:
    asked = spec.model_copy(update={"judge": judge})
    parsed = cases_of(pipeline.lake, set(items["trace_id"]))
    shown = judged_items(pipeline, asked, parsed, on=date.max)  # of several versions, the latest
    answers, unasked, reserve = _answers(pipeline, asked, judge, shown, ask=ask)
    rows = _beside(items, _verdicts(pipeline, asked, parsed, items=items, answers=answers))
    numbers = _recorded_numbers(pipeline, asked, judge, shown)
    models = sorted({answer.response_model for answer in answers.values() if answer.label is not None})
    return JudgeVerdicts(
        f"{name} ({judge.version}@{', '.join(models) or 'none'})",
        rows.assign(number=rows["trace_id"].map(numbers).astype(float) if numbers else _degrees(spec, rows)),
        cost_usd=_mean([answer.cost_usd for answer in answers.values()]),
        latency_ms=_mean([answer.latency_ms for answer in answers.values()]),
        unasked=unasked, reserve_usd=reserve, fails=_fails(rows),
    )  # fmt: skip


def _answers(
    pipeline: Pipeline, spec: DimensionSpec, judge: JudgeUse, shown: Sequence[Item], *, ask: bool
) -> tuple[dict[str, Answer], int, float | None]:
    """Return answers by trace, how many there are not, and what those may cost; recorded ones are free."""
    question, backend = ask_judge.question_of(spec, judge), open_backend(judge.backend, pipeline.settings)
    if is_recorded(judge):
        return {item.item_id: backend.ask(question, item) for item in shown}, 0, 0.0
    if ask:
        ranked = [RankedItem(item, 1.0, 0.0) for item in shown]
        return ask_judge.ask(pipeline, question, ranked).answers, 0, 0.0
    cache = ask_judge.judgement_cache(pipeline.lake.server)
    try:
        answers, reserve = answers_so_far(question, shown, backend=backend, cache=cache)
    except JudgeError:  # no price is declared for the model
        return {}, len(shown), None
    return answers, len(shown) - len(answers), reserve


def _verdicts(
    pipeline: Pipeline, spec: DimensionSpec, parsed: Sequence[Case], *,
    items: pd.DataFrame, answers: Mapping[str, Answer],
) -> pd.DataFrame:  # fmt: skip
    checked = check_scores(spec, parsed, root=pipeline.settings.root) if spec.checks else None
    verdicts = pd.DataFrame(
        [{"item_id": name, **asdict(answer)} for name, answer in answers.items()],
        columns=["item_id", *Answer.__dataclass_fields__],
    )
    by_role = {"fresh": verdicts, "anchor": verdicts}
    return calibration_rows(spec, items, week=ANY_WEEK, checked=checked, verdicts=by_role)


def _recorded_numbers(
    pipeline: Pipeline, spec: DimensionSpec, judge: JudgeUse, shown: Sequence[Item]
) -> dict[str, float | None]:
    if not is_recorded(judge):
        return {}
    backend, question = RecordedJudge(pipeline.settings), ask_judge.question_of(spec, judge)
    return {item.item_id: backend.score(question, item) for item in shown}


def _degrees(spec: DimensionSpec, rows: pd.DataFrame) -> "pd.Series[float]":
    """Return the degree of a graded verdict; a label of two says no more than which one it is."""
    scores = rows["judge_score"].astype(float)
    return scores if spec.scale.kind == "graded" else scores * float("nan")


def _beside(items: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    columns = ["item_id", "judge_label", "judge_score", "missing_reason", "evaluator"]
    return items.merge(verdicts[columns], on="item_id", how="left", validate="one_to_one")


def _fails(rows: pd.DataFrame) -> dict[str, int]:
    counts = rows.loc[rows["judge_score"].isna(), "missing_reason"].fillna("never asked").value_counts()
    return {str(reason): int(count) for reason, count in sorted(counts.items())}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
