"""The real embedded PostgreSQL for tests of what is written row by row: fixtures for a conftest to import."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import psycopg2
import pytest
from psycopg2.extensions import connection, make_dsn

from behavior_pipeline.lake.server.server import server
from behavior_pipeline.settings.model import Settings

Connect = Callable[[], connection]


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a server that lives as long as the session."""
    joined = server(Settings(data=tmp_path_factory.mktemp("postgres")))
    yield joined.dsn
    joined.close()


@pytest.fixture
def dsn(postgres: str) -> str:
    """Return an address whose search path is a new, empty schema."""
    schema = f"test_{uuid4().hex[:12]}"
    made = psycopg2.connect(postgres)
    with made, made.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema}")
    made.close()
    return make_dsn(postgres, options=f"-csearch_path={schema}")


@pytest.fixture
def connect(dsn: str) -> Connect:
    return lambda: psycopg2.connect(dsn)
