"""Short, stable digests of text and of plain values."""

import hashlib
from pathlib import Path
from typing import Any

import orjson


def short_digest(value: Any, *, length: int = 12) -> str:
    """Return the first hex digits of the BLAKE2b digest of a text, or of a value's canonical JSON."""
    raw = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else canonical_json(value)
    return hashlib.blake2b(raw, digest_size=20).hexdigest()[:length]


def canonical_json(value: Any) -> bytes:
    """Return JSON with sorted keys and without spaces."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=str)


def file_digest(path: Path) -> str:
    """Return the BLAKE2b digest of a file's bytes, 32 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
