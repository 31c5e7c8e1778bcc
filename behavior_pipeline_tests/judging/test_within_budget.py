import hashlib
import time

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from behavior_pipeline.errors import JudgeError
from behavior_pipeline.judging.cache import PostgresCache
from behavior_pipeline.judging.protocol import Answer, CacheKey, Item, Question
from behavior_pipeline.judging.within_budget import RankedItem, Verdicts, judge_items
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.judging.world import ScriptedBackend, answer, item, question, ranked


class MemoryCache:
    """The cache's contract without PostgreSQL, for properties over thousands of days."""

    def __init__(self) -> None:
        self.kept: dict[CacheKey, Answer] = {}

    def known(self, keys: object) -> dict[CacheKey, Answer]:
        return {key: self.kept[key] for key in keys if key in self.kept}  # type: ignore[attr-defined]

    def get_or_ask(self, key: CacheKey, ask: object) -> Answer:
        if key not in self.kept:
            fresh: Answer = ask()  # type: ignore[operator]
            if fresh.missing_reason is Reason.JUDGE_FAILED:
                return fresh
            self.kept[key] = fresh
        return self.kept[key]

    def keep(self, answers: dict[CacheKey, Answer]) -> dict[CacheKey, Answer]:
        self.kept = {**answers, **self.kept}
        return self.known(answers)


def share(one: Item, salt: str) -> float:
    return int(hashlib.sha256((salt + one.item_id).encode()).hexdigest()[:8], 16) / 16**8


def cost(one: Item) -> float:
    return 0.002 + 0.008 * share(one, "cost")


def reserve(one: Item) -> float:
    return cost(one) * (1 + 3 * share(one, "reserve"))


def by_hand(items: list[RankedItem], budget: float) -> tuple[list[str], str | None]:
    """Judge one after the other, as DESIGN section 7 says it."""
    spent, judged = 0.0, []
    for one in sorted(items, key=lambda ranked: ranked.u / ranked.probability):
        if spent + reserve(one.item) > budget:
            return judged, one.item.item_id
        spent += cost(one.item)
        judged.append(one.item.item_id)
    return judged, None


def judge(items: list[RankedItem], budget: float | None, **changes: object) -> Verdicts:
    values: dict[str, object] = {
        "backend": ScriptedBackend(cost, reserve=reserve),
        "cache": MemoryCache(),
        "concurrency": 8,
    }
    return judge_items(question(), items, budget_usd=budget, **{**values, **changes})  # type: ignore[arg-type]


class TestBudget:
    """Judge in order of u / probability; the first item whose reserved cost does not fit ends the day."""

    @hypothesis_settings(max_examples=60, deadline=None)
    @given(
        budget=st.floats(0.001, 0.5),
        count=st.integers(1, 60),
        concurrency=st.sampled_from([1, 3, 16]),
        local=st.booleans(),
    )
    def test_stop_is_the_sequential_one(
        self, budget: float, count: int, concurrency: int, local: bool
    ) -> None:
        items = ranked(count)
        backend = ScriptedBackend(cost, reserve=reserve, local=local)
        cache = MemoryCache()
        first = judge(items, budget, concurrency=concurrency, backend=backend, cache=cache)
        assert (list(first.answers), first.stopped_at) == by_hand(items, budget)
        assert first.spent_usd <= budget
        assert sorted(backend.asked) == sorted(first.answers)  # nothing is asked that the rule would not ask
        again = judge(items, budget, backend=backend, cache=cache)
        assert again == first
        assert sorted(backend.asked) == sorted(first.answers)

    def test_judged_items_are_those_below_the_threshold(self) -> None:
        items = ranked(50)
        verdicts = judge(items, 0.1)
        assert verdicts.threshold is not None
        assert set(verdicts.answers) == {
            one.item.item_id for one in items if one.u / one.probability < verdicts.threshold
        }
        assert set(verdicts.missing) == {one.item.item_id for one in items} - set(verdicts.answers)
        assert set(verdicts.missing.values()) == {Reason.BUDGET}

    def test_higher_probability_goes_first(self) -> None:
        routine, anomaly = RankedItem(item(1), 0.2, 0.1), RankedItem(item(2), 0.6, 0.2)
        assert list(judge([routine, anomaly], None).answers) == ["trace-00002", "trace-00001"]

    def test_without_budget_all_are_judged_and_nothing_is_reserved(self) -> None:
        def refuse(one: Item) -> float:
            raise AssertionError("no price is needed without a budget")

        verdicts = judge(ranked(20), None, backend=ScriptedBackend(cost, reserve=refuse))
        assert (len(verdicts.answers), verdicts.threshold, verdicts.missing) == (20, None, {})

    def test_answer_above_its_reservation_ends_the_day_in_order(self) -> None:
        """A broken bound must not make the end of the day depend on the concurrency."""
        for concurrency in (1, 4, 16):
            backend = ScriptedBackend(lambda one: 0.05, reserve=lambda one: 0.01)
            verdicts = judge(ranked(30), 0.2, backend=backend, concurrency=concurrency)
            assert len(verdicts.answers) == 4

    def test_unknown_cost_counts_at_its_reservation(self) -> None:
        verdicts = judge(ranked(30), 0.1, backend=ScriptedBackend(lambda one: None, reserve=lambda one: 0.02))
        assert (len(verdicts.answers), verdicts.spent_usd) == (5, pytest.approx(0.1))

    def test_budget_below_the_first_item_judges_nothing(self) -> None:
        verdicts = judge(ranked(3), 1e-9)
        assert verdicts.answers == {}
        assert verdicts.threshold == min(one.rank for one in ranked(3))


