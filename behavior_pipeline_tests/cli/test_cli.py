import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from behavior_pipeline.cli.app import app
from behavior_pipeline.cli.jobs.running import DAILY, LOOKING_BACK, READING, WEEKLY, Chunk, chunks, parts
from behavior_pipeline.cli.run import use_source
from behavior_pipeline.steps.pipeline import forget

CONFIG = 'start_day = "2026-03-02"\n[routes.default]\nfile = true\n'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "pipeline.toml").write_text(CONFIG)
    monkeypatch.setenv("BEHAVIOR_PIPELINE_DATA", str(tmp_path))
    monkeypatch.setenv("BEHAVIOR_PIPELINE_CONFIG", str(tmp_path / "pipeline.toml"))
    forget()
    yield tmp_path
    forget()


def called(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
    return result.exit_code, result.output


def test_help_names_every_command() -> None:
    code, text = called("--help")
    assert code == 0
    for command in ("demo", "doctor", "run", "status", "alerts", "labels", "export", "redact", "ui"):
        assert command in text


def test_status_of_an_empty_root_says_what_to_do(root: Path) -> None:
    code, text = called("--data", str(root), "status")
    assert code == 0
    assert "nothing is stored yet" in text.replace("\n", " ")


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--start", "2026-02-01", "--end", "2026-02-02"),
        ("run", "--start", "2026-03-05", "--end", "2026-03-02"),
        ("run", "--start", "2026-03-02", "--end", "2026-03-02", "--source", "/nowhere"),
        ("run", "--start", "2026-03-02", "--end", "2026-03-02", "--source", "gs://bucket/dumps"),
        ("labels", "import", "/nowhere/labels.csv"),
        ("alerts", "show", "abc"),
    ],
    ids=[
        "before the first day",
        "end before start",
        "no dump directory",
        "no such scheme",
        "no label file",
        "unknown alert",
    ],
)
def test_a_mistake_gets_one_clear_error(root: Path, words: tuple[str, ...]) -> None:
    code, text = called("--data", str(root), *words)
    assert code == 1
    assert "kept:" in text
    assert "to do:" in text
    assert "Traceback" not in text


@pytest.mark.parametrize("source", ["s3://bucket/pre fix", "dumps", "file://{}/dumps"])
def test_a_source_may_be_a_bucket_or_a_directory_of_where_one_is(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dumps").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BEHAVIOR_PIPELINE_SOURCES", "")
    use_source(source.format(tmp_path))
    (read,) = json.loads(os.environ["BEHAVIOR_PIPELINE_SOURCES"])
    assert read["root"] == (source if source.startswith("s3://") else str(tmp_path / "dumps"))


def test_an_unknown_key_of_the_configuration_is_named(root: Path) -> None:
    (root / "pipeline.toml").write_text(CONFIG + "[privcy]\nx = 1\n")
    forget()
    code, text = called("--data", str(root), "status")
    assert code == 1
    assert "privcy" in text


def test_another_demo_world_in_the_same_place_is_refused(root: Path) -> None:
    (root / "world.json").write_text(json.dumps({"seed": 1}))
    code, text = called("demo", "--data", str(root))
    assert code == 1
    assert "another demo world" in text


def test_a_range_becomes_days_and_the_weeks_that_they_complete() -> None:
    runs = list(chunks(date(2026, 3, 4), date(2026, 3, 17), weeks=2))
    assert runs == [
        Chunk(DAILY, date(2026, 3, 4), date(2026, 3, 15)),
        Chunk(WEEKLY, date(2026, 3, 2), date(2026, 3, 9)),
        Chunk(DAILY, date(2026, 3, 16), date(2026, 3, 17)),
    ]


def test_a_long_range_reads_all_spans_before_any_trace_is_built(root: Path) -> None:
    days = date(2026, 3, 2), date(2026, 3, 29)
    first, second, third = parts(Chunk(DAILY, *days), 2)
    assert [chunk.assets for chunk in first] == [READING, READING]
    assert [(chunk.first, chunk.last) for chunk in first] == [(chunk.first, chunk.last) for chunk in second]
    assert not {*READING, *LOOKING_BACK} & set(second[0].assets)
    assert third == [Chunk(DAILY, *days, LOOKING_BACK)]
