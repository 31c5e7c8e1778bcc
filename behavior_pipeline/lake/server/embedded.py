"""The embedded PostgreSQL: one cluster below the data root, on a unix socket only its user may open."""

import contextlib
import os
import shlex
import signal
import tempfile
import time
from pathlib import Path

import psutil

from behavior_pipeline.datafiles.folders import PRIVATE, private_folder
from behavior_pipeline.errors import StorageError
from behavior_pipeline.lake.server import programs
from behavior_pipeline.provenance.digests import short_digest

MAX_SOCKET_BYTES = 103  # sun_path of the strictest system, with its end mark
SHELL_CHARACTERS = '"$`\\\n'  # pg_ctl passes the directory through a shell, in double quotes
START_SECONDS = 60
PROGRAM_SECONDS = 2 * START_SECONDS
STOP_SECONDS = 30
STOP_SIGNALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)  # fast shutdown, immediate shutdown, by force
INITDB_OPTIONS = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-U", "postgres")
# Content must never reach the server's log, and a run of many workers needs more than 100 connections.
CONFIGURATION = """
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 300
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length_on_error = 0
"""


class Cluster:
    """A PostgreSQL data directory and the server on it; every call must hold the server's file lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path / "log"

    def socket_folder(self) -> Path | None:
        """Return the directory of the running server's socket, or None when it does not run."""
        lines = self._postmaster_file()
        if lines and _is_server(int(lines[0]), self.path):
            deadline = time.monotonic() + START_SECONDS
            while not _is_ready(lines) and time.monotonic() < deadline:  # its starter was killed in between
                time.sleep(0.05)
                lines = self._postmaster_file()
            return Path(lines[4]) if _is_ready(lines) else None
        return None

    def start(self) -> Path:
        """Create the cluster if there is none, start its server and return the directory of its socket."""
        if any(character in str(self.path) for character in SHELL_CHARACTERS):
            raise _cannot_start(
                "its path holds a quote, a dollar sign or a backslash", "rename the directory"
            )
        self._create()
        programs.hand_over(self.path)
        folder = self._choose_socket_folder()
        self._clear_away(folder)
        tail = self.log.stat().st_size if self.log.exists() else 0
        options = f"-k {shlex.quote(str(folder))}"
        arguments = ["-w", "-t", str(START_SECONDS), "-o", options, "-l", str(self.log), "-D", str(self.path)]
        if programs.run("pg_ctl", [*arguments, "start"], seconds=PROGRAM_SECONDS) != 0:
            raise _cannot_start(self._complaint(tail), f"read {self.log}; mend or move away {self.path}")
        return folder

    def stop(self) -> None:
        """Stop the server and wait until it is gone: first as it should be, then as it must be."""
        lines = self._postmaster_file()
        if not lines or not _is_server(int(lines[0]), self.path):
            return
        process = psutil.Process(int(lines[0]))
        for sign in STOP_SIGNALS:
            with contextlib.suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
                process.send_signal(sign)
                process.wait(STOP_SECONDS)
            if not _is_server(process.pid, self.path):
                break
        if len(lines) > 4 and (sockets := Path(lines[4])) != self.path:  # noqa: PLR2004 - its fifth line
            with contextlib.suppress(OSError):
                sockets.rmdir()

    def _create(self) -> None:
        version = self.path / "PG_VERSION"
        if version.is_file():
            self._check_version(version.read_text(errors="replace").strip())
            return
        if self.path.exists() and any(self.path.iterdir()):
            raise _cannot_start(
                "the directory is not empty and holds no PG_VERSION", f"move away {self.path}"
            )
        # Made beside and renamed: a process killed in the middle leaves no half cluster behind.
        with tempfile.TemporaryDirectory(
            prefix=".postgres-", dir=self.path.parent, ignore_cleanup_errors=True
        ) as draft:
            folder = Path(draft) / "cluster"
            folder.mkdir(mode=PRIVATE)
            programs.hand_over(folder)
            arguments = [*INITDB_OPTIONS, "-D", str(folder)]
            with tempfile.TemporaryFile() as complaints:
                if programs.run("initdb", arguments, complaints, seconds=PROGRAM_SECONDS) != 0:
                    complaints.seek(0)
                    last = complaints.read().decode(errors="replace").strip().splitlines()[-1:]
                    raise _cannot_start(
                        "; ".join(last) or "initdb failed", "check free space and rights there"
                    )
            with (folder / "postgresql.conf").open("a") as configuration:
                configuration.write(CONFIGURATION)
            folder.rename(self.path)

    def _check_version(self, version: str) -> None:
        if version != str(programs.VERSION):
            remedy = f"restore {self.path} from a copy, or move it away and run the days again"
            raise _cannot_start(
                f"the data directory is of version {version[:8]!r}, the server {programs.VERSION}", remedy
            )

    def _choose_socket_folder(self) -> Path:
        plain = all(character.isalnum() or character in "/._-" for character in str(self.path))
        if plain and len(os.fsencode(self.path / ".s.PGSQL.5432")) <= MAX_SOCKET_BYTES:
            return self.path
        ours = private_folder(Path(tempfile.gettempdir()) / f"behavior-pipeline-{os.getuid()}")
        if ours.is_symlink() or ours.stat().st_uid != os.getuid():
            raise _cannot_start(
                f"{ours} belongs to another user", "set TMPDIR to a short directory of your own"
            )
        folder = private_folder(ours / short_digest(str(self.path)))
        programs.hand_over(folder)
        folder.chmod(PRIVATE)
        return folder

    def _clear_away(self, sockets: Path) -> None:
        """Remove what a killed server left, once none of its processes is left.

        PostgreSQL does so itself, unless the number in its lock files lives on as another program or, in a
        container whose first process reaps no children, as a zombie.
        """
        killed = _processes_in(self.path)
        _, alive = psutil.wait_procs(killed, timeout=STOP_SECONDS)
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(alive, timeout=STOP_SECONDS)
        (self.path / "postmaster.pid").unlink(missing_ok=True)
        (sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)

    def _complaint(self, tail: int) -> str:
        if not self.log.exists():
            return "it wrote no log"
        with self.log.open("rb") as stream:
            stream.seek(tail)
            lines = stream.read().decode(errors="replace").splitlines()
        fatal = [line.split(":  ", 1)[-1] for line in lines if "FATAL" in line or "PANIC" in line]
        complaints = fatal or [line for line in lines if line.strip()]
        return "; ".join(complaints[:2]) or f"it did not answer within {START_SECONDS} seconds"

    def _postmaster_file(self) -> list[str]:
        path = self.path / "postmaster.pid"
        lines = path.read_text().splitlines() if path.is_file() else []
        return lines if lines and lines[0].strip().isdigit() else []


def _is_ready(lines: list[str]) -> bool:
    return len(lines) >= 8 and lines[7].strip() == "ready"  # noqa: PLR2004 - the file's last line


def _is_server(pid: int, path: Path) -> bool:
    """Return whether the pid is PostgreSQL's on this directory: numbers are reused, most in containers."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and str(path) in process.cmdline()
    except psutil.Error:
        return False


def _processes_in(path: Path) -> list[psutil.Process]:
    """Return the living PostgreSQL processes of a directory, which is where each of them works."""
    return [
        process
        for process in psutil.process_iter(["name", "cwd", "status"])
        if process.info["name"] == "postgres"
        and process.info["cwd"] == str(path)
        and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


def _cannot_start(reason: str, remedy: str) -> StorageError:
    return StorageError(
        happened=f"the embedded PostgreSQL cannot start: {reason}",
        kept="the lake's files and the catalog are as they were; nothing was written",
        remedy=f"{remedy}; or name a server of your own in BEHAVIOR_PIPELINE_POSTGRES_URL",
    )
