"""Opens a dump file as a stream of plain bytes, whatever it is called: the first bytes decide."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
BROKEN_STREAM = (EOFError, OSError, zlib.error, zstandard.ZstdError)


@contextmanager
def open_plain(path: Path) -> Iterator[BinaryIO]:
    """Yield a file's decompressed bytes; gzip with several members and zstd with several frames are read.

    Reading may raise one of BROKEN_STREAM where the compressed file is cut or damaged.
    """
    with path.open("rb") as raw:
        head = raw.read(4)
        raw.seek(0)
        if head.startswith(GZIP_MAGIC):
            with gzip.GzipFile(fileobj=raw) as stream:
                yield cast(BinaryIO, stream)  # its small buffer keeps the lines before a cut
        elif head.startswith(ZSTD_MAGIC):
            reader = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
            with reader as frames:
                yield cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, frames), 1 << 18))
        else:
            yield raw
