"""Opens a dump file as a stream of plain bytes, whatever it is called: the first bytes decide."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from behavior_pipeline.dumps.zstd_frames import FrameWatch

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
# What pzstd begins with: frames to be skipped.
SKIPPABLE = tuple(bytes([number]) + b"\x2a\x4d\x18" for number in range(0x50, 0x60))
# Read as lines, an archive would be quarantined line by line, millions of times: refused as one file instead.
FOREIGN = {
    b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"PK\x03\x04": "zip", b"7z\xbc\xaf": "7-Zip",
    b"\x04\x22\x4d\x18": "LZ4", b"\xff\x06\x00\x00sNaPpY": "Snappy",
}  # fmt: skip
MAX_LAYERS = 2
MAGIC_BYTES = 10
READ_BYTES = 1 << 18
BUFFER_BYTES = 1 << 16  # decompressed at a time: no more than this is lost before a damage
BROKEN_STREAM = (EOFError, OSError, zlib.error, zstandard.ZstdError)


class ForeignCompressionError(OSError):
    """A compression that is not read."""


@contextmanager
def open_plain(path: Path) -> Iterator[BinaryIO]:
    """Yield a file's decompressed bytes; gzip with several members and zstd with several frames are read.

    Reading may raise one of BROKEN_STREAM where the compressed file is cut or damaged.
    """
    with open_layers(path) as (stream, _):
        yield stream


@contextmanager
def open_layers(path: Path) -> Iterator[tuple[BinaryIO, tuple[str, ...]]]:
    """Yield a file's decompressed bytes and how it was compressed, the outermost compression first."""
    with ExitStack() as stack:
        stream: BinaryIO = stack.enter_context(path.open("rb", buffering=READ_BYTES))
        layers: list[str] = []
        while (found := _compression(stream)) is not None:
            if found not in ("gzip", "zstd") or len(layers) == MAX_LAYERS:
                raise ForeignCompressionError(found)
            layers.append(found)
            stream = stack.enter_context(_gzip(stream) if found == "gzip" else _zstd(stream))
        yield stream, tuple(layers)


def _compression(stream: BinaryIO) -> str | None:
    head = cast(io.BufferedReader, stream).peek(MAGIC_BYTES)
    if head.startswith(GZIP_MAGIC):
        return "gzip"
    if head.startswith((ZSTD_MAGIC, *SKIPPABLE)):
        return "zstd"
    return next((name for magic, name in FOREIGN.items() if head.startswith(magic)), None)


def _gzip(stream: BinaryIO) -> BinaryIO:
    return cast(
        BinaryIO, gzip.GzipFile(fileobj=stream, mode="rb")
    )  # its small buffer keeps the lines before a cut


def _zstd(stream: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_ZstdReader(stream), BUFFER_BYTES))


class _ZstdReader(io.RawIOBase):
    """Decompressed zstd frames. zstandard itself takes a cut file for a whole one, which loses silently."""

    def __init__(self, stream: BinaryIO) -> None:
        self._watch = FrameWatch(stream)
        self._frames = zstandard.ZstdDecompressor().stream_reader(
            cast(BinaryIO, self._watch), read_across_frames=True, closefd=False
        )

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        count = self._frames.readinto(buffer)
        if count == 0 and not self._watch.is_whole:
            raise EOFError("a zstd frame is cut")
        return int(count)
