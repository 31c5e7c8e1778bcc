"""The published story, made once a session and only read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from behavior_pipeline.lake.published import Published, open_published
from behavior_pipeline.lake.server.server import Server
from behavior_pipeline_tests.report.published_story import published_story

HOSTILE = '<script>alert("x")</script>\'" onload=alert(1) & $x$'


@pytest.fixture(scope="session")
def hostile_root(
    postgres: Server, lake_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Return a data root whose slice value, prompt version, event, tool and feature are markup."""
    with published_story(tmp_path_factory.mktemp("story"), postgres, lake_template, hostile=HOSTILE) as root:
        yield root


@pytest.fixture
def published(hostile_root: Path) -> Iterator[Published]:
    with open_published(hostile_root) as opened:
        yield opened
