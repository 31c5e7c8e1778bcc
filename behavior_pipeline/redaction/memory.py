"""A bounded memory of texts that were looked at: system prompts and histories come again and again."""

import hashlib
from collections import OrderedDict
from typing import Generic, TypeVar

V = TypeVar("V")


Key = str | bytes
SHORT = 100  # a text up to here is its own key


class Memory(Generic[V]):
    """The most recently used answers by the digest of their text, at most so many entries and characters."""

    def __init__(self, *, entries: int, characters: int) -> None:
        self._entries, self._characters, self._held = entries, characters, 0
        self._known: OrderedDict[Key, tuple[V, int]] = OrderedDict()

    def get(self, key: Key) -> V | None:
        """Return what is known under a key, and remember that it was asked for."""
        if (found := self._known.get(key)) is None:
            return None
        self._known.move_to_end(key)
        return found[0]

    def put(self, key: Key, value: V, size: int) -> None:
        """Keep an answer of a size in characters; the oldest ones make room."""
        if size > self._characters // 8:
            return
        if (before := self._known.pop(key, None)) is not None:
            self._held -= before[1]
        self._known[key] = (value, size)
        self._held += size
        while len(self._known) > self._entries or self._held > self._characters:
            self._held -= self._known.popitem(last=False)[1][1]


def digest(text: str, said: str = "") -> bytes:
    """Return the key of a text and of what its place says of it."""
    return hashlib.blake2b(f"{said}\x00{text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
