from pathlib import Path

import duckdb
import pytest

from behavior_pipeline.lake.duck import connect, load, s3_secret
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


def test_the_usual_aws_variables_become_a_secret_of_this_process(tmp_path: Path) -> None:
    variables = {
        "AWS_ACCESS_KEY_ID": "name", "AWS_SECRET_ACCESS_KEY": "it's", "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": "http://store.example:9000",
    }  # fmt: skip
    with connect() as instance:
        load(instance, "httpfs")
        instance.execute(s3_secret(variables))
        row = instance.execute("SELECT persistent, secret_string FROM duckdb_secrets()").fetchone()
    assert row is not None
    persistent, shown = row
    assert not persistent
    assert "endpoint=store.example:9000" in shown
    assert "use_ssl=false" in shown
    assert "region=eu-central-1" in shown


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
