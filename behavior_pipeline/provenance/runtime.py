"""Which code is running: the package version and, in a checkout, the git revision."""

import importlib.metadata
import subprocess
from functools import cache
from pathlib import Path


@cache
def package_version() -> str:
    """Return the installed version of this package."""
    return importlib.metadata.version("behavior-pipeline")


@cache
def git_revision() -> str | None:
    """Return the revision of the checkout this package runs from, or None outside one."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return None
    done = subprocess.run(  # noqa: S603 - fixed words
        ["git", "-C", str(root), "rev-parse", "--short=12", "HEAD"],  # noqa: S607
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout.strip() or None
