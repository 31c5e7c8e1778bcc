"""One backfill, two waves of one-day runs and day by day give equal lakes; SIGINT leaves no process."""

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from behavior_pipeline.demo.config import write_config
from behavior_pipeline.demo.world import write_world
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.tables.registry import lake_tables
from behavior_pipeline_tests.conftest import DIMENSIONS
from behavior_pipeline_tests.defs.world import FIRST_PAID, MONDAY, assert_equal_lakes, lake_rows
from behavior_pipeline_tests.live.dagster_dev import Dev, Run, dagster_dev, processes_of

WEEKS = int(os.environ.get("LIVE_WEEKS", "1"))  # 2 for the fourteen days of record, about twice as long
CONVERSATIONS = 50
DAYS = [MONDAY + timedelta(days=number) for number in range(7 * WEEKS)]
JOB, FIRST_WAVE = "daily_pipeline", ["raw_dumps", "spans"]
Rows = dict[str, pd.DataFrame]
Drive = Callable[[Dev], list[Run]]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def in_one_backfill(dev: Dev) -> list[Run]:
    dev.backfill(dev.assets(JOB), DAYS)
    return dev.wait_for_runs()


def in_two_waves(dev: Dev) -> list[Run]:
    rest = [name for name in dev.assets(JOB) if name not in FIRST_WAVE]
    for wave in (FIRST_WAVE, rest):
        for day in DAYS:
            dev.launch(JOB, wave, day)  # dagster.yaml lets four go at once
        dev.wait_for_runs()
    return dev.runs()


def day_by_day(dev: Dev) -> list[Run]:
    for day in DAYS:
        dev.launch(JOB, dev.assets(JOB), day)
        dev.wait_for_runs()
    return dev.runs()


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("dumps")
    write_world(root, start=MONDAY, weeks=WEEKS, conversations_per_day=CONVERSATIONS)
    write_config(root, start=MONDAY)
    return root


@pytest.fixture(scope="module")
def expected(dumps: Path, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return driven(day_by_day, dumps, tmp_path_factory.mktemp("daily"))


def driven(drive: Drive, dumps: Path, folder: Path) -> Rows:
    """Run the days on a fresh data root, stop it as Ctrl-C would, and return the lake's rows."""
    root = folder / "data"
    shutil.copytree(dumps, root)
    with dagster_dev(root, folder / "dev.log") as dev:
        started = time.monotonic()
        runs = drive(dev)
        seconds = time.monotonic() - started
    assert_nothing_is_left(root)
    tell(drive.__name__, runs, seconds)
    assert {run.status for run in runs} == {"SUCCESS"}
    return rows_of(root)


def assert_nothing_is_left(root: Path, patience_s: float = 20) -> None:
    until = time.monotonic() + patience_s
    while (left := processes_of(root)) and time.monotonic() < until:
        time.sleep(0.2)
    assert not left


def tell(name: str, runs: list[Run], seconds: float) -> None:
    counts = Counter(run.assets for run in runs)
    print(f"\n{name}: {len(runs)} runs in {seconds:.0f} s, {Counter(run.status for run in runs)}")  # noqa: T201
    for assets, count in counts.items():
        print(f"  {count} x {', '.join(assets)}")  # noqa: T201


def rows_of(root: Path) -> Rows:
    lake = Lake.open(Settings(data=root), lake_tables(DIMENSIONS))
    rows = lake_rows(lake)
    lake.close()
    lake.server.close()
    return rows


def test_one_backfill_gives_the_lake_of_day_by_day_runs(expected: Rows, dumps: Path, tmp_path: Path) -> None:
    rows = driven(in_one_backfill, dumps, tmp_path)
    assert_whole(rows)
    assert_equal_lakes(rows, expected, but=FIRST_PAID)


def test_two_waves_of_parallel_runs_give_the_lake_of_day_by_day_runs(
    expected: Rows, dumps: Path, tmp_path: Path
) -> None:
    rows = driven(in_two_waves, dumps, tmp_path)
    assert_equal_lakes(rows, expected, but=FIRST_PAID)


def assert_whole(rows: Rows) -> None:
    """Every day holds traces and scores of every dimension; tone's small sample may pass over one."""
    assert not rows["scores_tone"].empty
    for name in ("traces", "sampled_traces", *(f"scores_{other}" for other in DIMENSIONS if other != "tone")):
        assert set(rows[name]["day"].dt.date) == set(DAYS), name
