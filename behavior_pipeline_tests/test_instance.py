import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml

from behavior_pipeline.instance import Artifacts, ComputeLogs, Storage
from behavior_pipeline.settings.model import settings
from behavior_pipeline.settings.variables import DATA_VARIABLE, POSTGRES_VARIABLE

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture
def instance(
    tmp_path: Path, data_root: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    """Return Dagster's instance as dagster.yaml of this repository describes it."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(REPOSITORY / "dagster.yaml", home)
    monkeypatch.setenv(DATA_VARIABLE, str(data_root))
    monkeypatch.setenv(POSTGRES_VARIABLE, database)
    settings.cache_clear()
    with dg.DagsterInstance.from_config(str(home)) as made:
        yield made
    settings.cache_clear()


@dg.asset
def noted() -> None:
    print("a line of the asset")  # noqa: T201 - what is captured


def test_runs_and_their_events_are_kept_in_our_postgresql(
    instance: dg.DagsterInstance, database: str
) -> None:
    run = dg.materialize([noted], instance=instance)
    assert isinstance(instance._ref.storage_data.rehydrate(as_type=Storage), Storage)  # type: ignore[union-attr]
    with dg.DagsterInstance.from_ref(instance.get_ref()) as other:
        assert other.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.SUCCESS  # type: ignore[union-attr]
        assert other.get_latest_materialization_event(noted.key) is not None


def test_what_a_run_writes_lies_below_the_data_root(instance: dg.DagsterInstance, data_root: Path) -> None:
    dg.materialize([noted], instance=instance)
    assert isinstance(instance.compute_log_manager, ComputeLogs)
    assert Path(instance.storage_directory()).is_relative_to(data_root)
    printed = "".join(path.read_text() for path in (data_root / "dagster" / "logs").rglob("*.out"))
    assert "a line of the asset" in printed
    home = Path(instance.root_directory)
    assert home.is_relative_to(data_root)


def test_telemetry_is_off_and_four_runs_go_at_once(instance: dg.DagsterInstance) -> None:
    assert instance.telemetry_enabled is False
    assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 4  # type: ignore[union-attr]
    assert isinstance(instance._ref.local_artifact_storage, Artifacts)  # type: ignore[union-attr]


def test_the_workspace_names_our_definitions() -> None:
    workspace = yaml.safe_load((REPOSITORY / "workspace.yaml").read_text())
    assert workspace["load_from"][0]["python_module"]["module_name"] == "behavior_pipeline.definitions"
