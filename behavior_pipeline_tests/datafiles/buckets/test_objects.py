"""Dumps in a bucket of a real S3-compatible server, orderly and not."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from behavior_pipeline.datafiles.buckets import objects
from behavior_pipeline.datafiles.buckets.objects import Bucket
from behavior_pipeline.datafiles.buckets.sources import store_of
from behavior_pipeline.dumps.day_files import list_dumps
from behavior_pipeline.dumps.locations import Folder, ListedFile, Sighting
from behavior_pipeline.errors import ConfigError, InputError
from behavior_pipeline.settings.model import Source
from behavior_pipeline_tests.object_store import (
    BUCKET,
    BUSY,
    CUT,
    DENIED,
    FINE,
    ObjectStore,
    Request,
    by_chance,
    client,
    every,
    first_of_each,
    well,
)
from behavior_pipeline_tests.spans.world import DAY, dump, request, span

ROOT = f"s3://{BUCKET}/dumps"
MANY = 1_001  # a page of a listing holds 1,000
NAMES = [
    "2026-03-02.jsonl", "2026-03-02/tráces 日本 (1)+%41&=?#.jsonl", "2026-03-02/deep/er/a.jsonl",
    "2026-03-02/a-b.jsonl", "2026-03-02/a/b.jsonl", "2026-03-02-late.jsonl", ".hidden", "empty.jsonl",
]  # fmt: skip


def put(bucket: ObjectStore, name: str, body: bytes) -> None:
    client(bucket).put_object(Bucket=BUCKET, Key=f"dumps/{name}", Body=body)
    bucket.forget()


def opened(data_root: Path, root: str = ROOT) -> Bucket:
    return Bucket(root, source="prod", data_root=data_root)


@contextmanager
def one(store: Bucket, name: str) -> Iterator[Path]:
    (file,) = [file for file in store.files() if file.name == name]
    with store.local([file]) as (path,):
        yield path


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up early, where giving up is what a test looks at."""
    monkeypatch.setattr(objects, "ATTEMPTS", 2)
    monkeypatch.setattr(objects, "CONNECT_SECONDS", 1)


def test_a_bucket_lists_what_a_directory_lists_in_the_same_order(bucket: ObjectStore, tmp_path: Path) -> None:
    for name in NAMES:
        path = tmp_path / "dumps" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
        put(bucket, name, name.encode())
    there, here = opened(tmp_path).files(), Folder(tmp_path / "dumps", source="prod").files()
    assert [(file.name, file.bytes) for file in there] == [(file.name, file.bytes) for file in here]
    with opened(tmp_path).local(there) as paths:
        assert [path.read_bytes().decode() for path in paths] == [file.name for file in there]
        assert [path.name for path in paths] == [file.name.rpartition("/")[2] for file in there]
        assert {path.parent.stat().st_mode & 0o777 for path in paths} == {0o700}
    assert not any(path.exists() for path in paths)
    assert not list((tmp_path / "tmp").glob("scratch-*"))


def test_names_that_no_directory_could_hold_stay_within_the_folder(
    bucket: ObjectStore, tmp_path: Path
) -> None:
    names = ["2026-03-02/../../../escaped", "2026-03-02/..", "2026-03-02//a", "2026-03-02/" + "n" * 400]
    for name in names:
        put(bucket, name, name.encode())
    store = opened(tmp_path)
    with store.local(store.files()) as paths:
        copies = [path.resolve() for path in paths]
        assert all(path.is_relative_to(tmp_path / "tmp") for path in copies)
        assert sorted(path.read_bytes().decode() for path in copies) == sorted(names)


def test_what_stands_for_a_folder_is_no_file(bucket: ObjectStore, tmp_path: Path) -> None:
    put(bucket, "", b"")
    assert opened(tmp_path).files() == []
    put(bucket, "2026-03-02/", b"")
    assert opened(tmp_path).files() == []


def test_neighbours_of_a_prefix_do_not_belong_to_it(bucket: ObjectStore, tmp_path: Path) -> None:
    put(bucket, "a.jsonl", b"x")
    client(bucket).put_object(Bucket=BUCKET, Key="dumps-old/b.jsonl", Body=b"x")
    for root in (ROOT, f"{ROOT}/"):
        assert [file.name for file in opened(tmp_path, root).files()] == ["a.jsonl"]
    whole = opened(tmp_path, f"s3://{BUCKET}").files()
    assert [file.name for file in whole] == ["dumps/a.jsonl", "dumps-old/b.jsonl"]


