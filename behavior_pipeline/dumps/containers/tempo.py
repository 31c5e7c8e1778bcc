"""Answers of Tempo's trace API and Grafana's downloads: an export request as `batches`, or below `trace`.

Ids are base64 of their bytes there, as protobuf's own JSON mapping writes them.
"""

import re

from behavior_pipeline.dumps.container import Container
from behavior_pipeline.dumps.json.lines import BOM
from behavior_pipeline.dumps.otlp.json import read_requests

SPACE = rb"\s{0,99}"
GROUPS = rb'"(?:batches|resource_?[Ss]pans)"' + SPACE + rb":" + SPACE + rb"\["
WRAPPED = re.compile(
    rb"[\s\[]{0,99}\{" + SPACE + rb'(?:"batches"' + SPACE + rb":" + SPACE + rb"\[|"
    rb'"traces?"' + SPACE + rb":" + SPACE + rb"\{" + SPACE + GROUPS + rb")"
)


def recognises(head: bytes) -> bool:
    """Return whether the file begins with groups of spans that are called batches, or lie in a trace."""
    return WRAPPED.match(head.removeprefix(BOM)) is not None


PLUGIN = Container(precedence=21, recognises=recognises, read=read_requests)
