"""Signals that a trace went wrong: errors, escalations, negative feedback, a request sent again."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from behavior_pipeline.settings.model import Signals

COMPARED_CHARACTERS = 400
MAX_TURNS_BACK = 6


def own_signals(
    *, error: str | None, feedback: str | None, tools: Sequence[str], request: str | None, rules: Signals
) -> set[str]:
    """Return the signals that a trace gives by itself."""
    found = set()
    if error:
        found.add("error")
    if feedback and feedback.strip().lower() in rules.negative_feedback:
        found.add("negative_feedback")
    escalated = any(word in tool.lower() for tool in tools for word in rules.escalation_tools)
    asked = (request or "").lower()
    if escalated or any(phrase in asked for phrase in rules.escalation_phrases):
        found.add("escalation")
    return found


def is_resubmission(request: str | None, earlier: Sequence[str], similarity: float) -> bool:
    """Return whether a request is nearly the same as one of the last turns before it in its conversation."""
    return bool(request) and any(
        nearly_same(str(request), before, similarity) for before in earlier[-MAX_TURNS_BACK:]
    )


def nearly_same(one: str, other: str, similarity: float) -> bool:
    """Return whether two texts' matching share (Ratcliff-Obershelp, first 400 characters) reaches the bar."""
    first, second = (" ".join(text.lower().split())[:COMPARED_CHARACTERS] for text in (one, other))
    if first == second:
        return True
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    bounds = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)
    return all(bound() >= similarity for bound in bounds)
