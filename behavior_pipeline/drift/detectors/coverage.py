"""What is measured of the traffic, and what it consists of: eligible share and shares of slice values.

Season is learned: shares are compared as logits with the spread that they had between the weeks before.
"""

import numpy as np
import pandas as pd
from scipy import special

from behavior_pipeline.drift.detector import Detector, Measured, no_findings
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.series.against_weeks import IDENTITY, Measure, findings_of_weeks, weeks_of
from behavior_pipeline.provenance.tuples import series_id
from behavior_pipeline.tables.drift import DRIFT_FINDINGS
from behavior_pipeline.values import plain_record
from behavior_pipeline.words import ALL, NONE, Family, FindingKind

NAME = "coverage"
CELL = ["dimension", "slice_key", "slice_value"]
# A value without a row had less than .01 of the traffic: half of that stands for it, and its logit may be off
# by one: .002 to .013.
BELOW_ALL, OFF_BY = 0.005, 1.0


def detect(evidence: Evidence) -> Measured:
    """Return findings on each dimension's eligible share, and on every value's share of the traffic.

    All dimensions have the same traffic: its shares are told once, of the dimension that measures most of it.
    Either way is worth telling. A value that is new, or vanished, or is `absent` or `other` has its row, too.
    """
    table = evidence.table("weekly_traffic")
    table = table[table["dimension"].isin(list(evidence.specs))]
    whole = table[table["slice_key"] == ALL]
    now = whole[whole["week"] == evidence.start]
    if now.empty:
        return no_findings()
    first = now.sort_values(["eligible_weight", "dimension"], ascending=[False, True])["dimension"].iloc[0]
    eligible = whole.assign(
        part=whole["eligible_weight"], total=whole["weight"], n=whole["traces"], known=True
    )
    parts = [
        _findings(eligible, evidence, "eligible_share"),
        _findings(_shares(table[table["dimension"] == first]), evidence, "traffic_share"),
    ]
    return Measured(DRIFT_FINDINGS.joined(parts), no_findings().state)


def _shares(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row each week and value that ever had one, with its part of all traffic."""
    whole = rows[rows["slice_key"] == ALL].set_index("week")
    values = rows[rows["slice_key"] != ALL]
    if values.empty:
        return values.assign(part=0.0, total=0.0, n=0, known=True)
    wide = values.pivot_table(
        index=["slice_key", "slice_value"], columns="week", values="weight", aggfunc="sum"
    ).astype(float)
    seen = wide.groupby(level="slice_key").transform(lambda column: column.notna().any())
    total = whole["weight"].astype(float)
    below = pd.DataFrame(BELOW_ALL, wide.index, wide.columns) * total.reindex(wide.columns)
    long = wide.fillna(below).where(seen).reset_index().melt(["slice_key", "slice_value"], value_name="part")
    measured = wide.notna().reset_index().melt(["slice_key", "slice_value"], value_name="known")
    return long.assign(
        dimension=rows["dimension"].iloc[0], week=pd.to_datetime(long["week"]), known=measured["known"],
        total=long["week"].map(total), n=long["week"].map(whole["traces"]),
    ).dropna(subset=["part"])  # fmt: skip


def _findings(rows: pd.DataFrame, evidence: Evidence, metric: str) -> pd.DataFrame:
    """Return findings on `part` of `total`, of which `n` traces were seen."""
    if rows.empty:
        return DRIFT_FINDINGS.empty()
    n = rows["n"].to_numpy(dtype=float)
    share = (n * (rows["part"] / rows["total"]).to_numpy(dtype=float) + 0.5) / (n + 1)
    variance = np.where(rows["known"], 1 / ((n + 1) * share * (1 - share)), OFF_BY)
    named = rows[["week", *CELL, "known"]].assign(
        judge=NONE, rubric=NONE, value=special.logit(share), variance=variance
    )
    series = named[[*CELL, "judge", "rubric"]].drop_duplicates().to_dict("records")
    ids = pd.DataFrame([{**one, "series_id": series_id(**one)} for one in map(plain_record, series)])
    weeks = weeks_of(named.merge(ids), evidence, key=IDENTITY, detector=NAME, metric=metric)
    measure = Measure(NAME, metric, "share", 0, scale="logit")
    return findings_of_weeks(
        weeks, evidence, measure, kind=str(FindingKind.COVERAGE), family=str(Family.AGGREGATE)
    )


PLUGIN = Detector(
    NAME,
    "the share of traffic in a dimension's frame, and the share of each slice value in the traffic",
    detect,
    needs=("weekly_traffic",),
    families=(Family.AGGREGATE,),
    history=26,
    always=True,
)
