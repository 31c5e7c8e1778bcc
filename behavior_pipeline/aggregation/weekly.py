"""Weekly scores: the Hajek mean of every series with its error, frame, gate and versions."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd

from behavior_pipeline.aggregation.cells import CELL_KEYS, cell_inputs, cells_in
from behavior_pipeline.aggregation.corrected import Labels, with_corrected
from behavior_pipeline.aggregation.detectable import least_detectable_effects
from behavior_pipeline.aggregation.engine import INPUTS, prepared
from behavior_pipeline.aggregation.floor_size import with_floor_sizes
from behavior_pipeline.aggregation.levels import weekly_levels
from behavior_pipeline.aggregation.not_measurable import (
    CELL,
    Reasons,
    reasons_gone,
    reasons_outside,
    with_reasons,
    without_scores,
)
from behavior_pipeline.aggregation.own_scale import weekly_quantiles
from behavior_pipeline.aggregation.slices import live_keys, watched_slices
from behavior_pipeline.aggregation.traffic import weekly_traffic
from behavior_pipeline.aggregation.unjudged import with_bounds
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.provenance.digests import canonical_json
from behavior_pipeline.provenance.tuples import series_id
from behavior_pipeline.reasons import Reason
from behavior_pipeline.sampling.frames import ELIGIBLE
from behavior_pipeline.settings.model import Budget
from behavior_pipeline.statistics.estimate import SMALLEST_ERROR, mean_interval
from behavior_pipeline.tables.cells import WEEKLY_CELLS
from behavior_pipeline.tables.weekly import DAILY_SERIES, WEEKLY_SCORES, WEEKLY_TUPLE_SHARES
from behavior_pipeline.values import sql_beside
from behavior_pipeline.words import INPUT, GateState


class Weekly(NamedTuple):
    """One week: rows of weekly_scores, daily_series, and the tables weekly_tuple_shares to weekly_traffic."""

    scores: pd.DataFrame
    daily: pd.DataFrame
    tuple_shares: pd.DataFrame
    cells: pd.DataFrame
    quantiles: pd.DataFrame
    levels: pd.DataFrame
    traffic: pd.DataFrame


def weekly_scores(
    *,
    week: date,
    specs: Mapping[str, DimensionSpec],
    scores: pd.DataFrame,
    facts: pd.DataFrame,
    frames: pd.DataFrame,
    tuples: pd.DataFrame,
    traffic: pd.DataFrame,
    gate_states: pd.DataFrame,
    keys: Sequence[str] | None = None,
    top: int = 5,
    cell_keys: int = CELL_KEYS,
    top_users: int = 20,
    labels: Labels | None = None,
    earlier: pd.DataFrame | None = None,
    budget: Budget | None = None,
) -> Weekly:
    """Return the week's series: every dimension x (all, watched slices, other) x judge x rubric.

    `scores`, `facts`, `frames` and `tuples` are the week's rows of the scores view, trace_facts,
    sampling_frames and tuple_days; `traffic` is [week, slice_key, slice_value, traces] of this and earlier
    weeks; `gate_states` are the week's calibration_agreement rows. `keys` are the slice keys of the settings
    (default: those with traffic). Errors are linearised and clustered by user, else by conversation, else by
    session; a trace without any is its own cluster. A trace that does not carry a key that others carry is in
    its slice `absent`. The first `cell_keys` of the keys make cells. Calibration traces never count. `labels`
    are people's, from which corrected levels are made, and `earlier` are rows of weekly scores of up to eight
    weeks before.
    """
    keys = sorted(traffic["slice_key"].unique()) if keys is None else list(keys)
    watched = watched_slices(traffic, week=week, keys=keys, top=top)
    known = scores[scores["dimension"].isin(list(specs))].assign(input=_inputs(scores))
    if known["input"].isin(INPUTS).any():
        watched[INPUT] = list(INPUTS)
    inputs = {"frames": frames[[*CELL, "reason", "traces", "weight"]], **cell_inputs(specs, keys[:cell_keys])}
    dearest = {"feature": top, "model": top, "user_key": top_users}
    live = live_keys(traffic, week=week)
    with prepared(known, facts, tuples, watched=watched, live=live, more=inputs) as connection:
        estimates, daily, shares, excluded, levels = _views(connection)
        cells = cells_in(connection, WEEKLY_CELLS, week=pd.Timestamp(week))
        quantiles = weekly_quantiles(connection, week=week, top=dearest)
        graded = weekly_levels(connection, specs, week=week)
    before = WEEKLY_SCORES.empty() if earlier is None else earlier
    gone = reasons_gone(before, facts, traffic[traffic["week"] == pd.Timestamp(week)], keys=keys)
    rows = _score_rows(
        specs, estimates=estimates, excluded=excluded, gate_states=gate_states, gone=gone, earlier=before
    )
    rows = with_corrected(
        rows, specs, week=week, labels=labels, earlier=earlier, watched=watched, levels=levels
    )
    rows = with_floor_sizes(with_bounds(_named(rows, week)), before)
    beyond = rows["slice_key"].isin(keys[cell_keys:]).map({True: str(Reason.KEY_BEYOND_LIMIT), False: pd.NA})
    rows["cells_reason"] = beyond.astype("string")
    rows["least_detectable_effect"] = least_detectable_effects(
        rows, specs, earlier=earlier, budget=Budget() if budget is None else budget
    )
    return Weekly(
        scores=WEEKLY_SCORES.validate(rows[list(WEEKLY_SCORES.columns)]),
        daily=DAILY_SERIES.validate(_named(daily, week)[list(DAILY_SERIES.columns)]),
        tuple_shares=WEEKLY_TUPLE_SHARES.validate(_clipped(shares).assign(week=pd.Timestamp(week))),
        cells=cells,
        quantiles=quantiles,
        levels=graded,
        traffic=weekly_traffic(frames, week=week, live=[key for key in keys if key in live]),
    )


def _inputs(scores: pd.DataFrame) -> "pd.Series[str]":
    """Return what a check says that each trace's input calls for; NULL in rows of before it was asked."""
    return scores.get("input", pd.Series(pd.NA, index=scores.index)).astype("string")


