"""Exports of many days in one file: each trace on its own day, whatever their order, and again the same."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from behavior_pipeline.dumps.day_files import Dumps, list_dumps
from behavior_pipeline.dumps.locations import Folder
from behavior_pipeline.provenance.digests import file_digest
from behavior_pipeline.settings.model import Source
from behavior_pipeline.spans.day.parse_day import parse_day
from behavior_pipeline_tests.public_cases.cases import case
from behavior_pipeline_tests.spans.world import reading

LIMIT = 1 << 26


def listed(root: Path, **known: tuple[date, ...]) -> Dumps:
    source = Source(root=".")
    return list_dumps([(source, Folder(root, source="s"))], known=known, max_line_bytes=LIMIT)


def traces_by_day(dumps: Dumps) -> dict[date, set[str]]:
    traces = {}
    for day in dumps.days:
        with dumps.of(day) as files:
            frame = parse_day(files, day, reading()).spans.frame()
        traces[day] = set(frame["trace_id"])
    return traces


def test_export_of_fourteen_days_has_five_traces_on_each(tmp_path: Path) -> None:
    (tmp_path / "export.jsonl").write_bytes(case("p17").read_bytes())
    by_day = traces_by_day(listed(tmp_path))
    assert [len(traces) for traces in by_day.values()] == [5] * 14
    assert len(set().union(*by_day.values())) == 70


def test_days_that_are_known_from_the_first_sight_are_read_the_same(tmp_path: Path) -> None:
    (tmp_path / "export.jsonl").write_bytes(case("p17").read_bytes())
    first = listed(tmp_path)
    digest = file_digest(tmp_path / "export.jsonl")
    assert traces_by_day(listed(tmp_path, **{digest: tuple(first.days)})) == traces_by_day(first)


def test_file_whose_path_names_the_day_stays_whole(tmp_path: Path) -> None:
    (tmp_path / "2026-08-01.jsonl").write_bytes(case("p17").read_bytes())
    assert {day: len(traces) for day, traces in traces_by_day(listed(tmp_path)).items()} == {
        date(2026, 8, 1): 70
    }


@pytest.mark.parametrize("seconds", [-1, 0])
def test_days_are_those_of_utc(tmp_path: Path, seconds: int) -> None:
    midnight = datetime(2026, 7, 14, tzinfo=UTC)
    lines = []
    for number, start in enumerate((midnight + timedelta(seconds=seconds), midnight - timedelta(hours=3))):
        nano = int(start.timestamp()) * 10**9
        span = {
            "traceId": f"{number + 1:032x}", "spanId": f"{number + 1:016x}", "name": "chat",
            "startTimeUnixNano": str(nano), "endTimeUnixNano": str(nano + 5 * 10**9),
        }  # fmt: skip
        lines.append(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}))
    (tmp_path / "export.jsonl").write_text("\n".join(lines))
    counts = Counter({day: len(traces) for day, traces in traces_by_day(listed(tmp_path)).items()})
    assert counts == ({date(2026, 7, 13): 2} if seconds else {date(2026, 7, 13): 1, date(2026, 7, 14): 1})
