from collections.abc import Iterator
from pathlib import Path

import pytest

from behavior_pipeline.settings.variables import DATA_VARIABLE, POSTGRES_VARIABLE
from behavior_pipeline.steps.pipeline import forget, open_lake
from behavior_pipeline_tests.cli.test_cli import called


@pytest.fixture
def root(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    monkeypatch.setenv(POSTGRES_VARIABLE, database)
    forget()
    yield tmp_path
    forget()


def test_event_added_twice_is_there_once(root: Path) -> None:
    words = ("events", "add", "--at", "2026-03-05T14:30", "--kind", "deploy", "--name", "web-7")
    for _ in range(2):
        code, text = called(*words)
        assert (code, text) == (
            0,
            "kept: deploy web-7 at 2026-03-05 14:30 UTC (no zone was named: taken as UTC)\n",
        )
    assert len(open_lake().read("events")) == 1


def test_file_is_imported_and_bad_rows_named(root: Path) -> None:
    file = root / "events.csv"
    file.write_text("at,kind,name\n2026-03-05T14:30Z,deploy,[red]web-7\nnever,outage,cloud\n")
    for _ in range(2):
        code, text = called("events", "import", str(file))
        assert code == 0
        assert "1 events kept, 1 rows kept out" in text
        assert "line 3 at: is no time" in text
    code, text = called("events", "list")
    assert code == 0
    assert "[red]web-7" in text
    assert len(open_lake().read("events")) == 1


def test_empty_list_says_how_to_begin(root: Path) -> None:
    assert "events add --help" in called("events", "list")[1]


@pytest.mark.parametrize(
    "words",
    [
        ("events", "add", "--at", "soon", "--kind", "deploy", "--name", "web-7"),
        ("events", "import", "/nowhere/events.csv"),
    ],
)
def test_mistake_gets_one_clear_error(root: Path, words: tuple[str, ...]) -> None:
    code, text = called(*words)
    assert code == 1
    assert "kept:" in text
    assert "Traceback" not in text
