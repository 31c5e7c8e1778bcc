"""Folders for what is only needed for a while: private, gone after use, and swept after a kill."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock

from behavior_pipeline.datafiles.folders import private_folder

PREFIX = "scratch-"


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """Lend an empty folder (mode 0700); those that dead processes left beside it are removed first.

    A folder is locked while its process lives. The lock ends with the process, however that ends.
    """
    with filelock.FileLock(private_folder(parent) / ".scratch.lock", mode=0o600):
        for left in parent.glob(f"{PREFIX}*"):
            _sweep(left)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _sweep(folder: Path) -> None:
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:  # its owner has just removed it
        return
    try:
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(handle)
