"""Drift of a period: what every detector measured, what was decided on it, and what is carried on."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.drift.decision.decide import decide
from behavior_pipeline.drift.decision.localise import localise
from behavior_pipeline.drift.decision.onset import with_onsets
from behavior_pipeline.drift.detector import Detector, Measured, detectors
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import Finding, findings_frame
from behavior_pipeline.drift.judges.instrument import explained_by_judges
from behavior_pipeline.errors import ConfigError
from behavior_pipeline.tables.drift import DRIFT_FINDINGS, DRIFT_STATE


class Drift(NamedTuple):
    """Rows of drift_findings, drift_decisions and drift_state."""

    findings: pd.DataFrame
    decisions: pd.DataFrame
    state: pd.DataFrame


def drift_of_period(
    evidence: Evidence, *, also: Sequence[Finding] = (), only: Collection[str] | None = None
) -> Drift:
    """Return the findings of a period's detectors with the decisions; ConfigError for one that is not there.

    Nothing later than the period is looked at. `also` are findings that share the budget of false alarms,
    `only` the detectors that are run (None: all).
    """
    known = detectors()
    _check_names(evidence.specs, known)
    evidence = evidence.cut()
    measured = [
        detector.detect(evidence.of(watched))
        for detector in known.values()
        if detector.grain == evidence.grain
        and (only is None or detector.name in only)
        and all(evidence.has(name) for name in detector.needs)
        and (watched := _watched(evidence.specs, detector))
    ]
    if also:
        measured.append(Measured(findings_frame(also), DRIFT_STATE.empty()))
    findings = _joined(measured)
    state = DRIFT_STATE.joined(one.state for one in measured)
    decisions = decide(findings, evidence.specs, evidence.budget)
    decisions = explained_by_judges(findings, decisions, evidence.specs)
    decisions = localise(findings, decisions, evidence)
    return Drift(with_onsets(findings, decisions, evidence), decisions, state)


def _watched(specs: Mapping[str, DimensionSpec], detector: Detector) -> dict[str, DimensionSpec]:
    return {
        name: spec for name, spec in specs.items() if detector.always or detector.name in spec.drift.detectors
    }


def _joined(measured: list[Measured]) -> pd.DataFrame:
    rows = DRIFT_FINDINGS.joined(one.findings for one in measured)
    return rows.sort_values(["detector", "dimension", "series_id", "kind", "metric"], ignore_index=True)


def _check_names(specs: Mapping[str, DimensionSpec], known: Mapping[str, Detector]) -> None:
    for spec in specs.values():
        if unknown := sorted(set(spec.drift.detectors) - set(known)):
            raise ConfigError(
                happened=f"dimension {spec.name} asks for detectors that do not exist: {unknown}",
                kept="no finding was written",
                remedy=f"correct drift.detectors; there are {sorted(known)}",
            )
