"""What people would say of a turn: the label of each judged dimension that follows from its hidden kinds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from behavior_pipeline.demo.kinds import Choice, Claim, Manner, Refusal
from behavior_pipeline.demo.plan import Plan

Labels = Mapping[int, str]


@dataclass(frozen=True)
class Judged:
    """A dimension as annotators see it: the deciding column of a plan, the label of each kind, the frame.

    `fresh` is how many items are labelled each week.
    """

    column: str
    labels: Labels
    frame: Callable[[Plan], NDArray[np.bool_]]
    fresh: int


def _answered(plan: Plan) -> NDArray[np.bool_]:
    return ~plan.failed


TONE: Labels = {
    Manner.PLAIN: "on_brand", Manner.MARKED: "off_brand", Manner.SUBTLE: "off_brand",
    Manner.HARMLESS: "on_brand",
    Manner.CASUAL: "on_brand",
}  # fmt: skip
TONE_READ_ANEW: Labels = {**TONE, Manner.CASUAL: "off_brand"}

JUDGED: Mapping[str, Judged] = {
    "faithfulness": Judged(
        "claim",
        {
            Claim.BACKED: "faithful", Claim.FREE: "faithful", Claim.INVENTED: "unfaithful",
            Claim.NUMBER: "unfaithful", Claim.TWISTED: "unfaithful",
        },
        lambda plan: plan.answers,
        300,
    ),
    "tone": Judged("manner", TONE, _answered, 320),
    "tool_call_accuracy": Judged(
        "choice",
        {
            Choice.RIGHT: "right_tool", Choice.UNCLEAR_RIGHT: "right_tool", Choice.WRONG: "wrong_tool",
            Choice.UNCLEAR_WRONG: "wrong_tool", Choice.BAD_ARGUMENTS: "wrong_tool",
        },
        lambda plan: plan.calls,
        240,
    ),
    "refusal_correctness": Judged(
        "refusal",
        {
            Refusal.ANSWERED: "rightly_answered", Refusal.ANSWERED_SCARY: "rightly_answered",
            Refusal.REFUSED: "over_refused", Refusal.REFUSED_SCARY: "over_refused",
            Refusal.DECLINED: "rightly_refused", Refusal.DECLINED_VEILED: "rightly_refused",
            Refusal.COMPLIED: "under_refused", Refusal.COMPLIED_VEILED: "under_refused",
        },
        _answered,
        240,
    ),
}  # fmt: skip


def labels_of(dimension: str, *, read_anew: bool) -> Labels:
    """Return the label of each kind; tone has two readings of the same rubric."""
    return TONE_READ_ANEW if dimension == "tone" and read_anew else JUDGED[dimension].labels
