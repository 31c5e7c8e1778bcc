"""Which traces may be stored: those whose users consented, as an attribute of any of their spans says."""

from collections.abc import Iterable
from typing import Any

import orjson

from behavior_pipeline.settings.model import Consent

REFUSALS = frozenset({"false", "0", "no", "denied", "deny", "withdrawn", "none", ""})


def consenting_traces(rows: Iterable[dict[str, Any]], consent: Consent) -> set[str]:
    """Return the trace ids that may be stored; one refusal outranks any number of consents."""
    said: dict[str, set[bool]] = {}
    for row in rows:
        answers = said.setdefault(row["trace_id"], set())
        if consent.attribute is not None:
            held = orjson.loads(row["attributes"])
            if consent.attribute in held:
                answers.add(str(held[consent.attribute]).strip().lower() not in REFUSALS)
    return {
        trace_id
        for trace_id, answers in said.items()
        if False not in answers and (answers or not consent.denies_absent)
    }
