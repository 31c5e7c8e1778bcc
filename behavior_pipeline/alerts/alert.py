"""An alert: a row of drift_alerts as a struct, and what its JSON columns hold."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pandas as pd

from behavior_pipeline.attribution.suspects import Suspect, Versions, suspects_json, suspects_of
from behavior_pipeline.attribution.verdict import VerdictEvidence, evidence_json, evidence_of
from behavior_pipeline.drift.band import Band
from behavior_pipeline.provenance.digests import canonical_json
from behavior_pipeline.tables.drift import DRIFT_ALERTS
from behavior_pipeline.values import none_if_missing
from behavior_pipeline.words import FindingKind

# Keys that are missing in a lake's older rows are None or empty, and unknown ones are passed over.


class ScorerAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """How well the judge behind a score agrees with people that week."""

    metric: str | None = None
    n: int | float | None = None
    point: float | None = None
    low: float | None = None
    high: float | None = None
    probability_above_gate: float | None = None
    gate_state: str | None = None


class ScoreNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """A series' numbers of a week against the level that was pinned when its alert opened.

    Levels are in `unit`, and `effect_se` is the error of the change. `judge` and `rubric` are the pinned
    ones, shares are of the dimension's traffic. `sd` is the spread of the weeks before, in older rows.
    """

    week: str | None = None
    metric: str = "mean"
    unit: str = "score"
    baseline: float | None = None
    sd: float | None = None
    judge: str | None = None
    rubric: str | None = None
    current_judge: str | None = None
    current: float | None = None
    effect: float | None = None
    effect_se: float | None = None
    n: int | float | None = None
    n_eff: float | None = None
    low: float | None = None
    high: float | None = None
    eligible_share: float | None = None
    traffic_share: float | None = None
    agreement: ScorerAgreement | None = None


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """What another detector said of the same series in the week in which it fell."""

    detector: str
    baseline: float | None = None
    current: float | None = None
    effect: float | None = None
    statistic: float | None = None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A slice that fell with the one that an alert is about."""

    slice_key: str
    slice_value: str
    judge: str | None = None
    rubric: str | None = None
    baseline: float | None = None
    current: float | None = None
    effect: float | None = None
    statistic: float | None = None
    week: str | None = None
    onset: str | None = None
    traffic_share: float | None = None
    also: tuple[Sighting, ...] = ()


class ScoreEvidence(ScoreNumbers, frozen=True, kw_only=True):
    """What a score alert was made from: this week's numbers, those of its opening, and who fell with it.

    `band` is where the finding says that the series is quiet, pinned at the opening; `worse` says on which
    side of it an alert stands, `quiet_looks` for how many weeks it has been back. `p_value` and `q_value` are
    those of the opening, `reason` why it was decided to be an alarm, `verdict` because of what it moved then,
    `within` the slice values that held all of it. `announced` says whether the alert ever spoke.
    """

    detector: str | None = None
    band: Band | None = None
    worse: int = -1
    quiet_looks: int = 0
    p_value: float | None = None
    q_value: float | None = None
    reason: str | None = None
    verdict: str | None = None
    opening: ScoreNumbers | None = None
    within: dict[str, str] | None = None
    folded: tuple[Member, ...] = ()
    also: tuple[Sighting, ...] = ()
    announced: bool = False


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What a row of calibration_agreement says of a judge, by the names of its columns."""

    judge: str | None = None
    rubric: str | None = None
    dataset: str | None = None
    previous_judge: str | None = None
    previous_dataset: str | None = None
    metric: str | None = None
    n: int | float | None = None
    low: float | None = None
    high: float | None = None
    minimum: float | None = None
    probability_above_gate: float | None = None
    probability_of_drop: float | None = None
    change: float | None = None
    gate_state: str | None = None
    previous_state: str | None = None
    reason: str | None = None


class JudgeNumbers(Agreement, frozen=True, kw_only=True):
    """A judge's agreement with people in a week; `current` is its point."""

    week: str | None = None
    current: float | None = None


class AgreementBefore(Agreement, frozen=True, kw_only=True):
    """The last agreement before the week, of the judge that was in force then."""

    point: float | None = None


class JudgeEvidence(JudgeNumbers, frozen=True, kw_only=True):
    """What a calibration alert was made from.

    `moved` is who was seen to have moved so far, `judge` or `people`; `anchors` are the reasons of this week
    that say so; `dropped` says which pools were compared, where the agreement fell between them.
    """

    baseline: float | None = None
    before: AgreementBefore | None = None
    dropped: str | None = None
    detectors: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    opening: JudgeNumbers | None = None
    folded: tuple[Member, ...] = ()
    announced: bool = False


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One row of drift_alerts; the table says what its columns mean."""

    week: pd.Timestamp
    alert_id: str
    kind: str
    dimension: str
    slice_key: str
    slice_value: str
    opened: pd.Timestamp
    onset: pd.Timestamp | None
    severity: str
    sentence: str = ""
    verdict: str
    verdict_evidence: VerdictEvidence | None = None
    suspects: tuple[Suspect, ...]
    tuple_before: Versions | None
    tuple_after: Versions | None
    owner: str
    route: str
    state: str
    suppressed_reason: str | None = None
    evidence: ScoreEvidence | JudgeEvidence

    @property
    def cell(self) -> tuple[str, str]:
        """Return the slice that the alert is about."""
        return self.slice_key, self.slice_value


def alert_of(row: Mapping[Any, Any]) -> Alert:
    """Return a row of drift_alerts as an alert."""
    cells: dict[str, Any] = {name: none_if_missing(row.get(name)) for name in Alert.__struct_fields__}
    evidence = JudgeEvidence if cells["kind"] == FindingKind.CALIBRATION else ScoreEvidence
    cells["evidence"] = msgspec.json.decode(cells["evidence"], type=evidence)
    cells["suspects"] = suspects_of(cells["suspects"])
    cells["verdict_evidence"] = evidence_of(cells["verdict_evidence"])
    for name in ("tuple_before", "tuple_after"):
        cells[name] = None if cells[name] is None else msgspec.json.decode(cells[name], type=Versions)
    return Alert(**cells)


def alerts_of(frame: pd.DataFrame) -> list[Alert]:
    """Return DRIFT_ALERTS rows as alerts."""
    return [alert_of(row) for row in frame.to_dict("records")]


def alerts_frame(alerts: Sequence[Alert]) -> pd.DataFrame:
    """Return alerts as DRIFT_ALERTS rows, in the order of dimension and opening."""
    frame = pd.DataFrame([_row(alert) for alert in alerts], columns=list(DRIFT_ALERTS.columns))
    return DRIFT_ALERTS.validate(frame.sort_values(["dimension", "opened", "alert_id"]))


def _row(alert: Alert) -> dict[str, Any]:
    before, after = (None if one is None else _json(one) for one in (alert.tuple_before, alert.tuple_after))
    return msgspec.structs.asdict(alert) | {
        "tuple_before": before, "tuple_after": after, "suspects": suspects_json(alert.suspects),
        "verdict_evidence": None if alert.verdict_evidence is None else evidence_json(alert.verdict_evidence),
        "evidence": _json(msgspec.to_builtins(alert.evidence)),
    }  # fmt: skip


def _json(value: Any) -> str:
    return canonical_json(value).decode()
