"""Who uses the embedded server: processes that live, however they may end."""

import json
import os
from pathlib import Path

import psutil

START_TOLERANCE_S = 1.0


class ServerUsers:
    """A list of living processes in a file; every call must hold the server's file lock.

    An entry is a pid with its start time: a process that was killed is no user any more, and neither is
    another one that was given its number.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self) -> None:
        """Enter this process."""
        self._write(self.living() | {os.getpid(): _started(os.getpid()) or 0.0})

    def remove(self) -> bool:
        """Take this process out, and return whether none is left."""
        left = {pid: at for pid, at in self.living().items() if pid != os.getpid()}
        self._write(left)
        return not left

    def living(self) -> dict[int, float]:
        """Return the start times of the processes that still run, by pid."""
        living = {}
        for pid, entered in self._read().items():
            at = _started(pid)
            if at is not None and abs(at - entered) < START_TOLERANCE_S:
                living[pid] = entered
        return living

    def _read(self) -> dict[int, float]:
        if not self.path.is_file():
            return {}
        try:
            stored = json.loads(self.path.read_bytes() or b"{}")
        except json.JSONDecodeError:  # a full disk can leave half a file; living processes then stop nothing
            return {}
        return {int(pid): float(at) for pid, at in stored.items()}

    def _write(self, started: dict[int, float]) -> None:
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps(started))
        draft.replace(self.path)


def _started(pid: int) -> float | None:
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None
