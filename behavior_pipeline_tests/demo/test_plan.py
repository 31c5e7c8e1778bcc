from dataclasses import fields
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.demo.kinds import Claim, deal
from behavior_pipeline.demo.plan import PRODUCTS, SEGMENTS, Plan, plan_day
from behavior_pipeline.demo.story import Story

START = date(2026, 1, 5)
STORY = Story(START, 16)


def plan(day: date, *, size: int = 600, story: Story = STORY) -> Plan:
    return plan_day(story, day, conversations_per_day=size, seed=3)


def unfaithful(one: Plan) -> float:
    inside = (one.segment == SEGMENTS.index("consumer")) & one.answers
    return float((one.claim[inside] >= Claim.INVENTED).mean())


@given(st.lists(st.floats(0, 0.2), min_size=1, max_size=5), st.integers(0, 500), st.integers(0, 99))
def test_every_kind_is_dealt_as_often_as_its_share_says(shares: list[float], size: int, seed: int) -> None:
    kinds = deal(dict(enumerate(shares, start=1)), size, np.random.default_rng(seed))
    assert len(kinds) == size
    for kind, share in enumerate(shares, start=1):
        assert abs((kinds == kind).sum() - share * size) <= 1


def test_a_day_depends_on_nothing_but_its_arguments() -> None:
    day = START + timedelta(days=17)
    one, other = plan(day), plan(day, story=Story(START, 3))
    for field in fields(Plan):
        assert np.array_equal(getattr(one, field.name), getattr(other, field.name)), field.name


def test_weekends_are_quieter_and_a_third_as_many_users_as_conversations_are_active() -> None:
    monday, sunday = plan(START), plan(START + timedelta(days=6))
    assert len(monday) > 1.3 * len(sunday)
    assert 0.25 < len(np.unique(monday.user)) / 600 < 0.36


def test_largest_segment_has_about_45_percent() -> None:
    shares = np.bincount(plan(START).segment) / len(plan(START))
    assert shares.argmax() == SEGMENTS.index("consumer")
    assert abs(shares.max() - 0.45) < 0.03


def test_broken_prompt_is_live_from_friday_of_week_10_until_monday() -> None:
    live = [day for day in STORY.days() if plan(day).broken.any()]
    assert live == [date(2026, 3, 13) + timedelta(days=n) for n in range(4)]
    assert plan(live[1]).broken.all()
    assert not plan(live[3]).broken.all()


def test_only_the_largest_segment_suffers_from_it() -> None:
    before, during = plan(date(2026, 3, 7)), plan(date(2026, 3, 14))
    assert unfaithful(during) > unfaithful(before) + 0.1
    others = [
        float((one.claim[(one.segment != 0) & one.answers] >= Claim.INVENTED).mean())
        for one in (before, during)
    ]
    assert abs(others[0] - others[1]) < 0.02


def test_tools_are_called_for_answered_requests_outside_of_products() -> None:
    one = plan(START)
    assert one.calls.any()
    assert (one.category[one.calls] < PRODUCTS).all()
    assert one.answers[one.calls].all()


def test_a_request_sent_again_belongs_to_the_same_user() -> None:
    one = plan(START, size=3000)
    again = np.flatnonzero(one.resent)
    assert len(again)
    assert np.array_equal(one.user[again], one.user[again - 1])


def test_a_world_starts_on_a_monday() -> None:
    with pytest.raises(ValueError, match="Monday"):
        Story(date(2026, 1, 6), 2)
