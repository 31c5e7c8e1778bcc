"""A data root with the published story, made once for the tests of a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.lake.server.server import Server
from behavior_pipeline.settings.model import Settings
from behavior_pipeline_tests.databases import temporary_database
from behavior_pipeline_tests.report import world


@contextmanager
def published_story(
    root: Path, postgres: Server, template: str, *, weeks: int = 16, hostile: str | None = None
) -> Iterator[Path]:
    """Publish the story below `root` by way of a real lake; its catalog is a database of its own."""
    with temporary_database(postgres, f"TEMPLATE {template} STRATEGY file_copy") as url:
        lake = Lake.open(Settings(data=root, postgres_url=url), world.TABLES)
        world.publish(lake, weeks=weeks, hostile=hostile)
        lake.close()
        yield root
