"""Whether a score alert still stands: its series this week against the baseline pinned at its opening."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from behavior_pipeline.alerts.week_tables import Inputs
from behavior_pipeline.dimensions.spec import Drift
from behavior_pipeline.reasons import Reason
from behavior_pipeline.values import Record, first
from behavior_pipeline.words import SPEAKING

BAND = 2.0
QUIET = (str(Reason.WITHIN_BAND), str(Reason.BELOW_EFFECT_FLOOR))


@dataclass(frozen=True)
class Pinned:
    """The reference an alert was opened against, and the judge and rubric that made it."""

    baseline: float
    sd: float
    judge: str
    rubric: str


@dataclass(frozen=True)
class Standing:
    """Where an alert stands: `out` of its band, `back` in it, or `unknown`: nothing comparable."""

    place: Literal["out", "back", "unknown"]
    finding: Record
    suppressed_reason: Reason | None = None


def pinned(finding: Record) -> Pinned:
    """Return what a finding is compared with from now on; sd is 0 where all its weeks were alike."""
    statistic = finding["statistic"]
    sd = abs(float(finding["effect"]) / float(statistic)) if statistic else 0.0
    return Pinned(float(finding["baseline"]), sd, finding["judge"], finding["rubric"])


def is_out(current: float, reference: Pinned, drift: Drift) -> bool:
    """Return whether a level is still below the pinned band by at least the effect floor."""
    fall = reference.baseline - current
    return fall > BAND * reference.sd and fall >= drift.effect_floor


def standing(
    inputs: Inputs, cell: Record, *, reference: Pinned, falls: Sequence[Record], judge_in_trouble: bool
) -> Standing:
    """Return where the alert on a dimension x slice stands this week.

    `falls` are this week's alarms that belong to it. A level that another judge or rubric read is not
    compared with the pinned one: the new series has to have a history of its own before it can say that all
    is quiet.
    """
    finding = _finding_now(inputs, cell, reference)
    same = bool(finding) and (finding["judge"], finding["rubric"]) == (reference.judge, reference.rubric)
    place: Literal["out", "back", "unknown"] = "unknown"
    reason = _held_back(inputs, finding, judge_in_trouble=judge_in_trouble)
    if falls:
        place = "out"
    elif same and _measured(inputs, finding):
        drift = inputs.specs[cell["dimension"]].drift
        place = "out" if is_out(float(finding["current"]), reference, drift) else "back"
    elif finding and not same:
        place = "back" if finding["reason"] in QUIET else "unknown"
        reason = reason or (Reason.SERIES_ENDED if place == "unknown" else None)
    return Standing(place, finding, reason)


def _finding_now(inputs: Inputs, cell: Record, reference: Pinned) -> Record:
    """Return this week's finding of the cell: of the pinned series if it has scores, else the largest."""
    rows = inputs.findings
    here = rows[rows["kind"].isin(["score", "slice"])]
    for name in ("dimension", "slice_key", "slice_value"):
        here = here[here[name] == cell[name]]
    own = here[(here["judge"] == reference.judge) & (here["rubric"] == reference.rubric)]
    if own["current"].notna().any():
        return first(own[own["current"].notna()])
    sizes = {name: inputs.weekly_row(name).get("n") or 0 for name in here["series_id"]}
    ranked = here.assign(size=here["series_id"].map(sizes)).sort_values(
        ["size", "series_id"], ascending=[False, True]
    )
    return first(ranked[ranked["current"].notna()].drop(columns="size"))


def _measured(inputs: Inputs, finding: Record) -> bool:
    """Return whether this week's level rests on enough traces to call an alert off."""
    n_eff = inputs.weekly_row(finding["series_id"]).get("n_eff")
    return n_eff is not None and n_eff >= inputs.specs[finding["dimension"]].drift.minimum_n_eff


def _held_back(inputs: Inputs, finding: Record, *, judge_in_trouble: bool) -> Reason | None:
    state = inputs.weekly_row(finding["series_id"]).get("gate_state") if finding else None
    if state is not None and state not in SPEAKING:
        return Reason.GATE_UNMEASURED if state == "unmeasured" else Reason.GATE_SHUT
    return Reason.CALIBRATION_ALERT if judge_in_trouble else None