class TestAsking:
    def test_equal_content_is_asked_once(self) -> None:
        backend = ScriptedBackend(cost, reserve=reserve)
        items = [RankedItem(Item(f"t{n}", {"output_text": "same"}), 0.5, n / 100) for n in range(10)]
        verdicts = judge(items, None, backend=backend)
        assert (len(verdicts.answers), len(backend.asked)) == (10, 1)

    def test_order_of_items_does_not_matter(self) -> None:
        items = ranked(40)
        assert judge(items[::-1], 0.1) == judge(items, 0.1)

    def test_no_items_are_no_verdicts(self) -> None:
        assert judge([], 1.0) == Verdicts(answers={}, digests={})

    def test_outage_stops_the_run(self) -> None:
        class Down(ScriptedBackend):
            def ask(self, question: Question, item: Item) -> Answer:
                self.asked.append(item.item_id)
                return answer(None, cost_usd=None, missing_reason=Reason.JUDGE_FAILED)

        backend = Down(cost, reserve=reserve)
        with pytest.raises(JudgeError, match="does not answer"):
            judge(ranked(500), None, backend=backend, concurrency=4)
        assert len(backend.asked) < 60


class TestFrame:
    def test_every_item_has_one_row(self) -> None:
        items = ranked(30)
        frame = judge(items, 0.05).frame()
        assert sorted(frame["item_id"]) == sorted(one.item.item_id for one in items)
        assert frame["content_digest"].notna().all()
        assert (frame["label"].isna() == frame["missing_reason"].notna()).all()
        assert set(frame.loc[frame["label"].isna(), "missing_reason"]) == {"budget"}


class TestWithPostgres:
    def test_rerun_ends_at_the_same_item_and_asks_nothing(self, cache: PostgresCache) -> None:
        backend = ScriptedBackend(cost, reserve=reserve)
        first = judge(ranked(60), 0.15, cache=cache, backend=backend)
        asked = len(backend.asked)
        assert judge(ranked(60), 0.15, cache=cache, backend=backend, concurrency=1) == first
        assert 0 < len(backend.asked) == asked == len(first.answers) < 60

    def test_larger_budget_continues_where_the_day_ended(self, cache: PostgresCache) -> None:
        backend = ScriptedBackend(cost, reserve=reserve)
        first = judge(ranked(60), 0.1, cache=cache, backend=backend)
        more = judge(ranked(60), 0.2, cache=cache, backend=backend)
        assert list(more.answers)[: len(first.answers)] == list(first.answers)
        assert sorted(backend.asked) == sorted(more.answers)

    def test_local_backend_judges_thousands_a_second(self, cache: PostgresCache) -> None:
        items = ranked(5000)
        began = time.perf_counter()
        verdicts = judge(items, None, cache=cache, backend=ScriptedBackend(cost, reserve=reserve, local=True))
        assert len(verdicts.answers) == 5000
        assert time.perf_counter() - began < 10
