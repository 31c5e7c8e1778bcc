"""A broken protobuf message or span costs itself: its good neighbours are read, and it is one refusal."""

from collections import Counter
from pathlib import Path

import pytest

from behavior_pipeline.dumps.container import framing_of, read_records
from behavior_pipeline.dumps.records import RawSpan, Unreadable
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.dumps.containers import writing
from behavior_pipeline_tests.spans.world import span

RESOURCE = {"attributes": [{"key": "service.name", "value": {"stringValue": "assistant"}}]}


def one(number: int, *spans: int) -> bytes:
    records = [span(number, place, note="a text\nof lines") for place in spans or (number,)]
    return writing.body([writing.request(records, RESOURCE)])


def read(tmp_path: Path, raw: bytes) -> tuple[list[str], Counter[Reason]]:
    path = tmp_path / "dump.pb"
    path.write_bytes(raw)
    records = list(read_records(path, 1 << 20))
    spans = [record.span_id[-1] for record in records if isinstance(record, RawSpan)]
    return spans, Counter(record.reason for record in records if isinstance(record, Unreadable))


@pytest.mark.parametrize("change", [-3, 1, 40, 100])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_message_with_a_wrong_length_costs_itself(tmp_path: Path, at: int, change: int) -> None:
    parts = [one(number) for number in (1, 2, 3)]
    broken = bytearray(parts[at])
    broken[1] = (broken[1] + change) % 128 | 128
    parts[at] = bytes(broken)
    spans, refused = read(tmp_path, b"".join(parts))
    assert set(spans) >= {str(number) for number in (1, 2, 3) if number != at + 1}
    assert refused.total() <= 2
    framed = framing_of(tmp_path / "dump.pb")
    assert framed is not None
    assert framed.container == "otlp_protobuf"


def test_message_that_is_cut_costs_itself(tmp_path: Path) -> None:
    spans, refused = read(tmp_path, one(1)[:60] + one(2) + one(3))
    assert spans == ["2", "3"]
    assert set(refused) == {Reason.INVALID_PROTOBUF}
    assert refused.total() <= 2


@pytest.mark.parametrize("frame", [False, True], ids=["body", "frames"])
def test_span_whose_text_is_no_utf8_costs_itself(tmp_path: Path, frame: bool) -> None:
    raw = one(1, 1, 2, 3).replace(b"span 2", b"span \xff")
    spans, refused = read(tmp_path, writing.framed(raw) if frame else raw)
    assert (spans, refused) == (["1", "3"], {Reason.INVALID_PROTOBUF: 1})
