"""Opens a dump file as a stream of plain bytes, whatever it is called: the first bytes decide."""

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["BROKEN_STREAM", "ZSTD_MAGIC", "ForeignCompressionError", "open_layers", "zstd"]

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
BROKEN_STREAM = (EOFError, OSError, zlib.error, zstd.ZstdError)
# Both read on over several members or frames, say where they are cut, and keep little back before that.
READERS: dict[str, Callable[[BinaryIO], BinaryIO]] = {
    "gzip": lambda stream: cast(BinaryIO, gzip.GzipFile(fileobj=stream, mode="rb")),
    "zstd": lambda stream: cast(BinaryIO, zstd.ZstdFile(stream)),
}


class ForeignCompressionError(OSError):
    """A compression that is not read."""


@contextmanager
def open_layers(path: Path) -> Iterator[tuple[BinaryIO, tuple[str, ...]]]:
    """Yield a file's decompressed bytes and how it was compressed, the outermost compression first.

    Reading may raise one of BROKEN_STREAM where the compressed file is cut or damaged.
    """
    with ExitStack() as stack:
        stream: BinaryIO = stack.enter_context(path.open("rb", buffering=READ_BYTES))
        layers: list[str] = []
        while (compression := _compression(stream)) is not None:
            if compression not in READERS or len(layers) == MAX_LAYERS:
                raise ForeignCompressionError(compression)
            layers.append(compression)
            stream = stack.enter_context(READERS[compression](stream))
        yield stream, tuple(layers)


def _compression(stream: BinaryIO) -> str | None:
    head = cast(io.BufferedReader, stream).peek(MAGIC_BYTES)
    if head.startswith(GZIP_MAGIC):
        return "gzip"
    if head.startswith((ZSTD_MAGIC, *SKIPPABLE)):
        return "zstd"
    return next((name for magic, name in FOREIGN.items() if head.startswith(magic)), None)
