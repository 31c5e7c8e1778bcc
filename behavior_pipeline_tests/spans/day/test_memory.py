"""What a dump expands to is not held: a process that reads bombs needs no more than the declared limit."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from behavior_pipeline.dumps.compression import zstd
from behavior_pipeline_tests.dumps.containers import writing
from behavior_pipeline_tests.spans.world import request, span

EXPANDED = 200 << 20
LIMIT = 1 << 20
ALLOWED_MB = 24  # the limit some times over, and what Python's allocator keeps
READ = """
import resource, sys
from pathlib import Path
from behavior_pipeline.dumps.container import read_records
path, warm, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
list(read_records(warm, limit))
before, spans, refused = peak(), 0, 0
for record in read_records(path, limit):
    if hasattr(record, "reason"): refused += 1
    else: spans += 1
print(spans, refused, peak() - before)
"""


def read(tmp_path: Path, raw: bytes) -> tuple[int, int, float]:
    path, warm = tmp_path / "dump", tmp_path / "warm"
    path.write_bytes(raw)
    warm.write_bytes(gzip.compress(writing.frames([writing.request([span()])]) + b"\x0a"))
    words = [sys.executable, "-c", READ, str(path), str(warm), str(LIMIT)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=240)
    spans, refused, grown = done.stdout.split()
    return int(spans), int(refused), float(grown)


def gzipped(piece: bytes, times: int) -> bytes:
    """Compress a piece repeated without holding it."""
    member = gzip.compress(piece * (1 + (8 << 20) // len(piece)), 9)
    return member * max(1, times // (1 + (8 << 20) // len(piece)))


def test_one_endless_line_is_one_unreadable(tmp_path: Path) -> None:
    raw = gzipped(b"a", EXPANDED)
    assert EXPANDED / len(raw) > 900
    spans, refused, grown = read(tmp_path, raw)
    assert (spans, refused) == (0, 1)
    assert grown < ALLOWED_MB


def test_many_lines_are_read_one_by_one(tmp_path: Path) -> None:
    line = request(span(note="x" * 4000)) + b"\n"
    spans, refused, grown = read(tmp_path, gzipped(line, EXPANDED // len(line)))
    assert spans > 20_000
    assert refused == 0
    assert grown < ALLOWED_MB


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [b"[\n", b'{\n "resourceSpans": [\n', b'{\n"resourceSpans": [\n', b'"0x' * 9, b"\x00\x00\x00\x01"],
    ids=["brackets", "indented", "flat", "one line", "frames of one byte"],
)
def test_a_zstd_bomb_of_anything_stays_within_the_limit(tmp_path: Path, piece: bytes) -> None:
    head = b'{\n "resourceSpans": [\n' if piece.startswith((b"[", b"{")) else b""
    writer = zstd.ZstdCompressor()
    block = piece * ((4 << 20) // len(piece))
    raw = writer.compress(head) + b"".join(writer.compress(block) for _ in range(8)) + writer.flush()
    spans, _, grown = read(tmp_path, raw)
    assert spans == 0
    assert grown < ALLOWED_MB


def test_a_message_that_expands_beyond_the_limit_is_refused_by_itself(tmp_path: Path) -> None:
    bomb = writing.framed(writing.zstd(b"\x00" * (100 << 20)))
    good = writing.zstd_frames([writing.request([span()])])
    spans, refused, grown = read(tmp_path, good + bomb + good)
    assert (spans, refused) == (2, 1)
    assert grown < ALLOWED_MB


def test_a_document_beyond_the_limit_is_refused_and_the_next_is_read(tmp_path: Path) -> None:
    long = writing.documents([writing.request([span(number=n, note="x" * 50) for n in range(1, 60_000)])])
    good = writing.documents([writing.request([span()])])
    spans, refused, grown = read(tmp_path, good + b"\n" + long + b"\n" + good)
    assert (spans, refused) == (2, 1)
    assert grown < ALLOWED_MB
