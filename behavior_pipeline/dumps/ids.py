"""Ids and times of spans, as protocols and products write them: one rule for dumps, labels and verdicts."""

import re
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from behavior_pipeline.reasons import Reason

MAX_NANOSECONDS = 2**63 - 1
# March 1973: what is before it is no start, but 0, or seconds to microseconds where nanoseconds are due.
EARLIEST_NANOSECONDS = 10**17
TRACE_DIGITS, SPAN_DIGITS = 32, 16
NANOSECONDS_A_SECOND = 10**9
HEX = re.compile(r"[0-9a-f]+")
# Padded, since a free text of as many letters and digits would look the same without.
BASE64 = {
    SPAN_DIGITS: re.compile(r"[\w+/-]{11}=", re.ASCII),
    TRACE_DIGITS: re.compile(r"[\w+/-]{22}==", re.ASCII),
}
PREFIX = re.compile(r"^(?:tr-|trace_|span_)")
X_RAY = re.compile(r"1-([0-9a-f]{8})-([0-9a-f]{24})")
SPREADSHEET = re.compile(r"[0-9][.,]?[0-9]*E\+?[0-9]{1,3}", re.IGNORECASE)


class RefusedError(ValueError):
    """A record that breaks the protocol; carries the reason."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason)


def parse_id(value: Any, digits: int, reason: Reason) -> str:
    """Return an id of OTLP/JSON in lower case; zero is no id.

    "case-insensitive hex-encoded strings", or base64 of its bytes as protobuf's own JSON mapping has it.
    """
    text = value if isinstance(value, str) else ""
    text = _of_base64(text, digits) or text.lower()
    if len(text) != digits or not HEX.fullmatch(text) or not text.strip("0"):
        raise RefusedError(reason)
    return text


def hex_id(value: str, digits: int) -> str | None:
    """Return the hex digits of an id, however protocols and products write them; None where it is a text.

    Read are any case, `0x`, a UUID's dashes, `tr-`, `trace_` and `span_`, the end of a location `trace:/...`,
    base64 of the bytes, X-Ray's `1-...-...`, and 16 digits of a trace (Jaeger's of 64 bits: zeros go ahead).
    """
    text = value.strip()
    if (decoded := _of_base64(text, digits)) is not None:
        return decoded
    bare = (text.rpartition("/")[2] if text.startswith("trace:/") else text).lower()
    if bare.startswith("0x"):
        bare = bare[2:].zfill(digits)
    elif digits == TRACE_DIGITS and (of_x_ray := X_RAY.fullmatch(bare)):
        bare = of_x_ray[1] + of_x_ray[2]
    else:
        bare = PREFIX.sub("", bare).replace("-", "")
    bare = bare.zfill(digits) if len(bare) == SPAN_DIGITS else bare
    return bare if len(bare) == digits and HEX.fullmatch(bare) else None


def foreign_id(value: Any, digits: int, reason: Reason) -> str:
    """Return an id of a product as one of OpenTelemetry's, the same text always giving the same id.

    What is no hex of the right length is hashed (BLAKE2b of the text in lower case), so that parents and
    children, traces and their labels still find each other. A number that a spreadsheet rounded is no id.
    """
    if not isinstance(value, str) or not value.strip() or is_rounded(value):
        raise RefusedError(reason)
    digits_of_id = hex_id(value, digits)
    if digits_of_id is not None and digits_of_id.strip("0"):
        return digits_of_id
    text = value.strip().lower()
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=digits // 2).hexdigest()


def is_rounded(value: str) -> bool:
    """Return whether an id is what a spreadsheet makes of one that looks like a number: `1.23E+31`."""
    text = value.strip()
    return SPREADSHEET.fullmatch(text) is not None and ("+" in text or "." in text or "," in text)


def _of_base64(text: str, digits: int) -> str | None:
    if not text.endswith("=") or not BASE64[digits].fullmatch(text):
        return None
    return urlsafe_b64decode(text.replace("+", "-").replace("/", "_")).hex()


def nanoseconds(value: Any, *, default: int | None = None) -> int:
    """Return nanoseconds since 1970 of OTLP/JSON: digits as a text, or a whole number."""
    if value is None and default is not None:
        return default
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value) if len(value) <= 19 else -1  # noqa: PLR2004 - digits of 2^63
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_NANOSECONDS:
        raise RefusedError(Reason.BAD_TIME)
    return value


def start_ns(nanoseconds_since_1970: int) -> int:
    """Return a span's start, refused where it can be none: a duration since 1970 is 56 years long."""
    if nanoseconds_since_1970 < EARLIEST_NANOSECONDS:
        raise RefusedError(Reason.BAD_TIME)
    return nanoseconds_since_1970


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
