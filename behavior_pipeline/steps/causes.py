"""What the cause of a week's alarms is looked for in: cells, anchors, events, and the days of versions."""

from collections.abc import Iterable, Sequence
from datetime import date

import pandas as pd

from behavior_pipeline.attribution.cause import CauseTables, SeriesDays
from behavior_pipeline.attribution.contrast import BEFORE_DAYS
from behavior_pipeline.attribution.mix import scale_of, weeks_tested
from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.steps.weeks import sunday_of
from behavior_pipeline.values import sql_beside
from behavior_pipeline.words import FindingKind

WITHOUT_TRACES = frozenset({FindingKind.CALIBRATION, FindingKind.COVERAGE, FindingKind.MISSING})


def cause_tables(lake: Lake, week: date, alarms: Sequence[Finding]) -> CauseTables:
    """Return what the causes of a week's alarms are looked for in."""
    weeks = sorted({day.date() for one in alarms for day in [*weeks_tested(one), *one.compared_with]})
    where = {"week": weeks or [week]}
    return CauseTables(
        weekly=lake.read("weekly_scores", where),
        cells=lake.read("weekly_cells", where),
        anchors=lake.read("anchor_changes", {"week": week}),
        events=lake.read("events"),
        days=version_days(lake, alarms),
        alarms=alarms,
    )


def version_days(lake: Lake, findings: Iterable[Finding]) -> SeriesDays:
    """Return what each version, flag and slice of the findings' traffic scored day by day, on their scales.

    None of what is no level of traces.
    """
    days: dict[tuple[str, str], pd.DataFrame] = {}
    for finding in findings:
        key = (finding.series_id, scale_of(finding))
        if finding.kind in WITHOUT_TRACES or key in days:
            continue
        week = finding.week.date()
        asked = ("dimension", "slice_key", "slice_value", "judge", "rubric")
        given = {name: getattr(finding, name) for name in asked}
        window = {"first": week - BEFORE_DAYS, "last": sunday_of(week), "week": week, "scale": key[1]}
        days[key] = lake.sql(sql_beside(__file__, "version_days"), {**given, **window})
    return days
