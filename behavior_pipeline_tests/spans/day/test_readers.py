"""Processes that read files import what reading needs, and nothing of what it does not."""

import subprocess
import sys
from pathlib import Path

from behavior_pipeline.dumps.day_files import DumpFile
from behavior_pipeline.settings.model import Attributes, Privacy
from behavior_pipeline.spans.day.parse_day import file_readers
from behavior_pipeline.spans.day.read_file import Reading, read_file
from behavior_pipeline_tests.spans.world import DAY, dump, request, span

HEAVY = ("dagster", "duckdb", "pandas", "pandera", "scipy")
IMPORTED = f"sorted(set({HEAVY}) & set(__import__('sys').modules))"


def test_what_reads_a_file_imports_no_frames() -> None:
    program = f"import behavior_pipeline.spans.day.read_file; print({IMPORTED})"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_a_reader_that_has_read_and_redacted_has_imported_no_frames(tmp_path: Path) -> None:
    spans = [
        span(number, gen_ai__input__messages=f"write to ana{number}@example.org") for number in (1, 2, 3)
    ]
    path = dump(tmp_path / "one.jsonl", request(*spans))
    file = DumpFile(path, path.name, "x", "production", path.stat().st_size, "")
    reading = Reading(Attributes(), Privacy(), (), b"key", 1 << 20)
    with file_readers() as readers:
        assert readers.submit(read_file, file, 0, DAY, reading, tmp_path).result().counts["spans"] == 3
        imported = [readers.submit(eval, IMPORTED).result() for _ in range(4)]
    assert imported == [[]] * 4
