"""The words by which an owner is told that a judge has to be measured anew, and how to begin."""

from datetime import timedelta

from behavior_pipeline.delivery.protocol import Message
from behavior_pipeline.labelling.recalibration import Recalibration
from behavior_pipeline.provenance.digests import short_digest
from behavior_pipeline.reasons import Reason
from behavior_pipeline.values import printable, scorer
from behavior_pipeline.words import UNKNOWN

STATE, SEVERITY = "recalibrate", "warn"


def recalibration_message(wanted: Recalibration, owner: str) -> Message:
    """Return the message of one queue; a new judge has one, whichever day is its first."""
    new = wanted.reason is Reason.NEW_JUDGE
    when = "" if new else str(wanted.since)
    lines = [_what(wanted), "", f"Label first: {wanted.items} items, in the order of the file",
             f"By: {wanted.due}", f"Command: {wanted.command}", f"Owner: {owner}"]  # fmt: skip
    return Message(
        alert_id=short_digest([STATE, wanted.dimension, wanted.judge, str(wanted.reason), when]),
        week=wanted.since - timedelta(days=wanted.since.weekday()),
        state=STATE,
        severity=SEVERITY,
        owner=printable(owner, lines=True),
        title=printable(
            f"{STATE} ({SEVERITY}): {wanted.dimension}, {scorer(wanted.judge)}".replace("\n", " ")
        ),
        body=printable("\n".join(line.replace("\n", " ") for line in lines), lines=True),
    )


def _what(wanted: Recalibration) -> str:
    if wanted.reason is Reason.NEW_JUDGE:
        return (
            f"{wanted.dimension} is judged by {scorer(wanted.judge)} since {wanted.since}, before by"
            f" {scorer(wanted.previous_judge or UNKNOWN)}. How well it agrees with people is not known."
        )
    return f"The gate of {wanted.dimension} ({scorer(wanted.judge)}) was shut: {wanted.reason.hint}."