def _views(connection: duckdb.DuckDBPyConnection) -> list[pd.DataFrame]:
    connection.execute(sql_beside(__file__, "weekly"))
    views = ("weekly_score", "daily_score", "weekly_tuple_share", "excluded", "verdict_level")
    return [connection.sql(f"from {view}").df() for view in views]


def _score_rows(
    specs: Mapping[str, DimensionSpec],
    *,
    estimates: pd.DataFrame,
    excluded: pd.DataFrame,
    gate_states: pd.DataFrame,
    gone: Reasons,
    earlier: pd.DataFrame,
) -> pd.DataFrame:
    why = {**gone, **reasons_outside(excluded)}
    named = without_scores(estimates, why, specs=specs, gate_states=gate_states, earlier=earlier)
    rows = _with_errors(_clipped(named)).merge(_exclusions(excluded), on=CELL, how="left")
    rows["excluded"] = rows["excluded"].fillna("{}")
    rows["missing_reason"] = with_reasons(rows, why)
    rows["gate_state"] = _gate_states(specs, rows, measured=gate_states)
    return rows


def _gate_states(
    specs: Mapping[str, DimensionSpec], rows: pd.DataFrame, *, measured: pd.DataFrame
) -> list[str]:
    """Return the state of each row's gate: what was measured, else what its dimension declares.

    What was measured comes first: a shut gate outranks a declared exemption.
    """
    gate = ["dimension", "judge", "rubric"]
    known = measured[measured["gate_state"] != GateState.UNMEASURED]
    states = known.set_index(gate)["gate_state"].to_dict()
    return [
        states.get(key, str(specs[key[0]].gate.declared_state))
        for key in rows[gate].itertuples(index=False, name=None)
    ]


def _with_errors(rows: pd.DataFrame) -> pd.DataFrame:
    """Add n_eff, the interval and, where they cannot be given, the reason."""
    mean, se, n_kish = (
        rows[name].to_numpy(dtype=float, na_value=np.nan) for name in ("mean", "se", "n_kish")
    )
    alike = se <= SMALLEST_ERROR
    size = np.where(alike, n_kish, mean * (1 - mean) / np.where(alike, 1.0, se) ** 2)
    rows["n_eff"] = np.where(np.isnan(se), np.nan, size)
    known = rows["n_eff"].notna()
    cells = zip(mean[known], rows["n_eff"][known], rows["clusters"][known], strict=True)
    ends = [mean_interval(value, size, clusters=int(clusters)) for value, size, clusters in cells]
    intervals = pd.DataFrame(ends, columns=["low", "high"], index=rows.index[known], dtype=float)
    reasons = np.select(
        [np.isnan(mean), np.isnan(se)], [str(Reason.NO_SCORED_TRACE), str(Reason.ONE_CLUSTER)], ""
    )
    missing = pd.Series(reasons, index=rows.index, dtype="string").replace("", pd.NA)
    return rows.join(intervals).assign(missing_reason=missing)


def _clipped(rows: pd.DataFrame) -> pd.DataFrame:
    """Cut off what rounding put beyond [0, 1]."""
    return rows.assign(**{name: rows[name].clip(0, 1) for name in ("mean", "share") if name in rows})


def _exclusions(excluded: pd.DataFrame) -> pd.DataFrame:
    """Return eligible_share and the JSON of counts by reason for each dimension x slice."""
    shares = []
    for cell, rows in excluded.groupby(CELL, sort=True):
        framed = rows[rows["weight"].notna()]
        total = framed["weight"].sum()
        eligible = framed.loc[framed["reason"] == ELIGIBLE, "weight"].sum()
        counts = rows.loc[rows["reason"] != ELIGIBLE].set_index("reason")["traces"].astype(int).to_dict()
        share = eligible / total if total > 0 else None
        shares.append((*cell, share, canonical_json(counts).decode()))
    table = pd.DataFrame(shares, columns=[*CELL, "eligible_share", "excluded"])
    return table.astype({**dict.fromkeys(CELL, "string"), "eligible_share": "Float64"})


def _named(rows: pd.DataFrame, week: date) -> pd.DataFrame:
    """Add the week and the series id."""
    columns = [*CELL, "judge", "rubric"]
    identity = rows[columns].itertuples(index=False, name=None)
    names = [series_id(**dict(zip(columns, values, strict=True))) for values in identity]
    return rows.assign(week=pd.Timestamp(week), series_id=pd.array(names, dtype="string"))
