"""A data root with the published story, made once for the tests of a file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2

from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.lake.server.server import Server
from behavior_pipeline.settings.model import Settings
from behavior_pipeline_tests.report import world


@contextmanager
def published_story(
    root: Path, postgres: Server, template: str, *, weeks: int = 16, hostile: str | None = None
) -> Iterator[Path]:
    """Publish the story below `root` by way of a real lake; its catalog is a database of its own."""
    name = f"report_{os.getpid()}_{weeks}"
    _administer(postgres, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    host = psycopg2.extensions.parse_dsn(postgres.dsn)["host"]
    lake = Lake.open(
        Settings(data=root, postgres_url=f"postgresql://postgres@/{name}?host={host}"), world.TABLES
    )
    world.publish(lake, weeks=weeks, hostile=hostile)
    lake.close()
    yield root
    _administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(at: Server, statement: str) -> None:
    connection = psycopg2.connect(at.dsn)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()
