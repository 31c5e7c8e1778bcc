"""Dumps and lake in a bucket give the lake that they give on disk, also where the bucket is busy."""

import shutil

import pandas as pd
import pytest

from behavior_pipeline.datafiles.buckets import objects
from behavior_pipeline_tests.defs.conftest import NewWorld
from behavior_pipeline_tests.defs.test_rerun import (
    DAYS,
    HARMLESS,
    NOT_FILLED,
    label_days,
    run_everything,
    write_days,
)
from behavior_pipeline_tests.defs.turns import turn, write_dump
from behavior_pipeline_tests.defs.world import (
    CONFIG,
    FIRST_PAID,
    MONDAY,
    World,
    assert_equal_lakes,
    checks_of,
    failure_of,
    lake_rows,
)
from behavior_pipeline_tests.object_store import (
    BUCKET,
    BUSY,
    DENIED,
    FINE,
    ObjectStore,
    Rule,
    by_chance,
    client,
    every,
    well,
)

SOURCES = """
[[sources]]
name = "production"
root = "{place}/dumps"

[[sources]]
name = "old"
root = "{place}/calibration"
role = "calibration"
"""
ON_DISK = CONFIG + HARMLESS + SOURCES.format(place=".")
ON_S3 = f'lake_path = "s3://{BUCKET}/lake"' + CONFIG + HARMLESS + SOURCES.format(place=f"s3://{BUCKET}")
READ = ("raw_dumps", "spans", "traces")
Rows = dict[str, pd.DataFrame]


def write_dumps(world: World) -> None:
    """Write dated, nested, undated, hidden and broken files of two sources."""
    write_days(world)
    write_dump(world.dumps / str(DAYS[0]) / "tráces 日本 (1)+%41&=.jsonl", *turn(900, DAYS[0]))
    write_dump(world.dumps / str(DAYS[0]) / "a" / "b.jsonl", *turn(901, DAYS[0]))
    write_dump(world.dumps / str(DAYS[0]) / "a-b.jsonl", *turn(901, DAYS[0], {"answer": "Another one."}))
    write_dump(world.dumps / "exports" / "undated.jsonl", *turn(902, DAYS[1]))
    write_dump(world.dumps / ".part", *turn(903, DAYS[1]))
    (world.dumps / str(DAYS[2])).mkdir()
    (world.dumps / str(DAYS[2]) / "bad.jsonl.gz").write_bytes(b"\x1f\x8b" + bytes(range(200)))
    (world.dumps / str(DAYS[2]) / "empty.jsonl").touch()
    write_dump(world.root / "calibration" / "all.jsonl", *turn(904, DAYS[0]), *turn(905, DAYS[0]))


def move_to(bucket: ObjectStore, world: World) -> None:
    """Put the dumps into the bucket and leave none on disk."""
    for name in ("dumps", "calibration"):
        for path in (world.root / name).rglob("*"):
            if path.is_file():
                key = path.relative_to(world.root).as_posix()
                client(bucket).put_object(Bucket=BUCKET, Key=key, Body=path.read_bytes())
        shutil.rmtree(world.root / name)
    bucket.forget()


@pytest.fixture(scope="module")
def expected(open_new_world: NewWorld) -> Rows:
    """Return the rows of a world on disk."""
    world = open_new_world(ON_DISK)
    write_dumps(world)
    label_days(world)
    run_everything(world)
    return lake_rows(world.lake)


@pytest.mark.slow
@pytest.mark.timeout(900)  # two weeks of all assets, twice for the first of these
@pytest.mark.parametrize(
    "rule", [well, every(10), by_chance(0.1, 11)], ids=["well", "every tenth busy", "a tenth busy by chance"]
)
def test_dumps_and_lake_in_a_bucket_give_the_lake_of_a_disk(
    expected: Rows, bucket: ObjectStore, new_world: NewWorld, rule: Rule
) -> None:
    world = new_world(ON_S3)
    write_dumps(world)
    label_days(world)
    move_to(bucket, world)
    bucket.rule = rule
    run_everything(world)
    rows = lake_rows(world.lake)
    busy = bucket.count(status=503)
    bucket.rule = well
    assert_equal_lakes(rows, expected, but=FIRST_PAID)
    assert {name for name, rows in rows.items() if rows.empty} == NOT_FILLED
    assert set(rows["dump_files"]["source"]) == {"production", "old"}
    assert len(rows["quarantine"])
    assert not list((world.root / "lake").rglob("*")) and not list((world.root / "tmp").glob("scratch-*"))
    asked = len(bucket.record)
    assert busy >= asked / 12 if rule is not well else busy == 0


def test_a_day_of_a_bucket_is_read_as_that_of_a_disk(bucket: ObjectStore, new_world: NewWorld) -> None:
    world = new_world(ON_DISK)
    write_dumps(world)
    world.run(DAYS[0], only=READ)
    here = lake_rows(world.lake)
    other = new_world(ON_S3)
    write_dumps(other)
    move_to(bucket, other)
    bucket.rule = every(10)
    ran = other.run(DAYS[0], only=READ, checks=True)
    there = lake_rows(other.lake)
    assert bucket.count(status=503) > 1
    assert_equal_lakes(there, here)
    assert len(there["dump_files"]) == 5 and len(there["traces"])
    assert checks_of(ran)["every_record_is_accounted_for"].passed
    other.run(DAYS[0], only=READ)
    assert_equal_lakes(lake_rows(other.lake), here)


@pytest.mark.slow
@pytest.mark.parametrize("wrong", [BUSY, DENIED])
def test_a_bucket_that_is_refused_fails_the_run_and_keeps_the_day(
    bucket: ObjectStore, new_world: NewWorld, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setattr(objects, "ATTEMPTS", 2)
    world = new_world(ON_S3)
    write_dumps(world)
    move_to(bucket, world)
    world.run(MONDAY, only=READ)
    before = lake_rows(world.lake)
    bucket.rule = lambda request: wrong if "/dumps/" in request.path else FINE
    ran = world.attempt(MONDAY, only=READ)
    message = failure_of(ran)
    assert not ran.success
    assert wrong[:3] in message or "AccessDenied" in message
    assert "kept:" in message and "to do:" in message
    assert not any(value in message for name, value in bucket.environment.items() if "KEY" in name)
    assert_equal_lakes(lake_rows(world.lake), before)
    assert not list((world.root / "tmp").glob("scratch-*"))


def test_a_bucket_without_dumps_is_told_like_a_missing_directory(
    bucket: ObjectStore, new_world: NewWorld
) -> None:
    ran = new_world(ON_S3).attempt(MONDAY, only=READ)
    assert not ran.success
    message = failure_of(ran)
    assert (
        "the dump directory of source 'production' does not exist" in message
        and f"s3://{BUCKET}/dumps" in message
    )
