"""Latency and cost in seconds and USD: usual level and high quantiles of every slice, and who causes cost.

A doubling of a duration within the target moves no score. Changes are logarithms of ratios.
"""

import numpy as np
import pandas as pd

from behavior_pipeline.drift.detector import Detector, Measured, no_findings
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.series.against_weeks import IDENTITY, Measure, findings_of_weeks, weeks_of
from behavior_pipeline.tables.drift import DRIFT_FINDINGS
from behavior_pipeline.words import Family, FindingKind

NAME = "own_scale"
METRICS = ("p95", "p99", "geometric_mean")
PAYERS = ("feature", "model", "user_key")  # wander by their own measure: a user is not an aggregate
KIND_OF_UNIT = {"seconds": FindingKind.LATENCY, "usd": FindingKind.COST}


def detect(evidence: Evidence) -> Measured:
    """Return a finding for each quantile of each slice that has traffic now; too few traces say so."""
    table = evidence.table("weekly_quantiles")
    table = table[table["dimension"].isin(list(evidence.specs))]
    pools = table.assign(payer=table["slice_key"].isin(PAYERS)).groupby(["metric", "unit", "payer"])
    parts = [
        _findings(rows.drop(columns="payer"), evidence, metric=str(metric), unit=str(unit))
        for (metric, unit, _), rows in pools
        if metric in METRICS
    ]
    return Measured(DRIFT_FINDINGS.joined(parts), no_findings().state)


def _findings(rows: pd.DataFrame, evidence: Evidence, *, metric: str, unit: str) -> pd.DataFrame:
    now = rows[rows["week"] == evidence.start]
    rows = rows[rows["series_id"].isin(now["series_id"])]
    logs = rows.assign(
        value=np.log(rows["value"].to_numpy(float, na_value=np.nan)),
        variance=rows["log_se"].astype(float) ** 2,
    )
    weeks = weeks_of(logs, evidence, key=IDENTITY, detector=NAME, metric=metric)
    known = now[now["reason"].notna()]
    reasons = dict(zip(known["series_id"].astype(str), known["reason"].astype(str), strict=True))
    measure = Measure(NAME, metric, unit, 1, scale="log", reasons=reasons)
    sizes = now.set_index("series_id")["n"]
    return findings_of_weeks(
        weeks, evidence, measure, kind=str(KIND_OF_UNIT[unit]),
        n_eff=weeks.series["series_id"].map(sizes).astype("Float64"),
    )  # fmt: skip


PLUGIN = Detector(
    NAME,
    "usual latency and cost, p95 and p99 in seconds and USD, and cost by feature, model and user",
    detect,
    needs=("weekly_quantiles",),
    families=(Family.AGGREGATE, Family.SLICE),
    history=26,
    always=True,
)
