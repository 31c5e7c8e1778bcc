"""Calibration alerts: a judge that no longer agrees with people, until its gate is open again."""

from collections.abc import Sequence
from typing import Any

import orjson
import pandas as pd

from behavior_pipeline.alerts.week_tables import Inputs, alert_id
from behavior_pipeline.alerts.wording import calibration_sentence
from behavior_pipeline.attribution.suspects import most_common
from behavior_pipeline.provenance.digests import canonical_json
from behavior_pipeline.values import Record, first, records
from behavior_pipeline.words import ALL, SPEAKING, STANDING_STATES

KIND = "calibration"
ORDER = ("gate", "drop", "anchors", "people")  # of several alarms the first names the judge of the alert
SHOWN = (
    "judge", "rubric", "dataset", "previous_judge", "previous_dataset", "metric", "n", "low", "high",
    "minimum", "probability_above_gate", "probability_of_drop", "change", "gate_state", "previous_state",
    "reason",
)  # fmt: skip


def judge_alerts(inputs: Inputs) -> list[Record]:
    """Return the week's rows of calibration alerts, at most one a dimension."""
    rows = inputs.findings
    found = []
    for dimension in sorted(inputs.specs):
        alarms = rows[(rows["kind"] == KIND) & (rows["dimension"] == dimension) & rows["alarm"]]
        before = [row for row in inputs.previous if row["kind"] == KIND and row["dimension"] == dimension]
        live = _live(inputs, dimension)
        if before:
            found += [_carried(inputs, alert, live, alarms=alarms) for alert in before]
        elif len(alarms):
            found.append(_opened(inputs, dimension, live, alarms=alarms))
    return found


def in_trouble(alerts: list[Record]) -> set[str]:
    """Return the dimensions whose judge is under alert after this week; where people moved, it is not."""
    return {
        row["dimension"] for row in alerts if row["state"] in STANDING_STATES and row["verdict"] == "judge"
    }


def _live(inputs: Inputs, dimension: str) -> pd.DataFrame:
    """Return this week's agreement of the live rubric and the judges that scored, shut gates first."""
    rows = inputs.agreement[inputs.agreement["week"] == inputs.monday]
    rows = rows[(rows["dimension"] == dimension) & (rows["rubric"] == inputs.specs[dimension].rubric_id)]
    scoring = inputs.weekly.loc[(inputs.weekly["dimension"] == dimension) & (inputs.weekly["n"] > 0), "judge"]
    if rows["judge"].isin(scoring).any():
        rows = rows[rows["judge"].isin(scoring)]
    return rows.assign(open=rows["gate_state"].isin(SPEAKING)).sort_values(["open", "judge"])


def _opened(inputs: Inputs, dimension: str, live: pd.DataFrame, *, alarms: pd.DataFrame) -> Record:
    ranked = alarms.assign(rank=alarms["detector"].map(ORDER.index)).sort_values(["rank", "judge"])
    alarm = records(ranked)[0]
    agreement = inputs.agreement_row(dimension, alarm["judge"], alarm["rubric"]) or first(live)
    before = _agreement_before(inputs, agreement)
    cell = {"kind": KIND, "dimension": dimension, "slice_key": ALL, "slice_value": ALL}
    named, tuples = _changed(inputs, agreement), _tuples(inputs, agreement)
    first_days = [pd.Timestamp(row["first_day"]) for row in named if row["first_day"] is not None]
    alert = cell | {
        "alert_id": alert_id(**cell, opened=inputs.opens_on), "opened": inputs.opens_on,
        "onset": min([day for day in first_days if day >= inputs.monday], default=inputs.monday),
        "suspects": canonical_json(named).decode(), "tuple_before": tuples[0], "tuple_after": tuples[1],
    }  # fmt: skip
    numbers = _numbers(inputs, agreement)
    evidence = numbers | {
        "baseline": before.get("point"),
        "before": {name: before.get(name) for name in (*SHOWN, "point")} if before else None,
        "detectors": sorted(alarms["detector"].unique()),
        "anchors": _said_of_anchors(alarms),
        "opening": numbers,
        "folded": [],
    }
    return _row(inputs, alert, evidence, state="opened")