def test_a_listing_of_several_pages_survives_busy_and_broken_ones(
    bucket: ObjectStore, tmp_path: Path
) -> None:
    s3 = client(bucket)
    for number in range(MANY):
        s3.put_object(Bucket=BUCKET, Key=f"dumps/{number:05}.jsonl", Body=b"")
    for wrong in (BUSY, CUT):
        bucket.forget()
        bucket.rule = first_of_each("LIST", wrong=wrong)
        assert [file.name for file in opened(tmp_path).files()] == [f"{n:05}.jsonl" for n in range(MANY)]
        assert bucket.count("LIST") == 4  # two pages, each twice


@pytest.mark.parametrize("rule", [every(10), by_chance(0.1, 7)], ids=["every tenth", "a tenth by chance"])
def test_a_server_that_is_busy_one_time_in_ten_loses_no_byte(
    bucket: ObjectStore, tmp_path: Path, rule: objects.Any
) -> None:
    bodies = {f"{number:03}.bin": os.urandom(number * 100) for number in range(60)}
    for name, body in bodies.items():
        put(bucket, name, body)
    bucket.rule = rule
    store = opened(tmp_path)
    files = store.files()
    with store.local(files) as paths:
        assert {file.name: path.read_bytes() for file, path in zip(files, paths, strict=True)} == bodies
    assert bucket.count("GET", status=503) >= 3


