"""What steps work with: the settings, dimensions and lake of this process, opened at their first use."""

from collections.abc import Mapping
from functools import cache

from behavior_pipeline.dimensions.folder import load_dimensions
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.settings.model import Settings, settings
from behavior_pipeline.steps.cases_cache import CasesCache
from behavior_pipeline.tables.registry import lake_tables


class Pipeline:
    """Settings, dimensions and lake of this process, and the days of traces that its run has parsed.

    Nothing is opened before it is asked for: a process that only draws the graph needs no database.
    """

    @property
    def settings(self) -> Settings:
        """Return the settings of this process."""
        return settings()

    @property
    def dimensions(self) -> Mapping[str, DimensionSpec]:
        """Return the dimensions by name."""
        return dimensions()

    @property
    def lake(self) -> Lake:
        """Return the lake."""
        return open_lake()

    @property
    def cases(self) -> CasesCache:
        """Return what was read already of days of traces."""
        return _cases()


@cache
def dimensions() -> Mapping[str, DimensionSpec]:
    """Return the dimensions of the package's folder with the overrides of pipeline.toml, read once."""
    return load_dimensions(settings().dimensions)


@cache
def open_lake() -> Lake:
    """Return this process's lake."""
    return Lake.open(settings(), lake_tables(dimensions()))


@cache
def _cases() -> CasesCache:
    return CasesCache(open_lake(), dimensions())


def close_cases() -> None:
    """Let go of what was read of days of traces; it is read again at the next use."""
    if _cases.cache_info().currsize:
        _cases().close()


def forget() -> None:
    """Close the lake and read configuration anew at the next use; for a process that runs with several."""
    close_cases()
    if open_lake.cache_info().currsize:
        open_lake().close()
    for cached in (_cases, open_lake, dimensions, settings):
        cached.cache_clear()