def _carried(inputs: Inputs, alert: Record, live: pd.DataFrame, *, alarms: pd.DataFrame) -> Record:
    """Return last week's alert: recovered once every judge in use may speak and nothing alarms."""
    evidence = orjson.loads(alert["evidence"])
    if not live.empty:
        evidence |= _numbers(inputs, first(live))
    evidence["detectors"] = sorted({*evidence["detectors"], *alarms["detector"]})
    evidence["anchors"] = _said_of_anchors(alarms)
    back = not live.empty and bool(live["open"].all()) and alarms.empty
    return _row(inputs, alert, evidence, state="recovered" if back else "updated")


def _row(inputs: Inputs, alert: Record, evidence: Record, *, state: str) -> Record:
    spec = inputs.specs[alert["dimension"]]
    row = alert | {
        "week": inputs.monday, "severity": spec.drift.severity, "owner": spec.owner, "route": spec.route,
        "state": state, "suppressed_reason": None, "verdict": _verdict(evidence["detectors"]),
        "evidence": canonical_json(evidence | {"announced": True}).decode(),
    }  # fmt: skip
    return row | {"sentence": calibration_sentence(row, evidence)}


def _verdict(detectors: Sequence[str]) -> str:
    """Return `judge`, unless people are seen to have moved on the same anchors, and the judge is not."""
    return "unknown" if "people" in detectors and "anchors" not in detectors else "judge"


def _said_of_anchors(alarms: pd.DataFrame) -> list[str]:
    """Return what this week's anchors say: who moved, as words of reasons."""
    return sorted(alarms.loc[alarms["detector"].isin(["anchors", "people"]), "reason"].unique())


def _numbers(inputs: Inputs, agreement: Record) -> Record:
    return {
        "week": inputs.week.isoformat(),
        "current": agreement.get("point"),
        **{name: agreement.get(name) for name in SHOWN},
    }


def _agreement_before(inputs: Inputs, agreement: Record) -> Record:
    """Return the last agreement before this week of the judge that was in force then."""
    rows = inputs.agreement
    earlier = rows[
        (rows["week"] < inputs.monday) & rows["point"].notna()
        & (rows["dimension"] == agreement["dimension"]) & (rows["rubric"] == agreement["rubric"])
        & (rows["judge"] == (agreement["previous_judge"] or agreement["judge"]))
    ]  # fmt: skip
    return first(earlier.sort_values("week", ascending=False))


def _changed(inputs: Inputs, agreement: Record) -> list[Record]:
    """Return which versions changed with the agreement: the judge, or the set it is measured on."""
    shares = inputs.tuple_shares[inputs.tuple_shares["dimension"] == agreement["dimension"]]
    found = []
    for component in ("judge", "dataset"):
        before, after = agreement[f"previous_{component}"], agreement[component]
        if before is None or before == after:
            continue
        seen = shares.loc[shares[component] == after, "first_day"].min()
        unknown: dict[str, Any] = dict.fromkeys(("mean_before", "mean_after", "share", "explained"))
        first_day = None if pd.isna(seen) else seen.date().isoformat()
        found.append(
            unknown | {"component": component, "before": before, "after": after, "first_day": first_day}
        )
    return found


def _tuples(inputs: Inputs, agreement: Record) -> tuple[str | None, str | None]:
    """Return the dimension's most common tuple under the judge before and under the judge of the alert."""
    rows = inputs.tuple_shares
    rows = rows[(rows["dimension"] == agreement["dimension"]) & (rows["slice_key"] == ALL)]
    own = rows[(rows["judge"] == agreement["judge"]) & (rows["week"] == inputs.monday)]
    earlier = rows[(rows["week"] < inputs.monday)]
    predecessor = earlier[earlier["judge"] == (agreement["previous_judge"] or agreement["judge"])]
    return most_common(predecessor), most_common(own)
