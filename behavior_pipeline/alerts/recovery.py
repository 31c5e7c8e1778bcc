"""Whether an alert still stands: its series this week against the baseline pinned at its opening."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from behavior_pipeline.alerts.alert import Alert, ScoreEvidence
from behavior_pipeline.alerts.incidents import subject_of
from behavior_pipeline.alerts.week_tables import WeekTables, surest_first
from behavior_pipeline.dimensions.spec import Drift
from behavior_pipeline.drift.band import Band, quiet
from behavior_pipeline.drift.evidence import floor_size
from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.reasons import Reason
from behavior_pipeline.words import SPEAKING, FindingKind, GateState

QUIET = (str(Reason.WITHIN_BAND), str(Reason.BELOW_EFFECT_FLOOR), str(Reason.NOT_RARE))


@dataclass(frozen=True)
class Pinned:
    """What an alert was opened against: the level before, the band, which side is bad, and who measured."""

    baseline: float | None
    band: Band
    worse: int
    judge: str
    rubric: str
    detector: str | None
    metric: str = "mean"

    @property
    def versions(self) -> tuple[str, str]:
        """Return the judge and the rubric, of which another one is another series."""
        return self.judge, self.rubric


@dataclass(frozen=True)
class Standing:
    """Where an alert stands: `out` of its band, `back` in it, or `unknown`: nothing comparable."""

    place: Literal["out", "back", "unknown"]
    finding: Finding | None
    suppressed_reason: Reason | None = None


def pinned(alarm: Finding) -> Pinned:
    """Return what an alarm is compared with from now on."""
    band = Band(alarm.band_low, alarm.band_high)
    return Pinned(alarm.baseline, band, alarm.worse, alarm.judge, alarm.rubric, alarm.detector, alarm.metric)


def pinned_at_opening(evidence: ScoreEvidence, drift: Drift) -> Pinned:
    """Return what an alert was opened against; before bands were pinned, all went by two deviations."""
    band = evidence.band or quiet(
        evidence.baseline or 0.0, evidence.sd or 0.0, effect_floor=drift.effect_floor
    )
    return Pinned(
        evidence.baseline, band, evidence.worse, evidence.judge or "", evidence.rubric or "",
        evidence.detector, evidence.metric,
    )  # fmt: skip


def standing(
    tables: WeekTables,
    of: Alert | Finding,
    *,
    reference: Pinned,
    alarms: Sequence[Finding],
    judge_in_trouble: bool,
) -> Standing:
    """Return where the alert on a dimension x slice stands this week.

    `alarms` are this week's that belong to it. A level that another judge or rubric read is not compared
    with the pinned one: the new series has to have a history of its own before it can say that all is quiet.
    """
    finding = _finding_now(tables, of, reference)
    same = finding is not None and (finding.judge, finding.rubric) == reference.versions
    place: Literal["out", "back", "unknown"] = "unknown"
    reason = _held_back(tables, finding, judge_in_trouble=judge_in_trouble)
    if alarms:
        place = "out"
    elif finding and finding.current is not None and same and _measured(tables, finding):
        out = reference.band.is_out(finding.current, worse=reference.worse)
        place = "out" if out else "back"
    elif finding and not same:
        decision = tables.decision(finding)
        place = "back" if decision is not None and decision.reason in QUIET else "unknown"
        reason = reason or (Reason.SERIES_ENDED if place == "unknown" else None)
    return Standing(place, finding, reason)


def _finding_now(tables: WeekTables, of: Alert | Finding, reference: Pinned) -> Finding | None:
    """Return this week's finding of the slice: of the pinned series if it has scores, else the largest.

    Of several detectors the one that opened the alert speaks.
    """
    here = [
        finding
        for finding in tables.findings
        if finding.kind != FindingKind.CALIBRATION and subject_of(finding.kind) == subject_of(of.kind)
        and (finding.dimension, *finding.cell) == (of.dimension, *of.cell)
        and finding.metric == reference.metric and finding.current is not None
    ]  # fmt: skip
    same = [finding for finding in here if (finding.judge, finding.rubric) == reference.versions]
    sizes = {finding.series_id: tables.weekly_row(finding.series_id).get("n") or 0 for finding in here}
    return min(
        same or here,
        key=lambda one: (
            -sizes[one.series_id], one.series_id, one.detector != reference.detector, *surest_first(one)
        ),
        default=None,
    )  # fmt: skip


def _measured(tables: WeekTables, finding: Finding) -> bool:
    """Return whether this week's level rests on enough traces to call an alert off.

    A finding without a row of weekly scores is of something else, as a quantile, and says its size itself.
    """
    weekly = tables.weekly_row(finding.series_id)
    size = floor_size(weekly) if weekly else finding.n_eff
    return size is not None and size >= tables.specs[finding.dimension].drift.minimum_n_eff


def _held_back(tables: WeekTables, finding: Finding | None, *, judge_in_trouble: bool) -> Reason | None:
    state = tables.weekly_row(finding.series_id).get("gate_state") if finding else None
    if state is not None and state not in SPEAKING:
        return Reason.GATE_UNMEASURED if state == GateState.UNMEASURED else Reason.GATE_SHUT
    return Reason.CALIBRATION_ALERT if judge_in_trouble else None
