"""A cache on a real PostgreSQL, and a key in the environment."""

from collections.abc import Iterator

import pytest

from behavior_pipeline.judging.cache import PostgresCache
from behavior_pipeline_tests.judging.world import KEY_VARIABLE
from behavior_pipeline_tests.ledger_database import Connect, connect, dsn, postgres

__all__ = ["connect", "dsn", "postgres"]


@pytest.fixture
def cache(connect: Connect) -> Iterator[PostgresCache]:
    made = PostgresCache(connect)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "sk-canary-secret")
