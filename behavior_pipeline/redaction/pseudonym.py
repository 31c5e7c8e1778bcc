"""Stable pseudonyms: the same person keeps the same key, and neither raw ids nor raw values are stored."""

import contextlib
import hmac
import os
import secrets
import warnings
from functools import lru_cache
from pathlib import Path

KEY_FILE = "pseudonym.key"
KEY_HEX_DIGITS = 24
VALUE_HEX_DIGITS = 8
VALUE_DOMAIN = b"value\x00"  # keeps the pseudonym of a value apart from the key of a user with the same text


def pseudonym_key(root: Path, variable: str) -> bytes:
    """Return the key from the environment, else the data root's (made at first use, mode 0600)."""
    if value := os.environ.get(variable):
        return value.encode()
    path = root / KEY_FILE
    if not path.exists():
        warnings.warn(
            f"{variable} is not set: a pseudonym key was made in the data root; set it before production",
            stacklevel=2,
        )
        _create(path)
    return path.read_bytes()


def _create(path: Path) -> None:
    """Write a new key so that of several processes exactly one wins, and no reader sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(secrets.token_hex(32).encode())
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()


@lru_cache(maxsize=1 << 16)
def user_key(user_id: str, key: bytes) -> str:
    """Return the pseudonym of a user id: HMAC-SHA256 under the key, cut to 96 bits."""
    return hmac.digest(key, user_id.encode("utf-8", "surrogatepass"), "sha256").hex()[:KEY_HEX_DIGITS]


def value_pseudonym(kind: str, normal: str, key: bytes) -> str:
    """Return what stands for a value in a text: its kind and HMAC-SHA256 under the key, cut to 32 bits."""
    message = VALUE_DOMAIN + normal.encode("utf-8", "surrogatepass")
    return f"<{kind}_{hmac.digest(key, message, 'sha256').hex()[:VALUE_HEX_DIGITS]}>"
