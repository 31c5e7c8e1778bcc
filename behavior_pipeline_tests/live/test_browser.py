"""What a person sees: asset graph, an asset's plots and the report, opened in headless Chromium."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from behavior_pipeline.demo.config import write_config
from behavior_pipeline.demo.world import write_world
from behavior_pipeline_tests.defs.world import MONDAY
from behavior_pipeline_tests.live.browser import Page, browser, chromium, pictures_folder, variety
from behavior_pipeline_tests.live.dagster_dev import Dev, dagster_dev

WEEK = [MONDAY + timedelta(days=number) for number in range(7)]
LOADED = "performance.getEntriesByType('resource').map(entry => entry.name)"
NOT_BLANK = 5  # of 1000; a page of one colour has less than 2

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(chromium() is None, reason="no Chromium here: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    """Return a running pipeline with a week of data behind it."""
    folder = tmp_path_factory.mktemp("browser")
    root = folder / "data"
    write_world(root, start=MONDAY, weeks=1, conversations_per_day=40)
    write_config(root, start=MONDAY)
    with dagster_dev(root, folder / "dev.log") as running:
        running.backfill(running.assets("daily_pipeline"), WEEK)
        running.launch("weekly_pipeline", running.assets("weekly_pipeline"), MONDAY)
        assert {run.status for run in running.wait_for_runs()} == {"SUCCESS"}
        yield running


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with browser(tmp_path / "profile") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return pictures_folder(tmp_path / "pictures")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("asset-groups", ("ingest", "sampling", "scores", "calibration", "weekly", "drift", "publish")),
        ("assets/sampled_traces?view=lineage", ("traces", "scores_tone", "scores_latency")),
        ("assets/scores_faithfulness?view=overview", ("answers", "faithful", "rows_scores_faithfulness")),
        ("assets/traces?view=checks", ("late_spans_are_included", "trace_ids_are_unique")),
        ("assets/scorecard?view=overview", ("rows_scorecard", "behavior", "Show Markdown")),
    ],
)
def test_page_shows(dev: Dev, page: Page, folder: Path, path: str, words: tuple[str, ...]) -> None:
    missing = page.open(f"{dev.url}/{path}", words=words)
    made = page.picture(folder / (re.sub(r"\W+", "-", path) + ".png"))
    assert missing == []
    assert variety(made) > NOT_BLANK


def test_asset_page_plots_numbers_over_its_days(dev: Dev, page: Page, folder: Path) -> None:
    assert page.open(f"{dev.url}/assets/scores_latency?view=overview", words=("mean_score", "Plots")) == []
    page.click("Plots")
    page.click("Events")  # by partition the UI plots the newest partitions only, and these days are long past
    missing = page.wait_for(("<canvas", "mean_score"))
    made = page.picture(folder / "plots.png")
    assert missing == []
    assert variety(made) > NOT_BLANK


@pytest.mark.parametrize("dark", [False, True])
def test_report_shows(dev: Dev, page: Page, folder: Path, dark: bool) -> None:
    report = dev.root / "reports" / "index.html"
    if not report.is_file():
        pytest.skip("no asset wrote a report")
    missing = page.open(report.as_uri(), words=("<svg", "faithfulness"), dark=dark)
    made = page.picture(folder / f"report-{'dark' if dark else 'light'}.png", whole=True)
    assert missing == []
    assert variety(made) > NOT_BLANK
    used = page.call("Runtime.evaluate", expression=LOADED, returnByValue=True)["result"]["value"]
    assert used == []  # self-contained
