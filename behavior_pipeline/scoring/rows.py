"""Makes a day's score rows: one a trace and dimension, with its weight, its evaluator and its versions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.provenance.tuples import VersionTuple, model_versions
from behavior_pipeline.sampling.frames import ELIGIBLE, frame_of
from behavior_pipeline.scoring.checked import NO_CHECK
from behavior_pipeline.scoring.judged import VERDICT_TYPES, judged_rows, judgement_rows, most_common_judge
from behavior_pipeline.tables.contract import Table
from behavior_pipeline.tables.scores import JUDGEMENTS, TUPLE_DAYS, scores_table
from behavior_pipeline.words import NONE, PRODUCTION, UNKNOWN

NOTHING: Mapping[str, Iterable[str]] = {}


class ScoredDay(NamedTuple):
    """What a day's scoring of one dimension writes: its scores table, TUPLE_DAYS and JUDGEMENTS."""

    scores: pd.DataFrame
    tuples: pd.DataFrame
    judgements: pd.DataFrame


def score_rows(
    spec: DimensionSpec,
    traces: pd.DataFrame,
    *,
    day: date,
    checked: pd.DataFrame | None = None,
    verdicts: pd.DataFrame | None = None,
    sample: pd.DataFrame | None = None,
    threshold: float | None = None,
    check_failures: Mapping[str, Iterable[str]] = NOTHING,
    dataset: str = NONE,
) -> ScoredDay:
    """Return the dimension's rows of one day.

    Checked: every production trace, NULL outside the frame. Judged: every sampled trace, NULL without a
    verdict; both say why. A trace that was not drawn has no row. Composite: a failed check is score 0 at
    weight 1 (times the upstream weight) for every trace of the frame, else the sampled traces as judged.

    `checked` is as check_scores makes it, `sample` as SAMPLED_TRACES, `verdicts` as Verdicts.frame() with the
    budget's `threshold`; `check_failures` holds by dimension the traces whose check scored 0. Checks date
    their rows with the end of the data day, verdicts with the first paid answer: a re-run gives the same.
    """
    production = traces[(traces["role"] == PRODUCTION) & traces["consent"].astype("boolean").fillna(False)]
    parts, undecided = [], production["trace_id"]
    if checked is not None:
        reason = frame_of(spec, production, check_failures=check_failures)
        parts.append(_by_checks(spec, _checked_rows(production, checked, reason, day=day)))
        undecided = undecided[~undecided.isin(parts[0]["trace_id"])]
    if spec.judge is not None and sample is not None:
        drawn = sample[(sample["dimension"] == spec.name) & sample["trace_id"].isin(undecided)]
        parts.append(judged_rows(spec, drawn, verdicts, threshold=threshold, day=day))
    if not (filled := [part for part in parts if len(part)]):
        return ScoredDay(scores_table(spec.name).empty(), TUPLE_DAYS.empty(), JUDGEMENTS.empty())
    rows = _with_versions(_with_inputs(_together(filled), checked), spec, production, dataset=dataset)
    rows = rows.assign(day=pd.Timestamp(day), dimension=spec.name).sort_values("trace_id", ignore_index=True)
    return ScoredDay(
        scores=_written(scores_table(spec.name), rows),
        tuples=_written(TUPLE_DAYS, _tuple_days(rows)),
        judgements=_written(JUDGEMENTS, judgement_rows(rows)),
    )


def _by_checks(spec: DimensionSpec, rows: pd.DataFrame) -> pd.DataFrame:
    """Keep what checks decide: all rows without a judge, the failed ones before a judge."""
    return rows if spec.judge is None else rows[(rows["score"] == 0).fillna(False).astype(bool)]


def _together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Stack checked and judged rows; what only judges fill is there for both, in its type."""
    rows = pd.concat(parts, ignore_index=True)
    columns = rows.columns.union([*VERDICT_TYPES, "judge"], sort=False)
    return rows.reindex(columns=columns).astype(VERDICT_TYPES)


def _with_inputs(rows: pd.DataFrame, checked: pd.DataFrame | None) -> pd.DataFrame:
    """Add what a check says of each trace's input and whether it was refused, whoever scored the trace."""
    types = {"trace_id": "string", "input": "string", "refused": "boolean"}
    known = pd.DataFrame(columns=list(types)) if checked is None else checked.reindex(columns=list(types))
    bare = rows.drop(columns=["input", "refused"], errors="ignore")
    return bare.merge(known.astype(types), on="trace_id", how="left", validate="many_to_one")


def end_of(day: date) -> pd.Timestamp:
    """Return the end of a data day, at which checks are dated: 00:00 UTC of the next one."""
    return pd.Timestamp(day, tz="UTC") + pd.Timedelta(days=1)


def _checked_rows(
    traces: pd.DataFrame, checked: pd.DataFrame, reason: "pd.Series[str]", *, day: date
) -> pd.DataFrame:
    rows = traces[["trace_id", "sampling_weight"]].merge(checked, on="trace_id", how="inner")
    why = reason.reindex(rows["trace_id"]).reset_index(drop=True)
    outside = why != ELIGIBLE
    rows["missing_reason"] = rows["missing_reason"].mask(outside, why)
    rows["evaluator"] = rows["evaluator"].mask(outside, NO_CHECK)
    rows["score"], rows["label"] = rows["score"].mask(outside), rows["label"].mask(outside)
    return rows.rename(columns={"sampling_weight": "weight"}).assign(scored_at=end_of(day))


def _with_versions(
    rows: pd.DataFrame, spec: DimensionSpec, traces: pd.DataFrame, *, dataset: str
) -> pd.DataFrame:
    """Add the five versions and the tuple they make; a row without a judge of its own takes the day's."""
    versions = traces.assign(model=model_versions(traces)).set_index("trace_id")
    versions = versions[["model", "prompt_version"]].reindex(rows["trace_id"])
    rows["model"] = versions["model"].fillna(UNKNOWN).to_numpy()
    rows["prompt"] = versions["prompt_version"].fillna(UNKNOWN).to_numpy()
    if spec.judge is None:
        rows["judge"], rows["dataset"] = NONE, NONE
    else:
        rows["judge"] = rows["judge"].fillna(most_common_judge(rows, spec.judge.version))
        rows["dataset"] = dataset
    rows["rubric"] = spec.rubric_id
    parts = list(VersionTuple._fields)
    keys = list(rows[parts].itertuples(index=False, name=None))
    ids = {key: VersionTuple(*key).tuple_id for key in set(keys)}
    rows["tuple_id"] = [ids[key] for key in keys]
    judged = rows["evaluator"].isna()
    rows.loc[judged, "evaluator"] = "judge:" + rows.loc[judged, "judge"].astype("string")
    return rows


def _tuple_days(rows: pd.DataFrame) -> pd.DataFrame:
    keys = ["day", "dimension", "tuple_id", *VersionTuple._fields]
    counts = rows["tuple_id"].value_counts()
    tuple_days = rows[keys].drop_duplicates("tuple_id").sort_values("tuple_id", ignore_index=True)
    return tuple_days.assign(traces=tuple_days["tuple_id"].map(counts))


def _written(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    return rows[list(table.columns)]  # the lake's door validates
