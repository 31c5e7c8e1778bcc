"""Score alerts: falls of an aggregate or a slice, opened, updated, recovered or held back.

A rise is a finding and no alert: on every dimension 1 is good. Too good to be true is the judge's matter,
and its agreement with people is watched on its own.
"""

from collections.abc import Sequence

import orjson

from behavior_pipeline.alerts.incidents import Incident, absorb, fold
from behavior_pipeline.alerts.recovery import Pinned, Standing, pinned, standing
from behavior_pipeline.alerts.week_tables import Inputs, alert_id
from behavior_pipeline.alerts.wording import score_sentence
from behavior_pipeline.attribution.suspects import SYSTEM_COMPONENTS, suspects, tuples_before_and_after
from behavior_pipeline.provenance.digests import canonical_json
from behavior_pipeline.reasons import Reason
from behavior_pipeline.values import Record, records
from behavior_pipeline.words import ALL

KINDS = ("score", "slice")
EXPLAINS = 0.5


def score_alerts(inputs: Inputs, in_trouble: set[str]) -> list[Record]:
    """Return the week's rows of score alerts; `in_trouble` are dimensions under a calibration alert."""
    rows = inputs.findings
    alarmed = rows[rows["kind"].isin(KINDS) & rows["alarm"] & (rows["effect"] < 0)]
    alerts = [row for row in inputs.previous if row["kind"] in KINDS and row["dimension"] in inputs.specs]
    falls = records(alarmed.sort_values("series_id"))
    taken, left = absorb(falls, alerts, [_members(row) for row in alerts])
    stands = [
        _stands(inputs, alert, own, trouble=alert["dimension"] in in_trouble)
        for alert, own in zip(alerts, taken, strict=True)
    ]
    left = _leave_to_slices(left, alerts, stands=stands, taken=taken)
    found = [
        _carried(inputs, alert, now=now, falls=own, trouble=alert["dimension"] in in_trouble)
        for alert, now, own in zip(alerts, stands, taken, strict=True)
    ]
    for dimension in sorted({row["dimension"] for row in left}):
        incident = fold(inputs, [row for row in left if row["dimension"] == dimension])
        found.append(_opened(inputs, incident, trouble=dimension in in_trouble))
    return found


def _leave_to_slices(
    left: list[Record], alerts: Sequence[Record], *, stands: Sequence[Standing], taken: Sequence[list[Record]]
) -> list[Record]:
    """Add an aggregate that fell alone to an alert of its dimension that is still out: it holds the slice."""
    kept = []
    for fall in left:
        alone = sum(row["dimension"] == fall["dimension"] for row in left) == 1
        holders = [
            falls
            for alert, now, falls in zip(alerts, stands, taken, strict=True)
            if alert["dimension"] == fall["dimension"] and now.place == "out"
        ]
        if fall["slice_key"] == ALL and alone and holders:
            holders[0].append(fall)
        else:
            kept.append(fall)
    return kept


def _members(alert: Record) -> set[tuple[str, str]]:
    folded = {(row["slice_key"], row["slice_value"]) for row in orjson.loads(alert["evidence"])["folded"]}
    return folded | {(alert["slice_key"], alert["slice_value"])}


def _opened(inputs: Inputs, incident: Incident, *, trouble: bool) -> Record:
    lead = incident.lead
    opened, onset = inputs.opens_on, lead["onset"]
    named = suspects(inputs.around, lead, onset)
    before, after = tuples_before_and_after(inputs.around, lead, named)
    cell = {name: lead[name] for name in ("kind", "dimension", "slice_key", "slice_value")}
    alert = cell | {
        "alert_id": alert_id(**cell, opened=opened), "opened": opened, "onset": onset,
        "suspects": canonical_json(named).decode(), "tuple_before": before, "tuple_after": after,
    }  # fmt: skip
    now = standing(inputs, cell, reference=pinned(lead), falls=[lead], judge_in_trouble=trouble)
    numbers = _numbers(inputs, lead, pinned(lead))
    evidence = numbers | {
        "detector": lead["detector"],
        "opening": numbers,
        "folded": [_member(inputs, row) for row in incident.folded],
        "announced": False,
    }
    return _row(inputs, alert, evidence, now=now, trouble=trouble)


def _reference(alert: Record) -> Pinned:
    evidence = orjson.loads(alert["evidence"])
    return Pinned(*(evidence[name] for name in ("baseline", "sd", "judge", "rubric")))


