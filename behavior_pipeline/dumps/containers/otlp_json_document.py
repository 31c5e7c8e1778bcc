"""OTLP JSON documents: one export request, or a list of them, indented or with one element a line.

A request that stands on one line is read by the container of JSON lines, with the same result.
"""

import re

from behavior_pipeline.dumps.container import Container
from behavior_pipeline.dumps.json.documents import depth_of
from behavior_pipeline.dumps.json.lines import BOM
from behavior_pipeline.dumps.otlp.json import read_requests

KEY = rb'"resource(?:Spans|Logs|Metrics|_spans|_logs|_metrics)"\s*:'
# A line that only opens brackets, before or behind the key of a signal, as in an indented document.
OPEN = rb"[\s\[{]{0,99}"
INDENTED = re.compile(rb"^[\[{]" + OPEN + rb"(?:\n" + OPEN + KEY + rb"|" + KEY + OPEN + rb"$)", re.MULTILINE)
# A request on a line of its own that is an element of a list.
ELEMENT = re.compile(rb"^[\s\[]{0,99}\{\s{0,99}" + KEY + rb".*\},\s{0,99}$", re.MULTILINE)
LIST = re.compile(rb"\s{0,99}\[\s{0,99}\{\s{0,99}" + KEY)


def recognises(head: bytes) -> bool:
    """Return whether a request begins within the first bytes that does not end on its first line.

    Looked for behind the first line, too: the first document may be the broken one.
    """
    listed = LIST.match(head.removeprefix(BOM)) and depth_of(head.partition(b"\n")[0]) > 0
    return bool(INDENTED.search(head) or ELEMENT.search(head) or listed)


PLUGIN = Container(precedence=20, recognises=recognises, read=read_requests)
