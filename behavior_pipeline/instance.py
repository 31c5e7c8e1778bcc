"""The classes that dagster.yaml names: its storage in our PostgreSQL, its files below the data root."""

from typing import Any, Self

from dagster._config.config_schema import UserConfigSchema
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage

from behavior_pipeline.datafiles.folders import private_folder
from behavior_pipeline.lake.server.server import server
from behavior_pipeline.settings.model import settings


class Storage(DagsterPostgresStorage):
    """Dagster's runs, events and schedules, in the PostgreSQL of the data root or of the settings.

    The address is resolved in each process, which joins the embedded server by that: it is in no file.
    """

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Nothing is configured here."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Self:
        """Join the server and hand the rest to DagsterPostgresStorage."""
        joined = server(settings())
        with joined.locked(["dagster.tables"]):  # several processes may be the first at once
            return cls(postgres_url=joined.url, inst_data=inst_data)


class Artifacts(LocalArtifactStorage):
    """Dagster's local files, in `dagster/` of the data root."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Nothing is configured here."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Self:
        """Place the files below the data root."""
        return cls(base_dir=_folder("dagster"), inst_data=inst_data)


class ComputeLogs(LocalComputeLogManager):
    """What runs print, in `dagster/logs/` of the data root."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Nothing is configured here."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Self:
        """Place the files below the data root."""
        return cls(base_dir=_folder("dagster/logs"), inst_data=inst_data)


def _folder(name: str) -> str:
    return str(private_folder(settings().root / name))
