"""Signals that a trace went wrong: errors, escalations, negative feedback, a request sent again."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from behavior_pipeline.settings.model import Signals

RESUBMITTED = "resubmitted"
COMPARED_CHARACTERS = 400
MAX_TURNS_BACK = 6


def own_signals(row: Mapping[str, Any], spans: Iterable[Mapping[str, Any]], rules: Signals) -> set[str]:
    """Return the signals that a trace gives by itself, from its row and its spans."""
    signals = set()
    if row["error"]:
        signals.add("error")
    feedback = next((span["feedback"] for span in spans if span["feedback"]), None)
    if feedback and feedback.strip().lower() in rules.negative_feedback:
        signals.add("negative_feedback")
    tools = [span["tool_name"].lower() for span in spans if span["tool_name"]]
    request = (row["input_text"] or "").lower()
    escalated = any(word in tool for tool in tools for word in rules.escalation_tools)
    if escalated or any(phrase in request for phrase in rules.escalation_phrases):
        signals.add("escalation")
    return signals


def mark_resubmitted(rows: Iterable[dict[str, Any]], rules: Signals) -> None:
    """Mark a request that was sent again, and the trace whose answer made the user send it again."""
    turns: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: (row["started_at"], row["trace_id"])):
        before = turns.get(row["conversation_id"]) if row["conversation_id"] else None
        text = before["input_text"] or "" if before else ""
        if before and is_resubmission(row["input_text"], [text], rules.resubmission_similarity):
            row["signals"].add(RESUBMITTED)
            before["signals"].add(RESUBMITTED)
        turns[row["conversation_id"]] = row


def is_resubmission(request: str | None, earlier: Sequence[str], similarity: float) -> bool:
    """Return whether a request is nearly the same as one of the last turns before it in its conversation."""
    return bool(request) and any(
        nearly_same(compared(str(request)), compared(before), similarity)
        for before in earlier[-MAX_TURNS_BACK:]
    )


def compared(text: str) -> str:
    """Return what is compared of a text: its first 400 characters, without case and width of white space."""
    return " ".join(text.lower().split())[:COMPARED_CHARACTERS]


def nearly_same(first: str, second: str, similarity: float) -> bool:
    """Return whether two texts' matching share (Ratcliff-Obershelp) reaches the bar."""
    if first == second:
        return True
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    bounds = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)
    return all(bound() >= similarity for bound in bounds)
