"""The sentences of alerts: short, with the numbers, and safe to print."""

from collections.abc import Sequence

import pandas as pd

from behavior_pipeline.reasons import Reason
from behavior_pipeline.values import Record
from behavior_pipeline.words import ALL

HINTS = {str(reason): reason.hint for reason in Reason}
MAX_WORD = 80
MAX_NAMED = 3


def plain(text: str) -> str:
    """Return text that came with the traces as one printable word of bounded length."""
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return shown if len(shown) <= MAX_WORD else shown[: MAX_WORD - 1] + "\N{HORIZONTAL ELLIPSIS}"


def short(value: float | None) -> str:
    """Return a score with two digits, as people write it: .94, 1.00; `unknown` when missing."""
    if value is None or pd.isna(value):
        return "unknown"
    text = f"{value:.2f}"
    return text[1:] if text.startswith("0.") else text.replace("-0.", "-.")


def series_name(row: Record) -> str:
    """Return `faithfulness on customer.segment=enterprise`, or the dimension alone."""
    if row["slice_key"] == ALL:
        return plain(row["dimension"])
    return f"{plain(row['dimension'])} on {_slice(row)}"


def score_sentence(alert: Record, evidence: Record, suspects: Sequence[Record]) -> str:
    """Return what happened to a score, in the alert's state."""
    name, state = series_name(alert), alert["state"]
    opening = evidence["opening"]
    if state == "recovered":
        what = (
            f"{name} is back at {short(evidence['current'])}, after {short(opening['current'])}"
            f" in the week of {opening['week']} and {short(evidence['baseline'])} before"
        )
        return f"{what}; owner {alert['owner']}"
    if evidence["week"] == opening["week"]:
        what = f"{name} fell from {short(evidence['baseline'])} to {short(evidence['current'])}"
    else:
        what = f"{name} reads {short(evidence['current'])} against {short(evidence['baseline'])} before"
    parts = [f"{what} in the week of {evidence['week']}{_since(alert['onset'])}"]
    parts += _cause(alert["verdict"], suspects) + _also(evidence["folded"]) + _quiet(alert)
    return "; ".join([*parts, f"owner {alert['owner']}"])


def calibration_sentence(alert: Record, evidence: Record) -> str:
    """Return what happened to a judge's agreement with people, in the alert's state."""
    judge = plain(evidence["judge"])
    agreement = f"{alert['dimension']}: judge {judge} agrees with people at {short(evidence['current'])}"
    if evidence["low"] is not None:
        agreement += f" ({short(evidence['low'])} to {short(evidence['high'])})"
    parts = [f"{agreement} in the week of {evidence['week']}"]
    if evidence["baseline"] is not None:
        predecessor = evidence["previous_judge"]
        other = predecessor not in (None, evidence["judge"])
        before = f"{short(evidence['baseline'])} before"
        parts[0] += f", {before} ({plain(predecessor)})" if other else f", {before}"
    if alert["state"] == "recovered":
        parts.append("its gate is open and its scores may alert again")
    elif evidence["gate_state"] in ("suspended", "blocked"):
        parts.append(f"its gate is shut ({evidence['reason']}) and alerts on its scores are held back")
    else:
        held = "are held back" if alert["verdict"] == "judge" else "go on"
        parts.append(f"its gate is {evidence['gate_state']}; alerts on its scores {held}")
    parts += [HINTS[reason] for reason in evidence.get("anchors", [])]
    return "; ".join([*parts, f"owner {alert['owner']}"])


def _since(onset: pd.Timestamp | None) -> str:
    return "" if onset is None else f", since {onset.day_name()} {onset.date().isoformat()}"


def _cause(verdict: str, suspects: Sequence[Record]) -> list[str]:
    if not suspects:
        return []
    top = suspects[0]
    named = f"{top['component']} {plain(top['after'])} (new on {top['first_day']})"
    if verdict == "system":
        return [f"{named} reads {short(top['mean_after'])} against {short(top['mean_before'])} before"]
    return [f"new at that time: {named}"]


def _also(folded: Sequence[Record]) -> list[str]:
    if not folded:
        return []
    names = ["all traffic" if row["slice_key"] == ALL else _slice(row) for row in folded]
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return [f"with it fell {', '.join(names[:MAX_NAMED])}{more}"]


def _quiet(alert: Record) -> list[str]:
    reason = alert["suppressed_reason"]
    return [] if reason is None else [f"held back: {HINTS[reason]}"]


def _slice(row: Record) -> str:
    return f"{plain(row['slice_key'])}={plain(row['slice_value'])}"
