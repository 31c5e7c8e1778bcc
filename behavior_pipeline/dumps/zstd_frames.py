"""Follows the frames of a zstd stream (RFC 8878, section 3.1) while it is read, to know if it is whole."""

from typing import BinaryIO

SKIPPABLE = 0x184D2A5
BLOCK_HEADER, CHECKSUM, FRAME_HEAD = 3, 4, 5
RLE_BLOCK = 1
DICTIONARY_BYTES = (0, 1, 2, 4)
CONTENT_SIZE_BYTES = (0, 2, 4, 8)


class FrameWatch:
    """Passes a stream's bytes on and notes where they stand in their frames.

    What it sees it does not judge: a damaged frame is the decompressor's to find.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._held = b""  # the start of a header whose rest has not come yet
        self._skip = 0
        self._in_frame = self._checksum = False

    @property
    def is_whole(self) -> bool:
        """Return whether all that came ends where a frame ends."""
        return not (self._held or self._skip or self._in_frame)

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        data = self._stream.read(size)
        self._follow(data)
        return data

    def _follow(self, data: bytes) -> None:
        if self._skip >= len(data):  # in the middle of a block, as mostly
            self._skip -= len(data)
            return
        data, position, self._skip = self._held + data[self._skip :], 0, 0
        while position < len(data):
            header = self._block(data, position) if self._in_frame else self._frame(data, position)
            if header is None:
                break
            position += header
        self._held = data[position:] if position < len(data) else b""
        self._skip = max(0, position - len(data))

    def _frame(self, data: bytes, at: int) -> int | None:
        """Return how many bytes the next frame's header takes, or None while too few of them are there."""
        if len(data) - at < FRAME_HEAD:
            return None
        if int.from_bytes(data[at : at + 4], "little") >> 4 == SKIPPABLE:
            size = data[at + 4 : at + 8]
            return 8 + int.from_bytes(size, "little") if len(size) == 4 else None  # noqa: PLR2004
        descriptor = data[at + 4]
        single_segment = bool(descriptor & 0x20)
        content_size = CONTENT_SIZE_BYTES[descriptor >> 6] or int(single_segment)
        self._in_frame, self._checksum = True, bool(descriptor & 0x04)
        return FRAME_HEAD + (not single_segment) + DICTIONARY_BYTES[descriptor & 3] + content_size

    def _block(self, data: bytes, at: int) -> int | None:
        """Return how many bytes the next block takes, with the checksum behind the last one."""
        if len(data) - at < BLOCK_HEADER:
            return None
        header = int.from_bytes(data[at : at + BLOCK_HEADER], "little")
        size = 1 if (header >> 1) & 3 == RLE_BLOCK else header >> 3
        if header & 1:  # the frame's last block
            self._in_frame = False
            size += CHECKSUM * self._checksum
        return BLOCK_HEADER + size
