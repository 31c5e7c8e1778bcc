"""The week's agreement of each judge with people, and the state of its gate."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import pandas as pd

from behavior_pipeline.calibration.agreement.ceiling import People
from behavior_pipeline.calibration.agreement.drop import Change, Pool, drop_of
from behavior_pipeline.calibration.agreement.measurement import Measurement, measure
from behavior_pipeline.calibration.gate.decide import Before, Look, decide
from behavior_pipeline.calibration.items import pool
from behavior_pipeline.calibration.items.pool import ENOUGH
from behavior_pipeline.calibration.items.strata import PassShares, Shares, mean_share
from behavior_pipeline.dimensions.spec import DimensionSpec, Gate
from behavior_pipeline.provenance.digests import canonical_json
from behavior_pipeline.statistics.agreement import kendall_tau_b
from behavior_pipeline.tables.calibration import CALIBRATION_AGREEMENT
from behavior_pipeline.words import NONE, GateState

NOBODY = People()


def agreement_of_week(
    spec: DimensionSpec,
    *,
    week: date,
    scores: pd.DataFrame,
    previous: pd.DataFrame,
    pass_shares: Mapping[str, PassShares],
    judges_in_use: Sequence[str],
    people: People = NOBODY,
) -> pd.DataFrame:
    """Return rows of calibration_agreement, one per judge and rubric with labels in the pool or in use.

    `scores` are rows of calibration_scores up to the week, `previous` those of calibration_agreement before
    it, best all of them: a state is carried from the latest row of its judge, however long ago. The row whose
    rubric is spec.rubric_id is the live gate. `pass_shares`, by rubric, are the shares of judged traffic that
    each judge passes; they re-weight labels that were drawn per verdict.
    """
    rows = pool.usable(spec, scores, week=week)
    history = _history(spec, previous, week)
    gates = [
        _gate_row(
            spec, judge, rubric, week=week, rows=rows[rows["rubric"] == rubric], history=history,
            pass_shares=pass_shares.get(rubric, {}),
        )
        | _of_people(people)
        for judge, rubric in _series(spec, rows, week=week, history=history, judges_in_use=judges_in_use)
    ]  # fmt: skip
    return CALIBRATION_AGREEMENT.validate(pd.DataFrame(gates, columns=list(CALIBRATION_AGREEMENT.columns)))


def _of_people(people: People) -> dict[str, Any]:
    return {
        "human_ceiling": people.ceiling, "human_kappa": people.kappa, "human_alpha": people.alpha,
        "human_items": people.items, "human_pairs": people.pairs,
        "human_reason": None if people.reason is None else str(people.reason),
    }  # fmt: skip


def _of_judge(gate: Gate, measured: Measurement) -> dict[str, Any]:
    return {
        "metric": measured.metric, "n": measured.n,
        "point": measured.point, "low": measured.low, "high": measured.high,
        "minimum": None if measured.metric == "none" else gate.minimum,
        "probability_above_gate": measured.probability_above, "prevalence": measured.prevalence,
        "sensitivity": measured.sensitivity, "specificity": measured.specificity, "kappa": measured.kappa,
        "missing_reason": None if measured.reason is None else str(measured.reason),
    }  # fmt: skip


def _of_judged_part(measured: Measurement | None) -> dict[str, Any]:
    if measured is None:
        return {}
    return {
        "judged_n": measured.n, "judged_point": measured.point, "judged_low": measured.low,
        "judged_high": measured.high, "judged_probability_above_gate": measured.probability_above,
        "judged_reason": None if measured.reason is None else str(measured.reason),
    }  # fmt: skip


def _of_change(change: Change) -> dict[str, Any]:
    pools = {"earlier": change.earlier, "now": change.now}
    known = {name: _spelled(side) for name, side in pools.items() if side is not None}
    return {
        "change": change.change, "probability_of_drop": change.probability,
        "p_value_of_drop": change.p_value, "drop_compared": change.compared,
        "drop_prevalence": change.prevalence, "drop_before": change.before, "drop_after": change.after,
        "drop_pools": canonical_json(known).decode() if known else None,
        "drop_reason": None if change.reason is None else str(change.reason),
    }  # fmt: skip


def _spelled(side: Pool) -> dict[str, Any]:
    return asdict(side) | {"weeks": [week.isoformat() for week in side.weeks]}


def _tau_b(metric: str, chosen: pd.DataFrame) -> float | None:
    """Return Kendall's tau-b beside Spearman's rho; of a binary judge it is its Matthews correlation."""
    if metric != "spearman":
        return None
    return kendall_tau_b(chosen["human_score"], chosen["judge_score"]).value


def _history(spec: DimensionSpec, previous: pd.DataFrame, week: date) -> pd.DataFrame:
    earlier = previous[(previous["dimension"] == spec.name) & (previous["week"] < pd.Timestamp(week))].copy()
    earlier["first_week"] = earlier.groupby(["judge", "rubric"])["week"].transform("min")
    # The last row is then the latest week's judge that came last: the predecessor of one that is new.
    return earlier.sort_values(["week", "first_week", "n", "judge"], kind="stable")


def _series(
    spec: DimensionSpec,
    rows: pd.DataFrame,
    *,
    week: date,
    history: pd.DataFrame,
    judges_in_use: Sequence[str],
) -> list[tuple[str, str]]:
    """Return judge and rubric of every row; a week without traffic and labels keeps the latest judges."""
    pooled = pool.between(rows, week, back=0, weeks=pool.POOLED_WEEKS)
    in_use = list(judges_in_use) or ([NONE] if spec.judge is None else [])
    series = {
        *zip(pooled["judge"], pooled["rubric"], strict=True),
        *((judge, spec.rubric_id) for judge in in_use),
    }
    if not in_use and not history.empty:
        latest = history[history["week"] == history["week"].max()]
        series |= {
            (judge, spec.rubric_id) for judge in latest.loc[latest["rubric"] == spec.rubric_id, "judge"]
        }
    return sorted(series)


def _gate_row(
    spec: DimensionSpec,
    judge: str,
    rubric: str,
    *,
    week: date,
    rows: pd.DataFrame,
    history: pd.DataFrame,
    pass_shares: PassShares,
) -> dict[str, Any]:
    before = _before(judge, rubric, history)
    pooled = pool.in_force(rows[rows["judge"] == judge], week)
    dataset = (before.dataset or NONE) if pooled.empty else str(pooled["dataset"].iloc[0])
    this_week = pooled[pooled["week"] == pd.Timestamp(week)]
    chosen, measured = _measured(spec.gate, pooled, this_week, mean_share(pooled, pass_shares))
    look = Look(
        len(pool.once(this_week)),
        measured.smaller(spec.gate),
        not before.new_judge and before.dataset not in (None, NONE, dataset),
    )
    decision = decide(spec.gate, before, look)
    change = drop_of(spec.gate, rows, week=week, judge=judge, pass_shares=pass_shares)
    return {
        "week": pd.Timestamp(week), "dimension": spec.name, "judge": judge, "rubric": rubric,
        "dataset": dataset, "weeks_pooled": chosen["week"].nunique(),
        **_of_judge(spec.gate, measured), **_of_judged_part(measured.judged),
        "tau_b": _tau_b(measured.metric, chosen),
        **_of_change(change),
        "previous_judge": before.judge, "previous_dataset": before.dataset,
        "previous_state": str(before.state),
        "looks": before.looks + look.counts,
        "gate_state": str(decision.state), "low_looks": decision.low_looks, "reason": str(decision.reason),
    }  # fmt: skip


def _measured(
    gate: Gate, pooled: pd.DataFrame, this_week: pd.DataFrame, shares: Shares | None
) -> tuple[pd.DataFrame, Measurement]:
    """Return items and their agreement: the pool's, or by the point rule this week's, if enough."""
    week_items = pool.once(this_week)
    alone = gate.rule == "point" and len(week_items) >= ENOUGH
    chosen = week_items if alone else pool.once(pooled)
    return chosen, measure(gate, chosen, shares)


def _before(judge: str, rubric: str, history: pd.DataFrame) -> Before:
    """Return where the gate of the judge stood, or of its predecessor; a new rubric starts unmeasured."""
    if history.empty:
        return Before()
    same_rubric = history[history["rubric"] == rubric]
    of_judge = same_rubric[same_rubric["judge"] == judge]
    if not of_judge.empty:
        last = of_judge.iloc[-1]
        return Before(
            GateState(last["gate_state"]), int(last["low_looks"]), _looks(of_judge),
            judge=judge, dataset=str(last["dataset"]),
        )  # fmt: skip
    last = (history if same_rubric.empty else same_rubric).iloc[-1]
    if same_rubric.empty:
        return Before(judge=str(last["judge"]), dataset=str(last["dataset"]))
    return Before(
        GateState(last["gate_state"]), new_judge=True, judge=str(last["judge"]), dataset=str(last["dataset"])
    )


def _looks(of_judge: pd.DataFrame) -> int:
    """Return how often the judge was looked at; of older rows, at least whether it ever was."""
    looks = of_judge["looks"].iloc[-1]
    return int(of_judge["probability_above_gate"].notna().any()) if pd.isna(looks) else int(looks)
