import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import psycopg2
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from behavior_pipeline.errors import ConfigError, JudgeError, StorageError
from behavior_pipeline.judging.cache import PostgresCache
from behavior_pipeline.judging.protocol import Answer, CacheKey
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.judging.world import NOW, answer, item
from behavior_pipeline_tests.ledger_database import Connect

spawn = get_context("spawn")


def key(number: int = 0, **changes: str) -> CacheKey:
    return replace(CacheKey("v2.1", "digest", "v2+01", "tone", item(number).digest), **changes)


class TestOneAnswerPerKey:
    def test_second_question_reads_the_first_answer(self, cache: PostgresCache) -> None:
        first = cache.get_or_ask(key(), lambda: answer("faithful"))
        assert cache.get_or_ask(key(), lambda: answer("unfaithful")) == first == answer("faithful")

    def test_another_process_reads_equal_answers(self, cache: PostgresCache, connect: Connect) -> None:
        made = answer(
            answered_at=datetime(2026, 3, 2, 9, 1, 2, 345678, UTC), latency_ms=1 / 3, cost_usd=0.1 + 0.2
        )
        cache.get_or_ask(key(), lambda: made)
        assert PostgresCache(connect).known([key()]) == {key(): made}

    def test_scope_asks_again(self, cache: PostgresCache) -> None:
        cache.get_or_ask(key(), lambda: answer("faithful"))
        assert cache.get_or_ask(key(scope="2026-03-02"), lambda: answer("unfaithful")).label == "unfaithful"

    def test_threads_ask_once(self, cache: PostgresCache) -> None:
        asked: list[int] = []

        def ask() -> Answer:
            asked.append(1)
            time.sleep(0.05)
            return answer()

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: cache.get_or_ask(key(), ask), range(8)))
        assert (len(asked), set(answers)) == (1, {answer()})

    @pytest.mark.parametrize("reason", [Reason.JUDGE_REFUSED, Reason.JUDGE_MALFORMED])
    def test_refusal_is_kept(self, cache: PostgresCache, reason: Reason) -> None:
        cache.get_or_ask(key(), lambda: answer(None, missing_reason=reason))
        assert cache.known([key()])[key()].missing_reason is reason

    def test_failure_is_returned_and_asked_again(self, cache: PostgresCache) -> None:
        failed = answer(None, missing_reason=Reason.JUDGE_FAILED)
        assert cache.get_or_ask(key(), lambda: failed) == failed
        assert cache.known([key()]) == {}
        assert cache.get_or_ask(key(), answer) == answer()

    def test_error_frees_the_key(self, cache: PostgresCache) -> None:
        def fail() -> Answer:
            raise JudgeError(happened="no key", kept="nothing", remedy="set it")

        with pytest.raises(JudgeError):
            cache.get_or_ask(key(), fail)
        assert cache.get_or_ask(key(), answer) == answer()

    @hypothesis_settings(
        max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(text=st.text(st.characters(codec=None), max_size=60))
    def test_any_rationale_can_be_kept(self, cache: PostgresCache, text: str) -> None:
        asked = key(scope=str(hash(text)))
        kept = cache.get_or_ask(asked, lambda: answer(rationale=text))
        assert cache.known([asked])[asked] == kept
        assert kept.rationale is not None
        assert len(kept.rationale) == len(text)


class TestBulk:
    def test_first_answers_win(self, cache: PostgresCache) -> None:
        cache.get_or_ask(key(1), lambda: answer("faithful"))
        kept = cache.keep({key(n): answer("unfaithful") for n in range(3)})
        assert [kept[key(n)].label for n in range(3)] == ["unfaithful", "faithful", "unfaithful"]
        assert cache.known(kept) == kept

    def test_failures_are_not_kept(self, cache: PostgresCache) -> None:
        failed = answer(None, missing_reason=Reason.JUDGE_FAILED)
        assert cache.keep({key(0): failed, key(1): answer()}) == {key(0): failed, key(1): answer()}
        assert cache.known([key(0), key(1)]) == {key(1): answer()}

    def test_nothing_is_kept_of_nothing(self, cache: PostgresCache) -> None:
        assert cache.keep({}) == {} == cache.known([])

    def test_ten_thousand_known_answers_cost_one_query(self, cache: PostgresCache) -> None:
        answers = {key(n): answer() for n in range(10_000)}
        began = time.perf_counter()
        cache.keep(answers)
        written = time.perf_counter() - began
        statements: list[str] = []
        run = cache._run_once
        cache._run_once = lambda statement, values: (statements.append(statement), run(statement, values))[1]  # type: ignore[method-assign]
        assert cache.known(answers) == answers
        assert len(statements) == 1
        assert written < 20

    def test_two_writers_of_the_same_keys_do_not_deadlock(self, connect: Connect) -> None:
        def write(step: int) -> None:
            PostgresCache(connect).keep({key(n): answer() for n in range(1500)[::step]})

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, [1, -1, 1, -1]))


