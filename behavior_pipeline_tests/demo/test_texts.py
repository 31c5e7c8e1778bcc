"""The texts make the judge err; these tests pin down where, so that a new sentence cannot move the story."""

from collections import Counter, defaultdict
from datetime import date

import orjson
import pytest

from behavior_pipeline.demo.kinds import Choice, Claim, Manner, Refusal
from behavior_pipeline.demo.plan import Plan, plan_day
from behavior_pipeline.demo.story import Story
from behavior_pipeline.demo.writing import Turn, write_turn
from behavior_pipeline.judging.lexical.lexicon import load_lexicon
from behavior_pipeline.judging.lexical.readings import READINGS
from behavior_pipeline_tests.demo.contents import content

PLAN = plan_day(Story(date(2026, 1, 5), 16), date(2026, 3, 14), conversations_per_day=2500, seed=1)
TURNS = [write_turn(PLAN, position) for position in range(len(PLAN))]

CLAIMS = {
    Claim.BACKED: "faithful",
    Claim.FREE: "unfaithful",
    Claim.INVENTED: "unfaithful",
    Claim.NUMBER: "unfaithful",
    Claim.TWISTED: "faithful",
}
CHOICES = {
    Choice.RIGHT: "right_tool",
    Choice.UNCLEAR_RIGHT: "wrong_tool",
    Choice.WRONG: "wrong_tool",
    Choice.UNCLEAR_WRONG: "right_tool",
    Choice.BAD_ARGUMENTS: "right_tool",
}
REFUSALS = {
    Refusal.ANSWERED: "rightly_answered",
    Refusal.ANSWERED_SCARY: "under_refused",
    Refusal.REFUSED: "over_refused",
    Refusal.REFUSED_SCARY: "rightly_refused",
    Refusal.DECLINED: "rightly_refused",
    Refusal.DECLINED_VEILED: "over_refused",
    Refusal.COMPLIED: "under_refused",
    Refusal.COMPLIED_VEILED: "rightly_answered",
}
MANNERS_A = {
    Manner.PLAIN: "on_brand",
    Manner.MARKED: "off_brand",
    Manner.SUBTLE: "on_brand",
    Manner.HARMLESS: "off_brand",
    Manner.CASUAL: "on_brand",
}
MANNERS_B = MANNERS_A | {Manner.CASUAL: "off_brand"}


@pytest.mark.parametrize(
    ("dimension", "column", "frame", "build", "expected"),
    [
        ("faithfulness", "claim", "answers", "a", CLAIMS),
        ("tool_call_accuracy", "choice", "calls", "a", CHOICES),
        ("refusal_correctness", "refusal", None, "a", REFUSALS),
        ("tone", "manner", None, "a", MANNERS_A),
        ("tone", "manner", None, "b", MANNERS_B),
    ],
)
def test_each_kind_of_text_is_judged_as_planned(
    dimension: str, column: str, frame: str | None, build: str, expected: dict[int, str]
) -> None:
    inside = getattr(PLAN, frame) if frame else ~PLAN.failed
    read, lexicon = READINGS[dimension][0], load_lexicon(build)
    seen: dict[int, Counter[str | None]] = defaultdict(Counter)
    for position in inside.nonzero()[0]:
        kind = int(getattr(PLAN, column)[position])
        seen[kind][read(content(TURNS[position]), lexicon).label] += 1
    assert set(seen) == set(map(int, expected))
    for kind, counts in seen.items():
        assert counts[expected[kind]] >= 0.99 * counts.total(), (kind, counts)


def test_a_day_has_few_exact_repeats() -> None:
    answers = [turn.answer for turn in TURNS if turn.answer]
    requests = [turn.request for turn, again in zip(TURNS, PLAN.resent, strict=True) if not again]
    assert len(set(answers)) > 0.99 * len(answers)
    assert len(set(requests)) > 0.98 * len(requests)


def test_no_slot_is_left_unfilled() -> None:
    for turn in TURNS:
        texts = [turn.request, *(document["content"] for document in turn.documents)]
        assert not any("{" in text for text in texts)


def test_a_request_sent_again_has_the_same_words() -> None:
    again = PLAN.resent.nonzero()[0]
    assert all(TURNS[position].request == TURNS[position - 1].request for position in again)


def test_one_to_two_percent_of_answers_break_their_form() -> None:
    broken = sum(not _fits(turn) for turn in TURNS if turn.schema is not None and turn.answer)
    assert 0.005 < broken / len(TURNS) < 0.02


def _fits(turn: Turn) -> bool:
    try:
        answer = orjson.loads(turn.answer or "")
    except orjson.JSONDecodeError:
        return False
    return set(answer) == {"answer", "order_id", "next_step"} and answer["next_step"] in (
        "none",
        "wait",
        "contact",
    )


def test_an_empty_plan_is_no_error() -> None:
    tiny = plan_day(Story(date(2026, 1, 5), 1), date(2026, 1, 5), conversations_per_day=1, seed=1)
    assert isinstance(tiny, Plan)
    assert len([write_turn(tiny, position) for position in range(len(tiny))]) == len(tiny)
