"""Other traffic, not worse answers: by how much a level falls if every cell keeps its level of before.

The level that the week's traffic would have at the weeks' before levels of its cells is a series of its own:
Kitagawa's (1955) mix, with the spread that it had between quiet weeks.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from behavior_pipeline.drift.detector import Detector, Measured, no_findings
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import shaped
from behavior_pipeline.drift.series.against_weeks import IDENTITY, Measure, findings_of_weeks, weeks_of
from behavior_pipeline.provenance.tuples import series_id
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.estimate import Vector
from behavior_pipeline.tables.drift import DRIFT_FINDINGS
from behavior_pipeline.words import ALL, CHECKS, NONE, SCORE, Family, FindingKind

NAME = "mix"
METRIC = "mix"
SCORER = ["dimension", "judge", "rubric"]
SUMS = ["n", "sum_w", "sum_wy", "sum_w2"]
SHRINKAGE = 5.0  # traces at the whole's level that each cell's level is mixed with: a new cell has no other


class Expected(NamedTuple):
    """Of one scorer: the level that each week's traffic would have, and by how much the level changed."""

    rows: pd.DataFrame
    raw: float
    size: float


def detect(evidence: Evidence) -> Measured:
    """Return a finding for each dimension, judge and rubric: `effect` by the mix, `rest_effect` within cells.

    What checks alone say of a composite dimension is looked at beside it, as of judge and rubric `none`.
    It is compared only where the level itself fell by the floor and more by the mix than within the cells.
    """
    cells = evidence.table("weekly_cells")
    cells = cells[cells["metric"].isin([SCORE, CHECKS]) & cells["dimension"].isin(list(evidence.specs))]
    of_checks = cells["metric"] == CHECKS
    cells = cells.assign(
        judge=cells["judge"].mask(of_checks, NONE), rubric=cells["rubric"].mask(of_checks, NONE)
    )
    made = {
        tuple(map(str, key)): expected
        for key, rows in cells.groupby(SCORER, sort=True)
        if (expected := _expected(rows, evidence)) is not None
    }
    if not made:
        return no_findings()
    series = pd.concat([one.rows.assign(**_named(key)) for key, one in made.items()], ignore_index=True)
    weeks = weeks_of(series, evidence, key=IDENTITY, detector=NAME)
    findings = findings_of_weeks(
        weeks, evidence, Measure(NAME, METRIC, "score", -1), kind=str(FindingKind.COVERAGE)
    )
    by_id = {_named(key)["series_id"]: one for key, one in made.items()}
    return Measured(_judged(findings, by_id, evidence), no_findings().state)


def _named(key: tuple[str, ...]) -> dict[str, str]:
    where = {"dimension": key[0], "slice_key": ALL, "slice_value": ALL, "judge": key[1], "rubric": key[2]}
    return where | {"series_id": series_id(**where)}


def _expected(rows: pd.DataFrame, evidence: Evidence) -> Expected | None:
    """Return the series of one scorer, None where it scored nothing this week or none of the weeks before."""
    drift = evidence.specs[str(rows["dimension"].iloc[0])].drift
    wide = (
        rows.pivot_table(index="cell", columns="week", values=SUMS, aggfunc="sum").astype(float).fillna(0.0)
    )
    mondays = pd.DatetimeIndex(wide["sum_w"].columns)
    last = evidence.start - (1 + drift.gap_weeks) * pd.Timedelta(weeks=1)
    first = last - (drift.history_weeks - 1) * pd.Timedelta(weeks=1)
    before = (mondays >= first) & (mondays <= last)
    n, weight, total, square = (wide[name].to_numpy() for name in SUMS)
    if mondays[-1] != evidence.start or not weight[:, -1].sum() > 0 or not weight[:, before].sum() > 0:
        return None
    level = _levels(weight[:, before].sum(axis=1), total[:, before].sum(axis=1), n[:, before].sum())
    there = weight.sum(axis=0) > 0
    share = weight[:, there] / weight[:, there].sum(axis=0)
    size = weight[:, there].sum(axis=0) ** 2 / square[:, there].sum(axis=0)
    value = level @ share
    variance = np.maximum((level**2) @ share - value**2, 0.0) / size
    raw = total[:, -1].sum() / weight[:, -1].sum() - total[:, before].sum() / weight[:, before].sum()
    table = pd.DataFrame({"week": mondays[there], "value": value, "variance": variance})
    return Expected(table, float(raw), float(size[-1]))


def _levels(weight: Vector, total: Vector, n: float) -> Vector:
    """Return each cell's level, mixed with that of all as if by some traces more."""
    more = SHRINKAGE * weight.sum() / n
    return np.asarray((total + more * total.sum() / weight.sum()) / (weight + more))


def _judged(findings: pd.DataFrame, made: Mapping[str, Expected], evidence: Evidence) -> pd.DataFrame:
    """Add what is known of the level itself, and say where the mix does not explain it."""
    drifts = [evidence.specs[name].drift for name in findings["dimension"]]
    floor = np.array([drift.floor_of(METRIC, "score") for drift in drifts])
    size = np.array([made[name].size for name in findings["series_id"]])
    raw = np.array([made[name].raw for name in findings["series_id"]])
    mixed = findings["effect"].to_numpy(dtype=float, na_value=np.nan)
    cases = {
        Reason.TOO_SMALL: size < np.array([drift.minimum_n_eff for drift in drifts]),
        Reason.BELOW_EFFECT_FLOOR: raw > -floor,
        Reason.WITHIN_MOVED: raw - mixed < mixed,
    }
    words = np.select(list(cases.values()), [str(word) for word in cases], str(Reason.COMPARED))
    reason = findings["reason"].where(findings["reason"] != str(Reason.COMPARED), words)
    return shaped(findings.assign(n_eff=size, rest_effect=raw - mixed, reason=reason), DRIFT_FINDINGS)


PLUGIN = Detector(
    NAME,
    "how far a level fell because its traffic is other traffic, at unchanged levels of the cells",
    detect,
    needs=("weekly_cells",),
    families=(Family.AGGREGATE,),
    history=26,
    always=True,
)
