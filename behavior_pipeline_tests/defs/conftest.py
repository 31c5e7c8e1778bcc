"""Worlds: one is open at a time in a process, since settings and lake are those of the process."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from behavior_pipeline.lake.server.server import Server
from behavior_pipeline_tests.databases import temporary_database
from behavior_pipeline_tests.defs.world import CONFIG, World, open_world

NewWorld = Callable[..., World]


@pytest.fixture(autouse=True)
def _no_settings_from_outside() -> None:
    """Leave them: those of an open world live in the environment for longer than a test."""


@pytest.fixture(scope="module")
def open_new_world(
    postgres: Server, lake_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NewWorld]:
    """Return a function that closes the world before and opens another one; one world a process is open."""
    with ExitStack() as stack:

        def make(config: str = CONFIG, *, home: Path | None = None) -> World:
            stack.close()
            url = stack.enter_context(
                temporary_database(postgres, f"TEMPLATE {lake_template} STRATEGY file_copy")
            )
            return stack.enter_context(open_world(tmp_path_factory.mktemp("world"), url, config, home=home))

        yield make


@pytest.fixture
def new_world(open_new_world: NewWorld) -> NewWorld:
    """Return a function that opens the only world of this test."""
    return open_new_world