class TestDeclaredVersion:
    def test_other_configuration_under_the_same_version_is_refused(
        self, cache: PostgresCache, connect: Connect
    ) -> None:
        cache.get_or_ask(key(0), answer)
        other = PostgresCache(connect)
        with pytest.raises(ConfigError, match="bump the version"):
            other.known([key(1, config_digest="other")])
        with pytest.raises(ConfigError, match="bump the version"):
            other.get_or_ask(key(1, config_digest="other"), answer)
        with pytest.raises(ConfigError, match="bump the version"):
            other.keep({key(1, config_digest="other"): answer()})

    def test_looking_declares_nothing(self, cache: PostgresCache) -> None:
        assert cache.known([key(config_digest="mistake")]) == {}
        assert cache.get_or_ask(key(), answer) == answer()

    def test_new_version_may_differ(self, cache: PostgresCache) -> None:
        cache.get_or_ask(key(), answer)
        assert cache.get_or_ask(key(judge_version="v2.2", config_digest="other"), answer)


def _count_and_ask(dsn: str, folder: str, numbers: list[int]) -> None:
    cache = PostgresCache(lambda: psycopg2.connect(dsn))

    def ask(number: int) -> Answer:
        Path(folder, f"{number}-{os.getpid()}").touch()
        time.sleep(0.01)
        return answer()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: cache.get_or_ask(key(number), lambda: ask(number)), numbers))


def _claim_and_hang(dsn: str, folder: str) -> None:
    def hang() -> Answer:
        Path(folder, "asked").touch()
        time.sleep(600)
        return answer()

    PostgresCache(lambda: psycopg2.connect(dsn)).get_or_ask(key(), hang)


class TestProcesses:
    def test_each_key_is_asked_once_by_three_processes(self, dsn: str, tmp_path: Path) -> None:
        numbers = list(range(30))
        workers = [spawn.Process(target=_count_and_ask, args=(dsn, str(tmp_path), numbers)) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        assert [worker.exitcode for worker in workers] == [0, 0, 0]
        asked = [int(path.name.split("-")[0]) for path in tmp_path.iterdir()]
        assert sorted(asked) == numbers

    def test_claim_of_a_killed_process_is_taken_over(
        self, dsn: str, cache: PostgresCache, tmp_path: Path
    ) -> None:
        worker = spawn.Process(target=_claim_and_hang, args=(dsn, str(tmp_path)))
        worker.start()
        _until((tmp_path / "asked").exists)
        waiting: list[Answer] = []

        def wait() -> None:
            waiting.append(cache.get_or_ask(key(), lambda: answer("unfaithful")))

        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.2)
        assert not waiting  # the claimant lives: wait
        worker.kill()
        worker.join()
        thread.join(10)
        assert waiting == [answer("unfaithful")]


class TestLostConnection:
    def test_paid_answer_survives_it(self, cache: PostgresCache, connect: Connect) -> None:
        def ask() -> Answer:
            with connect() as other, other.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                )
            return answer()

        assert cache.get_or_ask(key(), ask) == answer()
        assert PostgresCache(connect).known([key()]) == {key(): answer()}

    def test_unreachable_database_is_a_storage_error(self) -> None:
        def refuse() -> psycopg2.extensions.connection:
            raise psycopg2.OperationalError("host=secret password=canary")

        with pytest.raises(StorageError) as caught:
            PostgresCache(refuse).known([key()])
        assert "canary" not in str(caught.value)


def test_answers_are_read_in_utc(cache: PostgresCache) -> None:
    cache.keep({key(): answer()})
    assert cache.known([key()])[key()].answered_at == NOW
    assert cache.known([key()])[key()].answered_at.tzinfo is UTC


def _until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
