from collections.abc import Callable
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.tables.registry import lake_tables
from behavior_pipeline_tests.lake.processes import finish, start

DAYS = 16
PROCESSES = 4


@pytest.mark.slow
def test_four_processes_rewrite_sixteen_days_twice_as_one_process_would(
    empty_database: str, settings_for: Callable[..., Settings], data_root: Path, tmp_path: Path
) -> None:
    shares = [[*range(first, DAYS, PROCESSES)] for first in range(PROCESSES)]
    workers = [start("fill", data_root, empty_database, *share) for share in shares]
    complaints = [finish(worker) for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * PROCESSES, complaints

    alone = settings_for(data=tmp_path / "alone")
    assert alone.postgres_url
    sequential = start("fill", alone.root, alone.postgres_url, *range(DAYS))
    assert not finish(sequential)
    expected = Lake.open(alone, lake_tables(["cost"]))
    lake = Lake.open(settings_for(postgres_url=empty_database), lake_tables(["cost"]))
    for table in ("quarantine", "spans"):
        assert_frame_equal(lake.read(table), expected.read(table))
    assert len(lake.read("quarantine")) == DAYS * 50
    lake.close()
    expected.close()
