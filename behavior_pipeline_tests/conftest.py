"""Fixtures of the whole suite: real lakes on a real PostgreSQL, one server a session, one database a lake."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.lake.server.server import Server, server
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.settings.variables import POSTGRES_VARIABLE
from behavior_pipeline.tables.registry import lake_tables
from behavior_pipeline_tests.databases import administer, database_url, temporary_database

if TYPE_CHECKING:
    from behavior_pipeline_tests.object_store import ObjectStore

DIMENSIONS = (
    "format_compliance", "latency", "cost", "faithfulness", "tone", "tool_call_accuracy",
    "refusal_correctness",
)  # fmt: skip

hypothesis.settings.register_profile("untimed", deadline=None)  # machines are noisy
hypothesis.settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("BEHAVIOR_PIPELINE_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One embedded server for the session, in a short directory of its own."""
    folder = Path(tempfile.mkdtemp(prefix="bp-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(POSTGRES_VARIABLE, raising=False)
        started = server(Settings(data=folder))
    yield started
    started.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def lake_template(postgres: Server) -> str:
    """Return a database with the catalog of an empty lake: a copy of it is made in no time."""
    name = f"template_{os.getpid()}"
    administer(postgres, f"CREATE DATABASE {name}")
    folder = Path(tempfile.mkdtemp(prefix="bp-"))
    Lake.open(
        Settings(data=folder, postgres_url=database_url(postgres, name)), lake_tables(DIMENSIONS)
    ).close()
    shutil.rmtree(folder)
    return name


@pytest.fixture
def database(postgres: Server, lake_template: str) -> Iterator[str]:
    """Return the URL of a database of this test, with the catalog of an empty lake."""
    with temporary_database(postgres, f"TEMPLATE {lake_template} STRATEGY file_copy") as url:
        yield url


@pytest.fixture
def empty_database(postgres: Server) -> Iterator[str]:
    """Return the URL of a database of this test with nothing in it."""
    with temporary_database(postgres, "STRATEGY file_copy") as url:
        yield url


@pytest.fixture
def data_root(tmp_path: Path) -> Path:
    """Return an empty data root."""
    root = tmp_path / "data"
    root.mkdir()
    return root


@pytest.fixture
def settings_for(data_root: Path, database: str) -> Callable[..., Settings]:
    """Return a function that makes settings of this test's data root and database, with overrides."""

    def make(**overrides: Any) -> Settings:
        return Settings(**{"data": data_root, "postgres_url": database, **overrides})

    return make


@pytest.fixture
def lake(settings_for: Callable[..., Settings]) -> Iterator[Lake]:
    """Return an empty lake with the tables of the seven dimensions."""
    opened = Lake.open(settings_for(), lake_tables(DIMENSIONS))
    yield opened
    opened.close()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> "Iterator[ObjectStore]":
    """Return an S3-compatible server with an empty bucket, which this process's AWS variables name."""
    from behavior_pipeline_tests.object_store import VARIABLES, object_store  # noqa: PLC0415 - slow to import

    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    with object_store() as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        yield store
