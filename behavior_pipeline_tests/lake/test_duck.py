from pathlib import Path

import duckdb
import pytest

from behavior_pipeline.lake.duck import connect, load
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline_tests.lake.frames import DAY, quarantine


def test_extensions_come_from_their_packages_and_leave_nothing_in_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with connect() as instance:
        load(instance, "httpfs")
        loaded = instance.execute("SELECT extension_name FROM duckdb_extensions() WHERE loaded").fetchall()
        assert {("ducklake",), ("postgres_scanner",), ("httpfs",)} <= set(loaded)
        with pytest.raises(duckdb.Error):  # one that no package brought is not fetched
            instance.execute("SELECT * FROM read_xlsx('none.xlsx')")
    assert not list(tmp_path.iterdir())


def test_instants_are_read_in_utc_whatever_the_zone_of_the_machine(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    assert (
        str(lake.sql("SELECT TIMESTAMPTZ '2026-01-05 10:00:00+02' AS at")["at"].item())
        == "2026-01-05 08:00:00+00:00"
    )


def test_what_does_not_fit_into_memory_is_spilled_below_the_data_root(lake: Lake) -> None:
    lake.replace({"quarantine": quarantine()}, {"day": DAY})
    spill = lake.sql("SELECT current_setting('temp_directory') AS folder")["folder"].item()
    assert Path(spill).is_relative_to(lake.settings.root)
