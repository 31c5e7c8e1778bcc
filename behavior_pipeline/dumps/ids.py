"""Ids and times of spans, as protocols and products write them."""

import re
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from behavior_pipeline.reasons import Reason

TRACE_ID = re.compile(r"[0-9a-f]{32}")
SPAN_ID = re.compile(r"[0-9a-f]{16}")
MAX_NANOSECONDS = 2**63 - 1
TRACE_DIGITS, SPAN_DIGITS = 32, 16
NANOSECONDS_A_SECOND = 10**9


class RefusedError(ValueError):
    """A record that breaks the protocol; carries the reason."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason)


def parse_id(value: Any, form: re.Pattern[str], reason: Reason) -> str:
    """Return a hex id in lower case (OTLP/JSON: "case-insensitive hex-encoded strings"); zero is no id."""
    text = value.lower() if isinstance(value, str) else ""
    if not form.fullmatch(text) or not text.strip("0"):
        raise RefusedError(reason)
    return text


def foreign_id(value: Any, digits: int, reason: Reason) -> str:
    """Return an id of a product as one of OpenTelemetry's, the same text always giving the same id.

    A UUID loses its dashes, prefixes as `0x`, `tr-` and `trace_` go; what then is no hex of the right length
    is hashed (BLAKE2b), so that parents and children still find each other.
    """
    if not isinstance(value, str) or not value.strip():
        raise RefusedError(reason)
    text = value.strip().lower()
    bare = re.sub(r"^(?:0x|tr-|trace_|span_)", "", text).replace("-", "")
    if len(bare) == digits and re.fullmatch(r"[0-9a-f]+", bare) and bare.strip("0"):
        return bare
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=digits // 2).hexdigest()


def nanoseconds(value: Any, *, default: int | None = None) -> int:
    """Return nanoseconds since 1970 of OTLP/JSON: digits as a text, or a whole number."""
    if value is None and default is not None:
        return default
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value) if len(value) <= 19 else -1  # noqa: PLR2004 - digits of 2^63
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_NANOSECONDS:
        raise RefusedError(Reason.BAD_TIME)
    return value


def instant_ns(value: Any) -> int:
    """Return nanoseconds since 1970 of an ISO 8601 text (UTC where it names no zone) or a datetime."""
    if isinstance(value, str):
        text = value.strip().replace("Z", "+00:00")
        # Python reads six digits of a second: finer ones are added back below.
        fine = re.search(r"\.(\d{6})(\d{1,3})", text)
        try:
            moment = datetime.fromisoformat(
                text if fine is None else text.replace(fine.group(), fine.group()[:7])
            )
        except ValueError:
            raise RefusedError(Reason.BAD_TIME) from None
        extra = int(fine.group(2).ljust(3, "0")) if fine else 0
        return _since_epoch(moment) + extra
    if isinstance(value, datetime):
        return _since_epoch(value) + int(getattr(value, "nanosecond", 0) or 0)
    raise RefusedError(Reason.BAD_TIME)


def _since_epoch(moment: datetime) -> int:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    passed = aware - datetime(1970, 1, 1, tzinfo=UTC)
    whole = (passed.days * 86_400 + passed.seconds) * NANOSECONDS_A_SECOND + passed.microseconds * 1000
    if not 0 <= whole <= MAX_NANOSECONDS:
        raise RefusedError(Reason.BAD_TIME)
    return whole