def _stands(inputs: Inputs, alert: Record, falls: Sequence[Record], *, trouble: bool) -> Standing:
    return standing(inputs, alert, reference=_reference(alert), falls=falls, judge_in_trouble=trouble)


def _carried(
    inputs: Inputs, alert: Record, *, now: Standing, falls: Sequence[Record], trouble: bool
) -> Record:
    """Return an alert of the week before as it stands now; what was pinned at its opening stays."""
    known = _members(alert)
    spread = [row for row in falls if (row["slice_key"], row["slice_value"]) not in known]
    evidence = orjson.loads(alert["evidence"]) | _numbers(inputs, now.finding, _reference(alert))
    evidence["folded"] = [*evidence["folded"], *(_member(inputs, row) for row in spread)]
    return _row(inputs, alert, evidence, now=now, trouble=trouble)


def _row(inputs: Inputs, alert: Record, evidence: Record, *, now: Standing, trouble: bool) -> Record:
    spec = inputs.specs[alert["dimension"]]
    reason = now.suppressed_reason
    if reason is None and not now.finding and alert.get("state") == "suppressed":
        reason = Reason(alert["suppressed_reason"])  # a week without traffic gives no judge its voice back
    if reason is not None:
        state = "suppressed"
    elif now.place == "back":
        state = "recovered"
    else:
        state = "updated" if evidence["announced"] else "opened"
    evidence = evidence | {"announced": evidence["announced"] or state == "opened"}
    named = orjson.loads(alert["suspects"])
    row = alert | {
        "week": inputs.monday, "severity": spec.drift.severity, "owner": spec.owner, "route": spec.route,
        "state": state, "suppressed_reason": None if reason is None else str(reason),
        "verdict": _verdict(named, evidence["opening"], trouble=trouble),
        "evidence": canonical_json(evidence).decode(),
    }  # fmt: skip
    return row | {"sentence": score_sentence(row, evidence, named)}


def _verdict(named: Sequence[Record], opening: Record, *, trouble: bool) -> str:
    """Return `judge` under a calibration alert, `system` where a new model or prompt explains half.

    Anything else is `unknown`: a shift of traffic takes a decomposition to tell.
    """
    if trouble:
        return "judge"
    top = named[0] if named else None
    if top is None or top["component"] not in SYSTEM_COMPONENTS or top["explained"] is None:
        return "unknown"
    return "system" if top["explained"] <= EXPLAINS * opening["effect"] else "unknown"


def _numbers(inputs: Inputs, finding: Record, reference: Pinned) -> Record:
    """Return the week's numbers against the pinned reference; a week without a level has none."""
    weekly = inputs.weekly_row(finding["series_id"]) if finding else {}
    comparable = bool(finding) and (finding["judge"], finding["rubric"]) == (
        reference.judge,
        reference.rubric,
    )
    current = finding.get("current")
    effect = current - reference.baseline if comparable and current is not None else None
    z = effect / reference.sd if effect is not None and reference.sd else None
    scorer = finding or {"dimension": "", "judge": reference.judge, "rubric": reference.rubric}
    agreement = inputs.agreement_row(scorer["dimension"], scorer["judge"], scorer["rubric"])
    shown = ("metric", "n", "point", "low", "high", "probability_above_gate", "gate_state")
    return {
        "week": inputs.week.isoformat(), "baseline": reference.baseline, "sd": reference.sd,
        "judge": reference.judge, "rubric": reference.rubric, "current_judge": finding.get("judge"),
        "current": current, "effect": effect, "z": z,
        **{name: weekly.get(name) for name in ("n", "n_eff", "low", "high", "eligible_share")},
        "traffic_share": inputs.traffic_share(*_cell(finding)) if finding else None,
        "agreement": {name: agreement.get(name) for name in shown} if agreement else None,
    }  # fmt: skip


def _member(inputs: Inputs, finding: Record) -> Record:
    """Return what a folded finding contributes as evidence."""
    kept = ("slice_key", "slice_value", "judge", "rubric", "baseline", "current", "effect", "statistic")
    onset = finding["onset"]
    return {name: finding[name] for name in kept} | {
        "week": inputs.week.isoformat(),
        "onset": None if onset is None else onset.date().isoformat(),
        "traffic_share": inputs.traffic_share(*_cell(finding)),
    }


def _cell(finding: Record) -> tuple[str, str, str]:
    return finding["dimension"], finding["slice_key"], finding["slice_value"]