@given(body=st.binary(max_size=300), cuts=st.lists(st.booleans(), max_size=8))
@settings(
    max_examples=20, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
def test_a_body_that_breaks_off_is_gone_on_with(
    bucket: ObjectStore, tmp_path: Path, body: bytes, cuts: list[bool]
) -> None:
    put(bucket, "a.bin", body)
    left = iter(cuts)
    bucket.rule = lambda request: CUT if request.kind == "GET" and next(left, False) else FINE
    with one(opened(tmp_path), "a.bin") as path:
        assert path.read_bytes() == body


def test_a_body_that_always_breaks_off_is_one_clear_error(
    bucket: ObjectStore, tmp_path: Path, hasty: None
) -> None:
    put(bucket, "a.bin", b"x" * 1000)
    bucket.rule = lambda request: CUT if request.kind == "GET" else FINE
    with pytest.raises(InputError, match="breaks off each time"), one(opened(tmp_path), "a.bin"):
        pass
    assert not list((tmp_path / "tmp").glob("scratch-*"))


@pytest.mark.parametrize("cut", [False, True], ids=["before it is read", "in the middle"])
def test_an_object_that_is_replaced_is_read_as_it_is_then_and_never_half(
    bucket: ObjectStore, tmp_path: Path, cut: bool
) -> None:
    before, after = b"b" * 5000, b"a" * 4000
    put(bucket, "a.bin", before)
    store = opened(tmp_path)
    (file,) = store.files()
    gets = 0

    def rule(request: Request) -> str:
        nonlocal gets
        gets += request.kind == "GET"
        return CUT if cut and gets == 1 and request.kind == "GET" else FINE

    def replace(request: Request) -> None:
        if request.kind == "GET" and gets == 1 + cut and request.method == "GET":
            bucket.before = None
            client(bucket).put_object(Bucket=BUCKET, Key="dumps/a.bin", Body=after)

    bucket.rule, bucket.before = rule, replace
    with store.local([file]) as (path,):
        assert path.read_bytes() == after
    store.remember({file: Sighting("of the other one", ())})
    assert store.seen(file) is None


def test_an_object_that_is_replaced_all_the_time_is_one_clear_error(
    bucket: ObjectStore, tmp_path: Path
) -> None:
    put(bucket, "a.bin", b"0" * 1000)
    other = client(bucket)

    def replace(request: Request) -> None:
        if request.kind == "GET":
            other.put_object(Bucket=BUCKET, Key="dumps/a.bin", Body=os.urandom(1000))

    bucket.before = replace
    bucket.rule = lambda request: CUT if request.kind == "GET" else FINE
    with pytest.raises(InputError, match="replaced again and again"), one(opened(tmp_path), "a.bin"):
        pass


def test_an_object_that_is_removed_after_the_listing_is_one_clear_error(
    bucket: ObjectStore, tmp_path: Path
) -> None:
    put(bucket, "a.bin", b"x")
    store = opened(tmp_path)
    files = store.files()
    client(bucket).delete_object(Bucket=BUCKET, Key="dumps/a.bin")
    with pytest.raises(InputError, match=r"removed while.*dumps/a\.bin"), store.local(files):
        pass


@pytest.mark.parametrize(
    ("root", "message"),
    [
        ("s3://nobodys-bucket/dumps", "the bucket of source 'prod'"),
        (f"s3://{BUCKET}/nothing-here", "no object below"),
    ],
)
def test_a_root_that_is_not_there_is_one_clear_error(
    bucket: ObjectStore, tmp_path: Path, root: str, message: str
) -> None:
    with pytest.raises(InputError, match=message) as raised:
        opened(tmp_path, root).files()
    assert raised.value.remedy


def test_a_bucket_that_may_not_be_read_is_one_clear_error_without_a_key(
    bucket: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(bucket, "a.jsonl", b"x")
    bucket.rule = lambda _: DENIED
    with pytest.raises(InputError, match=r"may not be read with these keys \(AccessDenied\)") as raised:
        opened(tmp_path).files()
    assert "s3:GetObject" in raised.value.remedy
    assert not any(value in str(raised.value) for name, value in bucket.environment.items() if "KEY" in name)
    bucket.rule = well
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(InputError, match="may not be read without keys"), one(opened(tmp_path), "a.jsonl"):
        pass


def test_a_public_bucket_is_read_without_keys_a_profile_or_a_metadata_service(
    bucket: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client(bucket).put_bucket_acl(Bucket=BUCKET, ACL="public-read")
    client(bucket).put_object(Bucket=BUCKET, Key="dumps/a.jsonl", Body=b"x", ACL="public-read")
    bucket.forget()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", bucket.url)
    (tmp_path / "config").write_text("[profile mine]\nendpoint_url = http://127.0.0.1:1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "mine")
    with one(opened(tmp_path), "a.jsonl") as path:
        assert path.read_bytes() == b"x"
    assert {request.path for request in bucket.record} == {f"/{BUCKET}", f"/{BUCKET}/dumps/a.jsonl"}


def test_a_server_that_does_not_answer_is_one_clear_error_without_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hasty: None
) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL_S3": "http://user:hidden@127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "K3Y",
        "AWS_SECRET_ACCESS_KEY": "S3CR3T",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=r"127\.0\.0\.1:1 does not answer") as raised:
        opened(tmp_path).files()
    assert not any(secret in str(raised.value) for secret in ("hidden", "K3Y", "S3CR3T"))
    assert raised.value.__cause__ is None


def test_a_server_that_is_always_busy_is_one_clear_error(
    bucket: ObjectStore, tmp_path: Path, hasty: None
) -> None:
    bucket.rule = lambda _: BUSY
    with pytest.raises(InputError, match="times in a row: 503 SlowDown"):
        opened(tmp_path).files()


@pytest.mark.parametrize("root", ["gs://bucket/dumps", "s3:///dumps"])
def test_a_root_that_is_no_address_is_one_clear_error(root: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        store_of(Source(root=root), tmp_path)


@pytest.mark.parametrize("root", ["in here", "file://{}/in%20here", "{}/in here", "file://in here"])
def test_a_directory_may_be_written_as_a_path_or_as_a_url(root: str, tmp_path: Path) -> None:
    (tmp_path / "in here").mkdir()
    (tmp_path / "in here" / "a.jsonl").write_bytes(b"x")
    store = store_of(Source(root=root.format(tmp_path)), tmp_path)
    assert store.files() == [ListedFile("a.jsonl", 1)]


def test_undated_objects_are_downloaded_once_and_not_each_day(
    bucket: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def days() -> list[date]:
        bucket.forget()
        sources = [(Source(root=ROOT), opened(tmp_path))]
        return list_dumps(sources, known={}, max_line_bytes=1 << 26).days

    local = dump(tmp_path / "a.jsonl", request(span()))
    put(bucket, "export.jsonl", local.read_bytes())
    put(bucket, "no-span.jsonl", b"hello")
    put(bucket, f"{DAY}.jsonl", b"never looked at for its day")
    assert (days(), bucket.count("GET")) == ([date(2001, 9, 9), DAY], 2)
    assert (days(), bucket.count("GET")) == ([date(2001, 9, 9), DAY], 0)
    put(bucket, "no-span.jsonl", local.read_bytes().replace(b"1000000000000000001", b"1100000000000000001"))
    assert (days(), bucket.count("GET")) == ([date(2001, 9, 9), date(2004, 11, 9), DAY], 1)
    (tmp_path / "undated_objects.json").write_bytes(b"{half a fi")
    assert (days(), bucket.count("GET")) == ([date(2001, 9, 9), date(2004, 11, 9), DAY], 2)
    assert (tmp_path / "undated_objects.json").stat().st_mode & 0o777 == 0o600


def test_any_request_may_fail_once(bucket: ObjectStore, tmp_path: Path) -> None:
    drawn = random.Random(3)  # noqa: S311 - a repeatable choice
    bodies = {f"{DAY}/{number}.bin": drawn.randbytes(2000) for number in range(4)}
    for name, body in bodies.items():
        put(bucket, name, body)
    busy, cut = first_of_each("LIST", "GET"), first_of_each("GET", wrong=CUT)
    bucket.rule = lambda request: busy(request) or cut(request)
    store = opened(tmp_path)
    files = store.files()
    with store.local(files) as paths:
        assert {file.name: path.read_bytes() for file, path in zip(files, paths, strict=True)} == bodies
