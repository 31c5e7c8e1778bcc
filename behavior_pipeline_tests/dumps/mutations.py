"""Damages dumps the way disks, networks, writers and attackers do, and says what must survive."""

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import orjson

from behavior_pipeline_tests.dumps.containers import writing
from behavior_pipeline_tests.spans.world import FIXTURES

NESTED = (b"[" * 3000, b'{"kvlistValue":{"values":[' * 700, b'{"a":' * 5000, b"\x0a\x7f" * 500)
NUMBERS = (
    b"9" * 400, b"-1", b"1e999", b"18446744073709551616", b"9223372036854775808", b"0.1", b"NaN", b"-0",
    b"1" * 5000,
)  # fmt: skip
WORDS = (
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\\ud800", b"\xe2\x80\xa8", b"\n", b"\r\n", b"{", b"}", b"[",
    b"]", b'"', b"\\", b",", b"null", b"{}", b"\xef\xbb\xbf", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd",
    b"\x00\x00\x00\x01", b'"traceId":', b'"0x', b"ot=p:\xc2\xb2", b"ot=th:ffffffffffffff",
)  # fmt: skip


def mutate(raw: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """Return bytes with one to three damages."""
    for _ in range(random.randint(1, 3)):
        raw = random.choice(DAMAGES)(raw, random, others)
    return raw


def _flip(raw: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    flipped = bytearray(raw)
    for _ in range(random.choice((1, 1, 1, 3, 20))):
        if flipped:
            flipped[random.randrange(len(flipped))] ^= 1 << random.randrange(8)
    return bytes(flipped)


def _cut(raw: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    start, end = _range(raw, random)
    return raw[:start] + raw[end:]


def _truncate(raw: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    return raw[: random.randint(0, len(raw))]


def _repeat(raw: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    start, end = _range(raw, random)
    return raw[:end] + raw[start:end] * random.choice((1, 2, 50)) + raw[end:]


def _splice(raw: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    other = random.choice(others)
    (start, end), at = _range(other, random), random.randint(0, len(raw))
    return raw[:at] + other[start:end] + raw[at:]


def _insert(raw: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    at = random.randint(0, len(raw))
    return raw[:at] + random.choice((*WORDS, *NESTED, random.randbytes(random.randint(1, 40)))) + raw[at:]


def _number(raw: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """Replace a run of digits by another number."""
    digits = [at for at in range(len(raw)) if raw[at : at + 1].isdigit()] if len(raw) < 100_000 else []
    if not digits:
        return _insert(raw, random, others)
    start = end = random.choice(digits)
    while raw[end : end + 1].isdigit():
        end += 1
    return raw[:start] + random.choice(NUMBERS) + raw[end:]


def _range(raw: bytes, random: Random) -> tuple[int, int]:
    start = random.randint(0, len(raw))
    return start, min(len(raw), start + random.choice((1, 4, 30, 300, 3000)))


DAMAGES = (_flip, _flip, _cut, _truncate, _repeat, _splice, _insert, _number)


@dataclass(frozen=True)
class Segments:
    """A dump in parts that stand for themselves: what becomes of one says nothing of the others.

    `guard` returns which of a part's bytes may be damaged: where parts are told apart by their lengths alone
    and nothing marks where one begins, a wrong length hides the rest.
    """

    name: str
    parts: tuple[bytes, ...]
    kept: Callable[[bytes], int] = lambda part: 0

    def damaged(self, number: int, random: Random) -> bytes:
        """Return the dump with one of its parts damaged."""
        part = self.parts[number]
        head, end = part[: self.kept(part)], b"\n" if part.endswith(b"\n") else b""
        body = part[len(head) : len(part) - len(end)]
        damaged = head + mutate(body, random, self.parts) + end
        return b"".join((*self.parts[:number], damaged, *self.parts[number + 1 :]))


def segmented() -> list[Segments]:
    """Return real dumps in every container whose parts stand for themselves."""
    raw = gzip.decompress((FIXTURES / "genai_openai_on.jsonl.gz").read_bytes())
    spans = [
        (span, group.get("resource"))
        for line in raw.split(b"\n") if line
        for group in orjson.loads(line).get("resourceSpans", [])
        for scope in group["scopeSpans"] for span in scope["spans"]
    ]  # fmt: skip
    requests = [writing.request([span], resource) for span, resource in spans[:12]]
    singles = {
        name: tuple(write([one]) for one in requests)
        for name, write in {
            "lines": writing.lines,
            "documents": lambda one: writing.documents(one) + b"\n",
            "frames": writing.frames,
            "zstd_frames": writing.zstd_frames,
            "zstd_json_frames": writing.zstd_json_frames,
            "console": writing.console,
            "console_lines": writing.console_lines,
            "protobuf_json": writing.protobuf_json,
            "snake_json": writing.snake_json,
            "tempo": writing.tempo,
            "flat": writing.flat,
        }.items()
    }
    return [Segments(name, parts) for name, parts in singles.items()]


def samples() -> dict[str, bytes]:
    """Return small real and malformed dumps by name, in every container and compression."""
    dumps = {
        path.name: path.read_bytes()
        for folder in (FIXTURES, FIXTURES / "bad", FIXTURES / "containers")
        for path in sorted(folder.iterdir()) if path.is_file() and path.suffix != ".csv"
    }  # fmt: skip
    for dump in segmented():
        whole = b"".join(dump.parts)
        for name, compress in writing.COMPRESSIONS.items():
            dumps[f"{dump.name}.{name}"] = compress(whole)
    return dumps
