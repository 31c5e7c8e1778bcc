"""Dumps in a bucket: listed, and downloaded in pieces to local files while they are read."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, FlexibleChecksumError
from botocore.session import Session

from behavior_pipeline.datafiles.buckets.object_errors import refused, replaced, vanished
from behavior_pipeline.datafiles.buckets.s3 import ATTEMPTS, SCHEME, access
from behavior_pipeline.datafiles.buckets.sightings import Sightings
from behavior_pipeline.datafiles.folders import unwritable
from behavior_pipeline.datafiles.scratch import scratch_folder
from behavior_pipeline.dumps.locations import ListedFile, Sighting, in_order, missing
from behavior_pipeline.errors import ConfigError, InputError

PIECE_BYTES = 1 << 20
AT_ONCE = 8
CONNECT_SECONDS, READ_SECONDS = 10, 60
VERSIONS = 3  # how often an object may be replaced while it is read
LONGEST_NAME = 255
# Variable, environment, default, conversion: the profile that DuckDB does not read is not read here, either.
NO_PROFILE = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
CHANGED = ("PreconditionFailed", "InvalidRange", "412", "416")
GONE = ("NoSuchKey", "404")


class _ChangedError(Exception):
    """The object is not the one whose download began."""


class Bucket:
    """The objects below a prefix.

    DuckDB's httpfs holds an object in memory as a whole; here pieces of it go to disk. An object is asked for
    by the ETag of its first piece (If-Match), so that two versions of it are never mixed. pyarrow.fs lists
    and streams as well, but has no If-Match: of an object that is replaced meanwhile it would read both.
    """

    def __init__(self, root: str, *, source: str, data_root: Path) -> None:
        self.root, self.source, self.data_root = root.rstrip("/"), source, data_root
        bucket, _, prefix = self.root.removeprefix(SCHEME).partition("/")
        self.bucket, self.prefix = bucket, f"{prefix}/" if prefix else ""
        if not bucket:
            raise ConfigError(
                happened=f"the root of source '{source}' names no bucket: {root}",
                kept="nothing was run",
                remedy="write it as s3://bucket/prefix",
            )
        self._access = access()
        self._versions: dict[str, str] = {}
        self._listed: set[str] = set()

    def files(self) -> list[ListedFile]:
        """Return every object below the prefix; a prefix without any object is a root that is not there."""
        try:
            entries = [entry for page in self._pages() for entry in page.get("Contents", ())]
        except (ClientError, BotoCoreError) as error:
            raise refused(error, self.root, self.source, self._access) from None
        if not entries:
            raise missing(self.source, f"does not exist: there is no object below {self.root}/")
        files = in_order(
            ListedFile(entry["Key"].removeprefix(self.prefix), entry["Size"], entry.get("ETag", ""))
            for entry in entries
            if not entry["Key"].endswith("/")  # what some tools put in place of a directory
        )
        self._listed = {file.name for file in files}
        return files

    @contextmanager
    def local(self, files: Sequence[ListedFile]) -> Iterator[list[Path]]:
        """Lend downloaded copies, each in a folder of its own, so that any two names go together."""
        if not files:
            yield []
            return
        with scratch_folder(self.data_root / "tmp") as folder:
            targets = [folder / str(number) / _file_name(file.name) for number, file in enumerate(files)]
            with ThreadPoolExecutor(AT_ONCE) as pool:
                try:
                    list(pool.map(self._fetch, files, targets))
                except BaseException:
                    pool.shutdown(cancel_futures=True)
                    raise
            yield targets

    def seen(self, file: ListedFile) -> Sighting | None:
        """Return what is remembered of this version of an object."""
        return self._sightings.get(file)

    def remember(self, sightings: Mapping[ListedFile, Sighting]) -> None:
        """Remember objects, unless another version was downloaded than was listed."""
        same = {file: one for file, one in sightings.items() if self._versions.get(file.name) == file.version}
        self._sightings.add(same, listed=self._listed)

    @cached_property
    def _sightings(self) -> Sightings:
        return Sightings(self.data_root, self.root)

    @cached_property
    def _client(self) -> Any:
        given = self._access
        config = Config(
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            max_pool_connections=AT_ONCE,
            s3={"addressing_style": "path" if given.endpoint else "auto"},
            **({} if given.key_id else {"signature_version": UNSIGNED}),
        )
        return Session(session_vars=NO_PROFILE).create_client(
            "s3", endpoint_url=given.endpoint or None, region_name=given.region, config=config,
            aws_access_key_id=given.key_id or None, aws_secret_access_key=given.secret or None,
            aws_session_token=given.token or None,
        )  # fmt: skip

    def _pages(self) -> Iterator[dict[str, Any]]:
        yield from self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self.prefix
        )

    def _fetch(self, file: ListedFile, target: Path) -> None:
        version = file.version
        for _ in range(VERSIONS):
            try:
                return self._download(file, target, version)
            except _ChangedError:
                version = ""  # whatever version is there now, as a whole
            except (ClientError, BotoCoreError) as error:
                if isinstance(error, ClientError) and error.response["Error"]["Code"] in GONE:
                    raise vanished(f"{self.root}/{file.name}", self.source) from None
                raise refused(error, self.root, self.source, self._access) from None
            except OSError as error:
                raise unwritable(target.parent.parent, error.strerror) from error
        raise replaced(f"{self.root}/{file.name}", self.source)

    def _download(self, file: ListedFile, target: Path, version: str) -> None:
        """Write one version of an object to a file, going on where a body broke off."""
        target.parent.mkdir(mode=0o700, exist_ok=True)
        stuck = 0
        with target.open("wb") as out:
            while stuck < ATTEMPTS:
                began = out.tell()
                answer = self._ask(file, began, version)
                version = version or answer.get("ETag", "")
                if began and "ContentRange" not in answer:  # a server without ranges sends it all again
                    began = out.seek(0)
                    out.truncate()
                promised = began + answer["ContentLength"]
                if version == file.version and promised != file.bytes:  # something on the way cut it short
                    raise _ChangedError
                _pour(answer["Body"], out)
                if out.tell() == promised:
                    self._versions[file.name] = version
                    return
                stuck = 0 if out.tell() > began else stuck + 1
        raise InputError(
            happened=f"an object of source '{self.source}' breaks off each time: {self.root}/{file.name}",
            kept="everything that was stored before",
            remedy="look at the object store and the way to it, then run the same range again",
        )

    def _ask(self, file: ListedFile, start: int, version: str) -> dict[str, Any]:
        rest = {"Range": f"bytes={start}-"} if start else {}
        same = {"IfMatch": version} if version else {}
        try:
            answer: dict[str, Any] = self._client.get_object(
                Bucket=self.bucket, Key=self.prefix + file.name, **rest, **same
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in CHANGED:
                raise _ChangedError from None
            raise
        if version and answer.get("ETag", version) != version:  # a server that overlooks the condition
            raise _ChangedError
        return answer


def _pour(body: Any, out: BinaryIO) -> None:
    """Write what a body holds; where it breaks off is seen by its length."""
    while True:
        try:
            piece = body.read(PIECE_BYTES)
        except FlexibleChecksumError:
            raise _ChangedError from None
        except BotoCoreError:
            return
        if not piece:
            return
        out.write(piece)


def _file_name(name: str) -> str:
    """Return the last part of a name, as it would be on disk, where it may be one of a file."""
    last = name.rpartition("/")[2]
    possible = last not in ("", ".", "..") and "\0" not in last and len(last.encode()) <= LONGEST_NAME
    return last if possible else "object"
