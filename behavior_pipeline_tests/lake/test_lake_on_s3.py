"""The lake in a bucket of a real S3-compatible server: the same rows as on disk, and nothing half written."""

import datetime as dt
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from behavior_pipeline.errors import ConfigError, StorageError
from behavior_pipeline.lake import duck
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.settings.model import Settings, Source
from behavior_pipeline.tables.registry import lake_tables
from behavior_pipeline_tests.conftest import DIMENSIONS
from behavior_pipeline_tests.lake.frames import DAY, quarantine, scores, spans
from behavior_pipeline_tests.object_store import (
    BUCKET,
    BUSY,
    DENIED,
    FINE,
    ObjectStore,
    by_chance,
    client,
    every,
    first_of_each,
)

DAYS = [DAY + dt.timedelta(days=number) for number in range(6)]
COUNT = "SELECT count(*) AS n FROM analysis.quarantine AT (VERSION => {})"
SMALLEST_PARTS = "'50GB'"  # ten thousand parts of 5 MB


@pytest.fixture
def on_s3(bucket: ObjectStore, settings_for: Callable[..., Settings]) -> Iterator[Lake]:
    """Return an empty lake in a bucket."""
    opened = Lake.open(settings_for(lake_path=f"s3://{BUCKET}/lake"), lake_tables(DIMENSIONS))
    bucket.forget()
    yield opened
    opened.close()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up early, where giving up is what a test looks at."""
    monkeypatch.setitem(duck.S3_SETTINGS, "http_retries", 2)


def keys(bucket: ObjectStore) -> list[str]:
    rule, bucket.rule = bucket.rule, lambda _: FINE
    entries = client(bucket).list_objects_v2(Bucket=BUCKET).get("Contents", [])
    bucket.rule = rule
    return [entry["Key"] for entry in entries]


def long_texts(megabytes: int) -> pd.DataFrame:
    """Return spans whose texts do not pack well."""
    drawn = random.Random(1)  # noqa: S311 - a repeatable choice
    return spans(rows=megabytes).assign(
        input_messages=[drawn.randbytes(512 << 10).hex() for _ in range(megabytes)]
    )


@pytest.mark.slow
@pytest.mark.parametrize("rule", [every(10), by_chance(0.1, 5)], ids=["every tenth", "a tenth by chance"])
def test_a_store_that_is_busy_one_time_in_ten_gives_the_lake_that_a_disk_gives(
    on_s3: Lake, bucket: ObjectStore, empty_database: str, tmp_path: Path, rule: Callable[..., str]
) -> None:
    bucket.rule = rule
    on_disk = Lake.open(
        Settings(data=tmp_path / "disk", postgres_url=empty_database), lake_tables(DIMENSIONS)
    )
    for lake in (on_s3, on_disk):
        for number, day in enumerate([*DAYS, *DAYS[:3]]):
            rows = {"quarantine": quarantine(day, rows=number), "spans": spans(day, rows=20 * number)}
            lake.replace(rows, {"day": day})
            lake.replace({"scores_cost": scores(day)}, {"day": day})
            lake.append("events", pd.DataFrame([{"at": pd.Timestamp(day, tz="UTC"), "kind": "deploy",
                                                 "name": f"v{number}", "detail": None}]))  # fmt: skip
            lake.read("spans", {"day": day})
    for name in ("quarantine", "spans", "scores_cost", "events"):
        assert_frame_equal(on_s3.read(name), on_disk.read(name))
    published = [lake.publish() for lake in (on_s3, on_disk)]
    with duckdb.connect(str(published[0]), read_only=True) as one:
        one.execute(f"ATTACH '{published[1]}' AS other (READ_ONLY)")
        assert one.execute("FROM quarantine EXCEPT FROM other.quarantine").fetchall() == []
        assert one.execute("SELECT count(*) FROM quarantine").fetchone() != (0,)
    on_disk.close()
    assert bucket.count(status=503) >= 5
    assert {request.method for request in bucket.record if request.status == 503} >= {"PUT", "GET"}


def test_each_request_of_an_upload_in_parts_may_fail_once(
    bucket: ObjectStore, settings_for: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(duck.S3_SETTINGS, "s3_uploader_max_filesize", SMALLEST_PARTS)
    lake = Lake.open(settings_for(lake_path=f"s3://{BUCKET}/lake/"), lake_tables(DIMENSIONS))
    bucket.rule = first_of_each("CREATE", "PART", "COMPLETE", "GET", "HEAD")
    rows = long_texts(megabytes=16)
    lake.replace({"spans": rows}, {"day": DAY})
    assert_frame_equal(lake.read("spans"), lake.tables["spans"].validate(rows), check_dtype=False)
    lake.close()
    for kind in ("CREATE", "PART", "COMPLETE"):
        assert bucket.count(kind, status=503) >= 1
        assert bucket.count(kind, status=200) >= 1


@pytest.mark.parametrize("refused", ["CREATE", "PART", "COMPLETE"])
def test_an_upload_in_parts_that_fails_is_never_committed(
    bucket: ObjectStore, settings_for: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch,
    hasty: None, refused: str,
) -> None:  # fmt: skip
    monkeypatch.setitem(duck.S3_SETTINGS, "s3_uploader_max_filesize", SMALLEST_PARTS)
    lake = Lake.open(settings_for(lake_path=f"s3://{BUCKET}/lake/"), lake_tables(DIMENSIONS))
    lake.replace({"spans": spans(rows=3)}, {"day": DAY})
    before, snapshot = lake.read("spans"), lake.snapshot()
    bucket.rule = lambda request: BUSY if request.kind == refused else FINE
    with pytest.raises(StorageError, match="503"):
        lake.replace({"spans": long_texts(megabytes=12), "quarantine": quarantine()}, {"day": DAY})
    assert lake.snapshot() == snapshot
    assert_frame_equal(lake.read("spans"), before)
    assert lake.read("quarantine").empty
    bucket.rule = lambda _: FINE
    lake.replace({"spans": long_texts(megabytes=12)}, {"day": DAY})
    assert len(lake.read("spans")) == 12
    lake.close()


@pytest.mark.parametrize("wrong", [BUSY, DENIED])
def test_a_store_that_refuses_writes_keeps_every_partition_as_it_was(
    bucket: ObjectStore, settings_for: Callable[..., Settings], hasty: None, wrong: str
) -> None:
    lake = Lake.open(settings_for(lake_path=f"s3://{BUCKET}/lake/"), lake_tables(DIMENSIONS))
    lake.replace({"quarantine": quarantine()}, {"day": DAY})
    before, snapshot, stored = lake.read("quarantine"), lake.snapshot(), keys(bucket)
    bucket.rule = lambda request: wrong if request.method in ("PUT", "POST", "DELETE", "HEAD") else FINE
    with pytest.raises(StorageError, match=wrong[:3]) as raised:
        lake.replace({"quarantine": quarantine(rows=5)}, {"day": DAY})
    assert not any(value in str(raised.value) for name, value in bucket.environment.items() if "KEY" in name)
    assert lake.snapshot() == snapshot
    assert_frame_equal(lake.read("quarantine"), before)
    assert keys(bucket) == stored
    lake.close()


def test_a_store_that_cannot_be_read_is_one_clear_error(
    bucket: ObjectStore, settings_for: Callable[..., Settings], hasty: None
) -> None:
    lake = Lake.open(settings_for(lake_path=f"s3://{BUCKET}/lake/"), lake_tables(DIMENSIONS))
    lake.replace({"quarantine": quarantine()}, {"day": DAY})
    bucket.rule = lambda _: BUSY
    for read in (lambda: lake.read("quarantine"), lambda: lake.records("FROM analysis.quarantine")):
        with pytest.raises(StorageError, match="503") as raised:
            read()
        assert raised.value.kept and "AWS" in raised.value.remedy
    lake.close()


def test_a_store_that_does_not_answer_is_one_clear_error(
    on_s3: Lake, settings_for: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch, hasty: None
) -> None:
    on_s3.replace({"quarantine": quarantine()}, {"day": DAY})
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://user:hidden@127.0.0.1:1")
    lake = Lake.open(settings_for(lake_path=on_s3.settings.lake_path), on_s3.tables)
    for ask in (lambda: lake.read("quarantine"), lambda: lake.replace({"spans": spans()}, {"day": DAY})):
        with pytest.raises(StorageError, match=r"127\.0\.0\.1:1") as raised:
            ask()
        assert "hidden" not in str(raised.value) and "AWS" in raised.value.remedy
    lake.close()


def test_the_data_as_it_was_is_read_at_its_snapshot_from_the_bucket(on_s3: Lake, bucket: ObjectStore) -> None:
    bucket.rule = first_of_each("GET", "PUT", "HEAD")
    before = on_s3.replace({"quarantine": quarantine(rows=3)}, {"day": DAY})
    after = on_s3.replace({"quarantine": quarantine(rows=1)}, {"day": DAY})
    assert [on_s3.sql(COUNT.format(number))["n"].item() for number in (before, after)] == [3, 1]


def test_upkeep_of_a_busy_bucket_removes_what_is_unused_and_keeps_every_row(
    on_s3: Lake, bucket: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "behavior_pipeline.lake.lake.GRACE", "INTERVAL (-1) DAY"
    )  # files of a moment ago are old enough
    for day in DAYS * 2:
        on_s3.replace({"quarantine": quarantine(day)}, {"day": day})
    before, stored = on_s3.read("quarantine"), keys(bucket)
    client(bucket).put_object(Bucket=BUCKET, Key="lake/analysis/left.parquet", Body=b"of a killed run")
    client(bucket).put_object(Bucket=BUCKET, Key="elsewhere/mine.parquet", Body=b"of somebody else")
    with on_s3.server.connect("lake") as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE ducklake_snapshot SET snapshot_time = snapshot_time - INTERVAL '91 days'")
    bucket.forget()
    bucket.rule = first_of_each("LIST", "GET", "PUT", "POST", "DELETE", "HEAD")
    done = on_s3.maintain()
    assert done["expired_snapshots"] > len(DAYS)
    assert done["removed_orphans"] == 1
    assert bucket.count("LIST", status=503) == 1
    assert bucket.count("POST", status=503) >= 1
    left = keys(bucket)
    assert "lake/analysis/left.parquet" not in left
    assert "elsewhere/mine.parquet" in left
    assert len(left) < len(stored)
    assert_frame_equal(on_s3.read("quarantine"), before)


def test_a_second_process_with_its_own_data_root_reads_the_same_lake(on_s3: Lake, tmp_path: Path) -> None:
    on_s3.replace({"quarantine": quarantine()}, {"day": DAY})
    other = Lake.open(
        Settings(data=tmp_path / "other", postgres_url=on_s3.settings.postgres_url,
                 lake_path=on_s3.settings.lake_path),
        on_s3.tables,
    )  # fmt: skip
    assert_frame_equal(other.read("quarantine"), on_s3.read("quarantine"))
    other.close()


@pytest.mark.parametrize(
    ("lake_path", "root"),
    [
        (f"s3://{BUCKET}", f"s3://{BUCKET}/dumps"),
        (f"s3://{BUCKET}/a/", f"s3://{BUCKET}/a"),
        (None, "lake/dumps"),
        (".", "dumps"),
        ("file://{}/all", "{}/all/dumps"),
    ],
)
def test_dumps_below_the_lake_are_refused_since_upkeep_could_remove_them(
    settings_for: Callable[..., Settings], tmp_path: Path, lake_path: str | None, root: str
) -> None:
    overlapping = settings_for(
        lake_path=lake_path and lake_path.format(tmp_path), sources=(Source(root=root.format(tmp_path)),)
    )
    with pytest.raises(ConfigError, match="below lake_path"):
        Lake.open(overlapping, lake_tables(DIMENSIONS))


@pytest.mark.parametrize("lake_path", ["elsewhere", "file://{}/elsewhere", "{}/elsewhere"])
def test_a_directory_of_the_lake_may_be_written_as_a_path_or_as_a_url(
    settings_for: Callable[..., Settings], data_root: Path, lake_path: str
) -> None:
    lake = Lake.open(settings_for(lake_path=lake_path.format(data_root)), lake_tables(DIMENSIONS))
    lake.replace({"quarantine": quarantine()}, {"day": DAY})
    assert list((data_root / "elsewhere").rglob("*.parquet"))
    assert (data_root / "elsewhere").stat().st_mode & 0o777 == 0o700
    lake.close()
