"""Signals that a trace went wrong: errors, escalations, negative feedback, a request sent again."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from behavior_pipeline.settings.model import Signals

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
    """Mark a request that was sent again, and the trace whose answer made the user send it again.

    Rows hold `signals`, and in `history` the user's earlier texts as the request itself repeats them.
    """
    turns: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: (row["started_at"], row["trace_id"])):
        earlier = turns.setdefault(row["conversation_id"], []) if row["conversation_id"] else []
        if _is_resubmission(row["input_text"], row["history"], rules.resubmission_similarity):
            row["signals"].add("resubmitted")
        for before in earlier[-1:]:
            text = before["input_text"] or ""
            if _is_resubmission(row["input_text"], [text], rules.resubmission_similarity):
                row["signals"].add("resubmitted")
                before["signals"].add("resubmitted")
        earlier.append(row)


def _is_resubmission(request: str | None, earlier: Sequence[str], similarity: float) -> bool:
    """Return whether a request is nearly the same as one of the last turns before it in its conversation."""
    return bool(request) and any(
        _nearly_same(str(request), before, similarity) for before in earlier[-MAX_TURNS_BACK:]
    )


def _nearly_same(one: str, other: str, similarity: float) -> bool:
    """Return whether two texts' matching share (Ratcliff-Obershelp, first 400 characters) reaches the bar."""
    first, second = (" ".join(text.lower().split())[:COMPARED_CHARACTERS] for text in (one, other))
    if first == second:
        return True
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    bounds = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)
    return all(bound() >= similarity for bound in bounds)
