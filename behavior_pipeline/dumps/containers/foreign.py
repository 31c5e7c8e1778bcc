"""Files of other systems that are no dumps: known by their first bytes, refused with what they look like.

A file is one refusal; a page of HTML or XML, which may stand where a download went wrong, one a line.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from behavior_pipeline.dumps.container import HEAD_BYTES, Container
from behavior_pipeline.dumps.json.head_keys import keys_by_level
from behavior_pipeline.dumps.json.lines import BOM, SHOWN_BYTES
from behavior_pipeline.dumps.records import Place, Record, Unreadable
from behavior_pipeline.reasons import Reason

MARKUP = re.compile(rb"\s*<(?:!doctype|html|\?xml|head|body|[a-z]+[ >])", re.IGNORECASE)
# A header of names, and a second line with as many commas, semicolons or tabs.
# A header of names; text is broken by other signs.
NAME = rb'"?[A-Za-z_@][\w. /@-]{0,60}"?'
HEADER = re.compile(NAME + rb"([,;\t])" + NAME + rb"(?:\1" + NAME + rb")*\r?\n")
JSON_LINE = re.compile(rb"^\s{0,99}[\[{]", re.MULTILINE)
OTLP = re.compile(rb'"resource_?(?:[Ss]pans|[Ll]ogs|[Mm]etrics)"')
ZIPKIN = (frozenset({"traceId", "id", "timestamp"}), frozenset({"localEndpoint", "annotations", "kind"}))
DATADOG = (frozenset({"trace_id", "span_id", "resource", "service"}), frozenset({"meta", "metrics", "error"}))
ELASTIC = (frozenset({"transaction", "metadata"}), frozenset({"processor", "transaction"}))


def recognises(head: bytes) -> bool:
    """Return whether the first bytes are those of a system that is known and not read."""
    return reason_of(head) is not None


def reason_of(head: bytes) -> Reason | None:
    """Return what a file looks like that holds nothing that is read."""
    text = head.removeprefix(BOM)
    if not JSON_LINE.search(text):  # else a broken line stands before good ones
        return (
            Reason.LOOKS_LIKE_MARKUP if MARKUP.match(text)
            else Reason.LOOKS_LIKE_CSV if HEADER.match(text)
            else None
        )  # fmt: skip
    if OTLP.search(text) or text.lstrip()[:1] not in (b"{", b"["):
        return None
    levels = keys_by_level(text)
    keys = levels[0] if levels else frozenset()
    inner = keys | (levels[1] if len(levels) > 1 else frozenset())
    if ZIPKIN[0] <= keys and keys & ZIPKIN[1]:
        return Reason.LOOKS_LIKE_ZIPKIN
    if DATADOG[0] <= inner and inner & DATADOG[1]:
        return Reason.LOOKS_LIKE_DATADOG
    if any(form <= inner for form in ELASTIC) and inner & {"service", "trace", "timestamp", "@timestamp"}:
        return Reason.LOOKS_LIKE_ELASTIC_APM
    return None


def read(stream: BinaryIO, max_line_bytes: int) -> Iterator[Record]:
    """Yield why the file is not read."""
    head = b""
    while len(head) < HEAD_BYTES and (more := stream.read(HEAD_BYTES - len(head))):
        head += more
    reason = reason_of(head) or Reason.NOT_OTLP
    offset = 0
    for number, line in enumerate(head.split(b"\n"), 1):
        if line.strip():
            yield Unreadable.of(Place(number, offset), reason, line[:SHOWN_BYTES])
            if reason is not Reason.LOOKS_LIKE_MARKUP:
                break
        offset += len(line) + 1
    while stream.read(HEAD_BYTES):  # where the stream breaks, that is said, too
        pass


PLUGIN = Container(precedence=5, recognises=recognises, read=read)
