"""The notebook runs on a published file from start to end, and holds no output in git."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.lake.server.server import Server
from behavior_pipeline.settings.variables import DATA_VARIABLE
from behavior_pipeline_tests.report.published_story import published_story

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "explore.ipynb"


@pytest.fixture(scope="module")
def story_root(
    postgres: Server, lake_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    with published_story(
        tmp_path_factory.mktemp("story"), postgres, lake_template, weeks=10, hostile="<b>$\\frac$"
    ) as root:
        yield root


def run(root: Path, monkeypatch: pytest.MonkeyPatch) -> nbformat.NotebookNode:
    monkeypatch.setenv(DATA_VARIABLE, str(root))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    book = nbformat.read(NOTEBOOK, as_version=4)
    return NotebookClient(book, timeout=120, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()


def outputs(book: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]


def shown(book: nbformat.NotebookNode) -> tuple[str, str]:
    """Return what was printed, and the HTML of tables."""
    html = "".join(output.get("data", {}).get("text/html", "") for output in outputs(book))
    return "".join(output.get("text", "") for output in outputs(book)), html


def pictures(book: nbformat.NotebookNode) -> int:
    return sum("image/png" in output.get("data", {}) for output in outputs(book))


def test_notebook_holds_no_outputs() -> None:
    book = nbformat.read(NOTEBOOK, as_version=4)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


def test_notebook_leads_from_the_scorecard_to_the_scores_of_an_alert(
    story_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = run(story_root, monkeypatch)
    printed, html = shown(book)
    assert "faithfulness on customer.segment=consumer fell from" in printed
    assert "unfaithful" in html  # the label of a score behind it
    assert pictures(book) == 5  # the slice, its dimension, corrected levels, agreement, cost
    assert "<td>240</td>" in html  # the labels behind a corrected level
    assert "<b>$" not in html  # names are escaped
    assert "&lt;b&gt;$" in html


def test_notebook_runs_before_anything_was_measured(
    lake: Lake, data_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.publish()
    printed = shown(run(data_root, monkeypatch))[0]
    assert "no alert was raised yet" in printed
    assert "no level could be corrected yet" in printed
