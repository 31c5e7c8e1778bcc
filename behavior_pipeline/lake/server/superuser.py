"""Running as root: PostgreSQL refuses to, so the embedded server gets a system user of its own."""

import logging
import os
import pwd
import stat
from functools import cache
from pathlib import Path
from typing import Any

from behavior_pipeline.lake.server.binaries import FOLDER, ensure_user_exists

SYSTEM_USER = "pgserver"
log = logging.getLogger(__name__)


def account() -> dict[str, Any]:
    """Return the arguments of `subprocess.run` that change to the system user; none unless we are root."""
    if os.geteuid() != 0:
        return {}
    entry = _entry()
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def hand_over(folder: Path) -> None:
    """As root, give a directory to the system user and let it pass through those above; else nothing."""
    if os.geteuid() != 0:
        return
    entry = _entry()
    if folder.stat().st_uid != entry.pw_uid:
        for path in (folder, *folder.rglob("*")):  # all of it: a copied data root belongs to root
            os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)
    for path in (*folder.absolute().parents, *FOLDER.parents):
        mode = path.stat().st_mode
        if not mode & stat.S_IXOTH:
            path.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)  # to pass through, not to list


@cache
def _entry() -> pwd.struct_passwd:
    log.warning(
        "running as root: PostgreSQL runs as the system user %r, which may pass through the data root's "
        "parents; use an ordinary user, or BEHAVIOR_PIPELINE_POSTGRES_URL, outside of containers",
        SYSTEM_USER,
    )
    ensure_user_exists(SYSTEM_USER)
    return pwd.getpwnam(SYSTEM_USER)
