"""Because of what a series moved: suspects with their contrasts, and the verdict."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec
import pandas as pd

from behavior_pipeline.attribution.contrast import (
    NewValue,
    before_and_after,
    dispersion_of,
    explained,
    new_values,
    week_variance,
)
from behavior_pipeline.attribution.mix import Mix, change_of, joint_bounds, mixes, scale_of
from behavior_pipeline.attribution.suspects import AFTER_ONSET, BEFORE_ONSET, Suspect, near_events
from behavior_pipeline.attribution.verdict import Inputs, VerdictEvidence, anchor_shift, verdict
from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.values import number_or_none
from behavior_pipeline.words import SCORE, FindingKind, Verdict

SeriesDays = Mapping[tuple[str, str], pd.DataFrame]  # by series_id and scale, see contrast.new_values
ON_TRACES = frozenset({FindingKind.SCORE, FindingKind.SLICE, FindingKind.LATENCY, FindingKind.COST})
MIX = "mix"  # the metric of findings on a level that fell by other traffic
ON_SCORES = frozenset({FindingKind.SCORE, FindingKind.SLICE})


@dataclass(frozen=True)
class CauseTables:
    """Rows of weekly_scores and weekly_cells of the weeks tested and compared, anchor_changes, and events.

    `days` are those of the series that alarm; `alarms` all findings that were decided to be alarms.
    """

    weekly: pd.DataFrame
    cells: pd.DataFrame | None
    anchors: pd.DataFrame
    events: pd.DataFrame
    days: SeriesDays = field(default_factory=dict)
    alarms: Sequence[Finding] = ()


@dataclass(frozen=True)
class Cause:
    """The suspects of a finding, the likeliest first, its verdict and the numbers that say so."""

    suspects: tuple[Suspect, ...]
    verdict: Verdict
    evidence: VerdictEvidence


def cause_of(finding: Finding, tables: CauseTables) -> Cause:
    """Return because of what a finding's series moved, as far as the tables tell."""
    named = tuple(suspects_of_series(finding, tables))
    change, mix = _change(finding, tables)
    word, evidence = verdict(
        Inputs(
            finding=finding, change=change, mix=mix, suspects=named,
            calibration=[
                one for one in tables.alarms
                if one.kind == FindingKind.CALIBRATION and one.dimension == finding.dimension
            ],
            anchors=anchor_shift(tables.anchors, finding),
            bounds=joint_bounds(tables.weekly, finding) if finding.kind in ON_SCORES else None,
        )
    )  # fmt: skip
    return Cause(named, word, evidence)


def _change(finding: Finding, tables: CauseTables) -> tuple[float | None, Mix | None]:
    """Return the change of the traces' mean on their scale, and its split."""
    if finding.kind not in ON_TRACES and finding.metric != MIX:
        return None, None
    cells = tables.cells
    mix = None if cells is None else next(iter(mixes(cells, finding)), None)
    if scale_of(finding) == SCORE:
        return finding.effect, mix
    return (None if cells is None else change_of(cells, finding)), mix


def suspects_of_series(finding: Finding, tables: CauseTables) -> list[Suspect]:
    """Return the versions and flags that first came about the onset, by what they explain, then the events.

    From three days before the first day of the onset's interval to one day after its last; without an onset
    about the weeks tested.
    """
    end = finding.week + timedelta(weeks=1)
    begins = end - timedelta(weeks=finding.window)
    first = (finding.onset_low or finding.onset or begins) - BEFORE_ONSET
    last = min((finding.onset_high or finding.onset or end) + AFTER_ONSET, end - timedelta(days=1))
    days = tables.days.get((finding.series_id, scale_of(finding)))
    near = near_events(tables.events, first=first, last=last)
    if days is None or days.empty:
        return near
    by = _dispersion(finding, tables.weekly, days)
    sign = -1.0 if (finding.effect or 0.0) < 0 else 1.0
    values = list(new_values(days, first=first, last=last, end=end, dispersion=by))
    values.sort(key=lambda one: (-sign * (explained(one) or 0.0), one.component, one.value))
    return [_suspect(value) for value in values] + list(_with_contrast(near, days, end=end, by=by))


def _suspect(value: NewValue) -> Suspect:
    contrast = value.contrast
    return Suspect(
        component=value.component, after=value.value, before=value.replaced,
        first_day=value.first_day.date().isoformat(), mean_before=value.mean_before,
        mean_after=value.mean_after, share=value.share, explained=explained(value),
        estimate=None if contrast is None else contrast.estimate,
        se=None if contrast is None else contrast.se,
        p_value=None if contrast is None else contrast.p_value, controls=value.controls,
    )  # fmt: skip


def _with_contrast(
    near: Sequence[Suspect], days: pd.DataFrame, *, end: pd.Timestamp, by: float
) -> Iterator[Suspect]:
    for event in near:
        contrast = before_and_after(days, day=pd.Timestamp(event.first_day or end), end=end, dispersion=by)
        yield (
            event
            if contrast is None
            else msgspec.structs.replace(
                event, estimate=contrast.estimate, se=contrast.se, p_value=contrast.p_value
            )
        )


def _dispersion(finding: Finding, weekly: pd.DataFrame, days: pd.DataFrame) -> float:
    """Return what clusters add to variances: the week's own error over that of independent traces."""
    rows = weekly[(weekly["series_id"] == finding.series_id) & (weekly["week"] == finding.week)]
    if rows.empty or finding.kind not in ON_SCORES:
        return 1.0
    return dispersion_of(number_or_none(rows["se"].iloc[0]), week_variance(days, finding.week))
