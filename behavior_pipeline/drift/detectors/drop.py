"""A judge's agreement with people fell by more than 0.05, very probably, whatever its gate does."""

from typing import Any

import orjson

from behavior_pipeline.calibration.agreement.drop import likely
from behavior_pipeline.drift.detector import Detector, Measured
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.drift.judges.calibration_rows import calibration_finding, measured
from behavior_pipeline.reasons import Reason
from behavior_pipeline.values import Record, records
from behavior_pipeline.words import Family

NAME = "drop"


def detect(evidence: Evidence) -> Measured:
    """Return one finding for each judge and rubric with an agreement row that week.

    Levels are agreements of two pools at one prevalence, `statistic` is P(drop > 0.05). A p-value makes no
    alarm where the drop is not likely, and still counts among all that was looked at. Only the live rubric
    may alarm.
    """
    rows = evidence.now("calibration_agreement")
    rows = rows[rows["dimension"].isin(list(evidence.specs))]
    return measured(
        [
            _finding(row, live=row["rubric"] == evidence.specs[row["dimension"]].rubric_id)
            for row in records(rows)
        ]
    )


def _finding(row: Record, *, live: bool) -> Finding:
    probability, p_value = row["probability_of_drop"], row["p_value_of_drop"]
    dropped = p_value is not None and likely(probability, row.get("drop_compared"))
    if not live:
        reason, p_value = Reason.NOT_IN_USE, None
    elif probability is None:
        reason = Reason(row.get("drop_reason") or Reason.SHORT_HISTORY)
    else:
        reason = Reason.AGREEMENT_DROPPED if dropped else Reason.WITHIN_BAND
    return calibration_finding(
        row, NAME, baseline=row.get("drop_before"), current=row.get("drop_after"), effect=row["change"],
        statistic=probability, p_value=p_value, reason=str(reason),
        onset=row["week"] if dropped and live else None, **_pools(row),
    )  # fmt: skip


def _pools(row: Record) -> dict[str, Any]:
    pools = orjson.loads(row.get("drop_pools") or "{}")
    if not pools:
        return {}
    return {
        "baseline_periods": orjson.dumps(pools["earlier"]["weeks"]).decode(),
        "window": len(pools["now"]["weeks"]), "n_eff": float(pools["now"]["n"]),
    }  # fmt: skip


PLUGIN = Detector(
    NAME,
    "agreement fell by more than 0.05: P >= 0.8 (0.9 on the same items), and rare for a steady judge",
    detect,
    needs=("calibration_agreement",),
    families=(Family.CALIBRATION,),
    always=True,
)
