"""Looks at bytes as protobuf's wire format has them, to tell an export request from anything else.

The lengths of nested messages have to fit into each other: that is what text or noise does not do by chance.
"""

REQUEST_FIELD = b"\x0a"  # field 1 of every export request: what one resource sent
VARINT, EIGHT, LENGTH, FOUR = 0, 1, 2, 5  # wire types
MAX_VARINT_BYTES = 10
MAX_FIELD = 20_000
# By depth (request, resource group, resource or scope): wire types of the fields that OTLP knows.
KNOWN: tuple[dict[int, tuple[int, ...]], ...] = (
    {1: (LENGTH,)},
    {1: (LENGTH,), 2: (LENGTH,), 3: (LENGTH,)},
    {1: (LENGTH,), 2: (LENGTH, VARINT), 3: (LENGTH,)},
)
NESTED: tuple[tuple[int, ...], ...] = ((1,), (1, 2), ())  # those of them that are looked into


def varint(raw: bytes, at: int) -> tuple[int, int] | None:
    """Return a base-128 number and where it ends; None where there is none, or it is cut."""
    value = 0
    for number, byte in enumerate(raw[at : at + MAX_VARINT_BYTES]):
        value |= (byte & 0x7F) << 7 * number
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that more bytes follow
            return value, at + number + 1
    return None


def field(raw: bytes, at: int) -> tuple[int, int, int, int] | None:
    """Return a field's number, wire type, and where its value starts and ends; None where there is none."""
    tag = varint(raw, at)
    if tag is None:
        return None
    number, kind, start = tag[0] >> 3, tag[0] & 7, tag[1]
    if kind in (VARINT, LENGTH):
        size = varint(raw, start)
        if size is None:
            return None
        return number, kind, *((start, size[1]) if kind == VARINT else (size[1], size[1] + size[0]))
    if kind not in (EIGHT, FOUR):
        return None
    return number, kind, start, start + (8 if kind == EIGHT else 4)


def begins_request(head: bytes, length: int) -> bool:
    """Return whether the first bytes of a message of this length are those of an export request."""
    return length > 0 and head.startswith(REQUEST_FIELD) and _fits(head[:length], 0, length, depth=0)


def fills_request(head: bytes, length: int) -> bool:
    """Return whether the first entry of a request is all that fits into its length."""
    first = field(head, 0) if begins_request(head, length) else None
    return first is not None and first[3] == length


def _fits(raw: bytes, at: int, end: int, *, depth: int) -> bool:
    """Return whether fields fill the bytes up to `end`; what `raw` is too short to show counts as fitting."""
    while at < end:
        entry = field(raw, at)
        if entry is None:
            return len(raw) < end and len(raw) - at < 2 * MAX_VARINT_BYTES
        number, kind, start, stop = entry
        if not 0 < number <= MAX_FIELD or stop > end or kind not in KNOWN[depth].get(number, (kind,)):
            return False
        if number in NESTED[depth] and not _fits(raw, start, stop, depth=depth + 1):
            return False
        at = stop
    return True
