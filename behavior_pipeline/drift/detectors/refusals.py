"""Refusing too much or too little: over-refusal minus under-refusal against the weeks before, either way."""

import pandas as pd

from behavior_pipeline.drift.detector import Detector, Measured, no_findings
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.series.against_weeks import IDENTITY, Measure, findings_of_weeks, weeks_of
from behavior_pipeline.provenance.tuples import series_id
from behavior_pipeline.statistics.quantiles import Z95
from behavior_pipeline.values import plain_record
from behavior_pipeline.words import ALL, Family, FindingKind

NAME = "refusals"
SCORER = ["dimension", "judge", "rubric"]


def detect(evidence: Evidence) -> Measured:
    """Return a finding for each dimension, judge and rubric with both sides now, else the reason of one."""
    table = evidence.table("refusal_balance")
    table = table[table["dimension"].isin(list(evidence.specs))]
    now = table[table["week"] == evidence.start]
    rows = table.merge(now[SCORER].drop_duplicates(), on=SCORER)
    if rows.empty:
        return no_findings()
    rows = rows.assign(slice_key=ALL, slice_value=ALL, value=rows["asymmetry"])
    width = (rows["asymmetry_high"] - rows["asymmetry_low"]).astype(float)
    rows["variance"] = (width / (2 * Z95)) ** 2
    names = rows[[*IDENTITY[1:]]].drop_duplicates().to_dict("records")
    ids = pd.DataFrame([{**one, "series_id": series_id(**one)} for one in map(plain_record, names)])
    rows = rows.merge(ids)
    weeks = weeks_of(rows, evidence, key=IDENTITY, detector=NAME, metric="asymmetry")
    known = rows[(rows["week"] == evidence.start) & rows["reason"].notna()]
    reasons = dict(zip(known["series_id"].astype(str), known["reason"].astype(str), strict=True))
    measure = Measure(NAME, "asymmetry", "share", 0, reasons=reasons)
    findings = findings_of_weeks(weeks, evidence, measure, kind=str(FindingKind.REFUSAL))
    return Measured(findings, no_findings().state)


PLUGIN = Detector(
    NAME,
    "over-refusal minus under-refusal, against the weeks before",
    detect,
    needs=("refusal_balance",),
    families=(Family.AGGREGATE,),
    history=26,
    always=True,
)
