"""The judgement cache: a PostgreSQL table with one row a key, so that every question is paid once.

A key is claimed by `INSERT ... ON CONFLICT`: whoever made the row asks, everybody else waits for its answer.
A claim names its holder, and each holder keeps a session-level advisory lock for as long as its connection
lives. PostgreSQL drops that lock the moment a process dies, so the claim of a dead one is taken over at once,
by whoever asks next: no clocks to agree on, no heartbeat to miss in a long request, and no transaction held
open while a model thinks. (It needs a session: a transaction-pooling proxy before PostgreSQL does not work.)
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, replace
from datetime import UTC
from typing import Any

import psycopg2
from psycopg2.extensions import connection

from behavior_pipeline.errors import ConfigError, StorageError
from behavior_pipeline.judging import cache_sql as sql
from behavior_pipeline.judging.protocol import Answer, CacheKey
from behavior_pipeline.reasons import Reason

PAGE = 1000
REASONS = {reason.value: reason for reason in Reason}
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.02, 0.5
Row = tuple[Any, ...]


class PostgresCache:
    """The cache of one process; its threads share one connection, which `close` gives back.

    `connect` opens a connection to the database (and schema) that holds the tables; they are made at first
    use.
    """

    def __init__(self, connect: Callable[[], connection]) -> None:
        self._connect = connect
        self._link: connection | None = None
        self._holder = 0
        self._guarded: set[tuple[str, str, str]] = set()
        self._lock = threading.RLock()

    def known(self, keys: Iterable[CacheKey]) -> dict[CacheKey, Answer]:
        """Return the answers that are there, one query for keys that differ in content only."""
        groups: dict[Row, dict[str, CacheKey]] = defaultdict(dict)
        for key in keys:
            groups[_shared(key)][key.content_digest] = key
        answers: dict[CacheKey, Answer] = {}
        for shared, members in groups.items():
            self._guard(next(iter(members.values())), declare=False)
            rows = self._run(sql.KNOWN, (*shared[:-1], list(members)))
            answers |= {members[digest]: _answer(values) for digest, *values in rows}
        return answers

    def get_or_ask(self, key: CacheKey, ask: Callable[[], Answer]) -> Answer:
        """Return the kept answer, or claim the key and ask; a failed answer is returned but not kept."""
        self._guard(key, declare=True)
        for wait in _waits():
            holder = self._held()
            if self._run(sql.CLAIM, (*_identity(key), holder)):
                return self._ask(key, ask, holder=holder)
            if answers := self.known([key]):
                return answers[key]
            time.sleep(wait)
        raise AssertionError("unreachable: waits never end")

    def keep(self, answers: Mapping[CacheKey, Answer]) -> dict[CacheKey, Answer]:
        """Write many answers at once and return what is kept: the first of a key stays, failures do not."""
        kept = {key: _storable(answer) for key, answer in answers.items() if _is_final(answer)}
        for key in {_shared(key): key for key in kept}.values():
            self._guard(key, declare=True)
        # In the order of the keys, so that two processes with the same ones cannot wait for each other.
        ordered = sorted(kept, key=_identity)
        for start in range(0, len(ordered), PAGE):
            page = ordered[start : start + PAGE]
            marks = ", ".join([sql.KEEP_ROW] * len(page))
            self._run(sql.KEEP.format(marks), [value for key in page for value in _row(key, kept[key])])
        return dict(answers) | kept | self.known(kept)

    def close(self) -> None:
        """Close the connection; claims that are still open become free."""
        with self._lock:
            if self._link is not None:
                self._link.close()
            self._link = None

    def _ask(self, key: CacheKey, ask: Callable[[], Answer], *, holder: int) -> Answer:
        answer: Answer | None = None
        try:
            answer = ask()
            return self.keep({key: answer})[key]
        finally:
            if answer is None or not _is_final(answer):
                self._run(sql.RELEASE, (*_identity(key), holder))

    def _guard(self, key: CacheKey, *, declare: bool) -> None:
        """Refuse a declared version that stood for something else when it was first asked."""
        asked = (key.dimension, key.judge_version, key.config_digest)
        if asked in self._guarded:
            return
        if declare:
            self._run(sql.DECLARE, asked)
        rows = self._run(sql.DECLARED, asked[:2])
        if rows and rows[0][0] != key.config_digest:
            raise ConfigError(
                happened=f"judge {key.judge_version} of {key.dimension} was asked before with another "
                "client, model, parameters or template",
                kept="the answers it gave; nothing was asked",
                remedy="bump the version: a declared judge version stands for one configuration, for ever",
            )
        if rows:
            self._guarded.add(asked)

    def _held(self) -> int:
        with self._using():
            return self._holder

    def _run(self, statement: str, values: Sequence[Any]) -> list[Row]:
        """Run one statement, once more after a lost connection: every statement here may be repeated."""
        try:
            return self._run_once(statement, values)
        except StorageError:
            return self._run_once(statement, values)

    def _run_once(self, statement: str, values: Sequence[Any]) -> list[Row]:
        with self._using() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def _using(self) -> Iterator[Any]:
        """Lend a cursor to one thread at a time; a lost connection is opened anew the next time."""
        with self._lock:
            try:
                if self._link is None or self._link.closed:
                    self._open()
                assert self._link is not None  # noqa: S101 - for the type checker: _open sets it
                with self._link.cursor() as cursor:
                    yield cursor
            except psycopg2.Error as error:
                self.close()
                raise StorageError(
                    happened=f"the judgement cache cannot be used ({type(error).__name__})",
                    kept="every answer written so far",
                    remedy="check that PostgreSQL runs and that its schema may be written, then run again",
                ) from None

    def _open(self) -> None:
        self._link = self._connect()
        self._link.autocommit = True
        with self._link.cursor() as cursor:
            cursor.execute(sql.TABLES)
            cursor.execute(sql.HOLDER)
            rows: list[Row] = cursor.fetchall()
            self._holder = int(rows[0][0])
            cursor.execute(sql.HOLD, (self._holder,))


def _waits() -> Iterator[float]:
    wait = FIRST_WAIT_SECONDS
    while True:
        yield wait
        wait = min(wait * 1.5, LONGEST_WAIT_SECONDS)


def _shared(key: CacheKey) -> Row:
    return key.judge_version, key.rubric_id, key.dimension, key.scope, key.config_digest


def _identity(key: CacheKey) -> Row:
    return key.judge_version, key.rubric_id, key.dimension, key.scope, key.content_digest


def _is_final(answer: Answer) -> bool:
    return answer.missing_reason is not Reason.JUDGE_FAILED


def _storable(answer: Answer) -> Answer:
    """Return the answer with text that PostgreSQL can hold: no NUL, no lone surrogate."""
    if answer.rationale is None:
        return answer
    text = (
        answer.rationale.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")
    )
    return replace(answer, rationale=text)


def _row(key: CacheKey, answer: Answer) -> Row:
    return *_identity(key), *astuple(answer)


def _answer(values: Sequence[Any]) -> Answer:
    row = dict(zip(Answer.__dataclass_fields__, values, strict=True))
    row["answered_at"] = row["answered_at"].astimezone(UTC)
    row["missing_reason"] = REASONS.get(row["missing_reason"])
    return Answer(**row)
