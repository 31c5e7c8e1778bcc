"""Databases of tests on a server that is there already: copies of a template, gone after use."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2

from behavior_pipeline.lake.server.server import Server

_numbers = itertools.count()


@contextmanager
def temporary_database(server: Server, how: str) -> Iterator[str]:
    """Create a database (`how` ends the statement) and lend its URL."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    administer(server, f"CREATE DATABASE {name} {how}")
    yield database_url(server, name)
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def database_url(server: Server, name: str) -> str:
    host = psycopg2.extensions.parse_dsn(server.dsn)["host"]
    return f"postgresql://postgres@/{name}?host={host}"


def administer(server: Server, statement: str) -> None:
    connection = psycopg2.connect(server.dsn)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()
