"""The sentences of alerts: short, with the numbers, and safe to print."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from behavior_pipeline.alerts.alert import Alert, JudgeEvidence, Member, ScoreEvidence, ScoreNumbers
from behavior_pipeline.attribution.suspects import Suspect
from behavior_pipeline.drift.finding import LOGARITHMS
from behavior_pipeline.values import plain, scorer, short, spoken
from behavior_pipeline.words import ALL, NONE, UNKNOWN, AlertState, GateState, Verdict

MAX_NAMED = 3
METRICS = {
    "checks": "by its checks", "mix": "by its mix of traffic", "scored_share": "share with a score",
    "traffic_share": "share of traffic",
}  # fmt: skip


def series_name(dimension: str, slice_key: str, slice_value: str) -> str:
    """Return `faithfulness on customer.segment=enterprise`, or the dimension alone."""
    if slice_key == ALL:
        return plain(dimension)
    return f"{plain(dimension)} on {_slice(slice_key, slice_value)}"


def measured_name(alert: Alert, evidence: ScoreEvidence) -> str:
    """Return what moved: `latency p95 on user.language=fr`; of a mean, the series alone."""
    name = series_name(alert.dimension, *alert.cell)
    if evidence.metric == "mean":
        return name
    metric = METRICS.get(evidence.metric) or plain(evidence.metric.replace("_", " "))
    return name.replace(alert.dimension, f"{alert.dimension} {metric}", 1)


def score_sentence(alert: Alert, evidence: ScoreEvidence) -> str:
    """Return what happened to a score, in the alert's state."""
    name = measured_name(alert, evidence)
    opening = evidence.opening or evidence
    before, now = level(evidence.baseline, evidence), level(evidence.current, evidence)
    if alert.state == AlertState.RECOVERED:
        what = (
            f"{name} is back at {now}, after {level(opening.current, opening)}"
            f" in the week of {opening.week} and {before} before"
        )
        return f"{what}; owner {alert.owner}"
    if evidence.week == opening.week:
        what = f"{name} {'rose' if (evidence.effect or 0.0) > 0 else 'fell'} from {before} to {now}"
    else:
        what = f"{name} reads {now} against {before} before"
    parts = [f"{what} in the week of {evidence.week}{_since(alert.onset)}"]
    parts += _within(evidence.within) + _cause(alert.verdict, alert.suspects, evidence.unit)
    parts += _with_it(evidence.folded) + _quiet(alert)
    return "; ".join([*parts, f"owner {alert.owner}"])


def level(value: float | None, numbers: ScoreNumbers) -> str:
    """Return a level of a series in its unit."""
    return short(value) if value is None else in_unit(value, numbers.unit)


def in_unit(value: float, unit: str) -> str:
    """Return a number with its unit, as `.94`, `4.5 s`, `$0.0073` or `31 %`."""
    if unit == "seconds":
        return f"{value:.2g} s" if abs(value) < 10 else f"{value:.0f} s"  # noqa: PLR2004
    if unit == "usd":
        return f"${value:.3g}"
    return f"{100 * value:.0f} %" if unit == "share" else short(value)


def calibration_sentence(alert: Alert, evidence: JudgeEvidence) -> str:
    """Return what happened to a judge's agreement with people, in the alert's state."""
    judge, predecessor = evidence.judge or UNKNOWN, evidence.previous_judge
    who = scorer(judge, judged="judge ")
    verb = "agree" if who == scorer(NONE) else "agrees"
    agreement = f"{plain(alert.dimension)}: {who} {verb} with people at {short(evidence.current)}"
    if evidence.low is not None:
        agreement += f" ({short(evidence.low)} to {short(evidence.high)})"
    parts = [f"{agreement} in the week of {evidence.week}"]
    if evidence.baseline is not None:
        before = f"{short(evidence.baseline)} before"
        other = predecessor is not None and predecessor != judge
        parts[0] += f", {before} ({scorer(predecessor or UNKNOWN)})" if other else f", {before}"
    if alert.state == AlertState.RECOVERED:
        parts.append("its gate is open and its scores may alert again")
    elif evidence.gate_state in (GateState.SUSPENDED, GateState.BLOCKED):
        parts.append(f"its gate is shut ({evidence.reason}) and alerts on its scores are held back")
    else:
        consequence = "are held back" if alert.verdict == Verdict.JUDGE else "go on"
        parts.append(f"its gate is {evidence.gate_state}; alerts on its scores {consequence}")
    parts += [] if evidence.dropped is None else [evidence.dropped]
    parts += [spoken(reason) for reason in evidence.anchors]
    return "; ".join([*parts, f"owner {alert.owner}"])


def _since(onset: pd.Timestamp | None) -> str:
    return "" if onset is None else f", since {onset.day_name()} {onset.date().isoformat()}"


def suspect_reads(suspect: Suspect, unit: str) -> str:
    """Return `reads .80 against .94 before`, in the unit of the alert.

    Of seconds and USD the traces of a suspect are means of logarithms; what was not looked at trace by trace
    is told as a score.
    """
    now, before = (
        in_unit(math.exp(mean), unit)
        if mean is not None and suspect.estimate is not None and unit in LOGARITHMS
        else short(mean)
        for mean in (suspect.mean_after, suspect.mean_before)
    )
    return f"reads {now} against {before} before"


def _cause(verdict: str, suspects: Sequence[Suspect], unit: str) -> list[str]:
    if not suspects:
        return []
    top = suspects[0]
    named = f"{top.component} {plain(top.after)} (new on {top.first_day})"
    if verdict == Verdict.SYSTEM:
        return [f"{named} {suspect_reads(top, unit)}"]
    return [f"new at that time: {named}"]


def _within(values: Mapping[str, str] | None) -> list[str]:
    if not values:
        return []
    return [f"all of it on {' with '.join(_slice(key, value) for key, value in sorted(values.items()))}"]


def _with_it(folded: Sequence[Member]) -> list[str]:
    if not folded:
        return []
    names = [
        "all traffic" if one.slice_key == ALL else _slice(one.slice_key, one.slice_value) for one in folded
    ]
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return [f"with it moved {', '.join(names[:MAX_NAMED])}{more}"]


def _quiet(alert: Alert) -> list[str]:
    reason = alert.suppressed_reason
    return [] if reason is None else [f"held back: {spoken(reason)}"]


def _slice(key: str, value: str) -> str:
    return f"{plain(key)}={plain(value)}"
