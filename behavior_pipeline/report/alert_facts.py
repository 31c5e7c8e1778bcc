"""What an alert's row says in parts: what moved, since when, because of what, whose, in which versions."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from behavior_pipeline.alerts.wording import short
from behavior_pipeline.report.markup import Child, Markup, element
from behavior_pipeline.report.tables import facts
from behavior_pipeline.report.words import day, interval, missing, name, percent, slice_text, spoken

FIVE = ("model", "prompt", "judge", "dataset", "rubric")
VERDICTS = {
    "system": "the system moved",
    "judge": "the judge moved, not the system",
    "traffic": "the traffic moved",
    "unknown": "cause unknown",
}
Alert = Mapping[Any, Any]


def evidence_of(alert: Alert) -> Mapping[str, Any]:
    """Return the numbers that an alert was made from."""
    return _json(alert["evidence"]) or {}


def answers(alert: Alert) -> Markup:
    """Return an alert's facts by name."""
    return facts(_facts(alert, evidence_of(alert)))


def _facts(alert: Alert, evidence: Mapping[str, Any]) -> list[tuple[str, Child]]:
    held = alert["suppressed_reason"]
    told = f", told by route {alert['route']} ({alert['severity']})"
    return [
        ("Moved", _numbers(evidence)),
        ("Since", _since(alert)),
        ("Because of", _cause(alert)),
        ("Owner", [element("strong", name(alert["owner"])), told]),
        ("Held back", None if missing(held) else spoken(held)),
        ("Judge", _judge(evidence.get("agreement"))),
        ("With it", _folded(evidence.get("folded") or [])),
    ]


def _numbers(evidence: Mapping[str, Any]) -> Child:
    opening = evidence.get("opening") or evidence
    if not opening:
        return None
    reached = f" ({interval(opening.get('low'), opening.get('high'))}) in the week of {opening.get('week')}"
    level = element("strong", short(opening.get("current")))
    parts: list[Child] = [_before(opening, evidence), " before, ", level, reached]
    if evidence.get("week") != opening.get("week"):
        now = f"{short(evidence.get('current'))} ({interval(evidence.get('low'), evidence.get('high'))})"
        parts.append(f"; {now} in the week of {evidence.get('week')}")
    return parts


def _before(opening: Mapping[str, Any], evidence: Mapping[str, Any]) -> str:
    """Return the level before, and the band of two standard deviations of its weeks where that is known."""
    baseline, spread = opening.get("baseline", evidence.get("baseline")), opening.get("sd")
    if baseline is None or spread is None:
        return short(baseline)
    return f"{short(baseline)} (weeks within {interval(baseline - 2 * spread, baseline + 2 * spread)})"


def _since(alert: Alert) -> str:
    opened = f"opened {day(alert['opened'])}"
    return opened if missing(alert["onset"]) else f"{day(alert['onset'])}; {opened}"


def _cause(alert: Alert) -> Child:
    verdict = element("strong", VERDICTS.get(str(alert["verdict"]), str(alert["verdict"])))
    named = [element("li", _suspect(suspect)) for suspect in _json(alert["suspects"]) or []]
    return [verdict, element("ul", named) if named else "; nothing new at that time is known"]


def _suspect(suspect: Any) -> Child:
    if not isinstance(suspect, Mapping):
        return name(suspect)
    parts: list[Child] = [f"{suspect.get('component')} ", name(suspect.get("after"))]
    if suspect.get("before"):
        parts += [" after ", name(suspect["before"])]
    if suspect.get("first_day"):
        parts.append(f", new on {day(suspect['first_day'])}")
    if suspect.get("mean_after") is not None and suspect.get("mean_before") is not None:
        parts.append(f": reads {short(suspect['mean_after'])} against {short(suspect['mean_before'])} before")
    if suspect.get("share") is not None:
        parts.append(f", {percent(suspect['share'])} of the week")
    return parts


def _judge(agreement: Any) -> str | None:
    if not isinstance(agreement, Mapping) or agreement.get("point") is None:
        return None
    above = agreement.get("probability_above_gate")
    likely = "" if above is None else f", P(above the gate) {short(above)}"
    ends = interval(agreement.get("low"), agreement.get("high"))
    return (
        f"agrees with people at {short(agreement['point'])} ({ends}){likely}; {agreement.get('gate_state')}"
    )


def _folded(folded: Sequence[Mapping[str, Any]]) -> Child:
    if not folded:
        return None
    return [
        [
            ", " if index else None,
            element("bdi", slice_text(row)),
            f" {short(row.get('baseline'))} → {short(row.get('current'))}",
        ]
        for index, row in enumerate(folded)
    ]


def versions(alert: Alert) -> Markup | None:
    """Return the five versions, those that changed as before and after."""
    before, after = (_json(alert[column]) or {} for column in ("tuple_before", "tuple_after"))
    if not after and not before:
        return None
    cells = []
    for part in FIVE:
        old, new = before.get(part), after.get(part)
        changed = old is not None and new is not None and old != new
        both = [element("s", name(old)), " ", element("ins", name(new))]
        shown = element("dd", both if changed else name(new or old or "unknown"))
        cells.append(element("div", element("dt", part), shown, class_="changed" if changed else None))
    return element("dl", cells, class_="tuple", aria_label="versions before and after")


def _json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str) else None
