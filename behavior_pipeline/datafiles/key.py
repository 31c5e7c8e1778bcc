"""The key of the pseudonyms: the environment's, else one that is made in the data root and stays there."""

import contextlib
import os
import secrets
import warnings
from pathlib import Path

KEY_FILE = "pseudonym.key"


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
