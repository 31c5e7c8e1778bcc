"""Permanent random numbers: one u in [0, 1) for each trace and salt."""

import hashlib

MANTISSA_BITS = 53
DIGEST_BYTES = 8
MAX_KEY_BYTES = 64


def hash_u(trace_id: str, salt: str) -> float:
    """Return u = (big-endian BLAKE2b(trace_id, key = salt, 8 bytes) >> 11) / 2^53 (RFC 7693).

    The same trace and salt give the same u for ever, so that re-runs agree and a smaller sample is nested in
    a larger one. A salt is at most 64 UTF-8 bytes; the empty salt is unkeyed.
    """
    digest = hashlib.blake2b(trace_id.encode(), key=salt.encode(), digest_size=DIGEST_BYTES).digest()
    return float((int.from_bytes(digest, "big") >> (8 * DIGEST_BYTES - MANTISSA_BITS)) / 2**MANTISSA_BITS)
