"""Stable pseudonyms: the same person keeps the same key, and neither raw ids nor raw values are stored."""

import hmac
from functools import lru_cache

KEY_HEX_DIGITS = 24
VALUE_HEX_DIGITS = 8
VALUE_DOMAIN = b"value\x00"  # keeps the pseudonym of a value apart from the key of a user with the same text
CONVERSATION_DOMAIN = b"conversation\x00"


@lru_cache(maxsize=1 << 16)
def user_key(user_id: str, key: bytes) -> str:
    """Return the pseudonym of a user id: HMAC-SHA256 under the key, cut to 96 bits."""
    return hmac.digest(key, user_id.encode("utf-8", "surrogatepass"), "sha256").hex()[:KEY_HEX_DIGITS]


@lru_cache(maxsize=1 << 16)
def conversation_key(conversation_id: str, key: bytes) -> str:
    """Return the pseudonym of a conversation's id, which is no user's key, whatever the ids are."""
    message = CONVERSATION_DOMAIN + conversation_id.encode("utf-8", "surrogatepass")
    return hmac.digest(key, message, "sha256").hex()[:KEY_HEX_DIGITS]


def value_pseudonym(kind: str, normal: str, key: bytes) -> str:
    """Return what stands for a value in a text: its kind and HMAC-SHA256 under the key, cut to 32 bits."""
    message = VALUE_DOMAIN + normal.encode("utf-8", "surrogatepass")
    return f"<{kind}_{hmac.digest(key, message, 'sha256').hex()[:VALUE_HEX_DIGITS]}>"
