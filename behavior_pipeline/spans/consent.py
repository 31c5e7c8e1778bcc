"""Which spans may be stored: those of traces whose users consented, as an attribute of any span says."""

from collections.abc import Mapping
from typing import Any

REFUSALS = frozenset({"false", "0", "no", "denied", "deny", "withdrawn", "none", "null", ""})


def consent_of(held: Mapping[str, Any], name: str) -> bool | None:
    """Return what a span's attributes say of consent; None where they say nothing.

    One refusal in a trace outranks any number of consents, see `one_day`. Some products write values as JSON:
    a quoted word counts as the word.
    """
    if name not in held:
        return None
    return str(held[name]).strip().strip('"').strip().lower() not in REFUSALS
