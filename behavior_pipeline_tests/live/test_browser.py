"""What a person sees: asset graph, an asset's plots and the report, opened in headless Chromium."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from behavior_pipeline.demo.config import write_config
from behavior_pipeline.demo.world import write_world
from behavior_pipeline_tests.defs.world import MONDAY
from behavior_pipeline_tests.live.browser import chromium, picture, pictures_folder, rendered, variety
from behavior_pipeline_tests.live.dagster_dev import Dev, dagster_dev

WEEK = [MONDAY + timedelta(days=number) for number in range(7)]
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
def folder(tmp_path: Path) -> Path:
    return pictures_folder(tmp_path / "pictures")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("asset-groups", ("raw_dumps", "sampled_traces", "scores_tone", "drift_alerts")),
        ("assets/scores_latency?view=plots", ("scores_latency", "mean_score", "<canvas")),
        (
            "assets/scores_faithfulness?view=overview",
            ("team:answers", "faithful", "rows_scores_faithfulness"),
        ),
        ("assets/traces?view=checks", ("late_spans_are_included", "trace_ids_are_unique")),
        ("assets/scorecard?view=overview", ("Scorecard", "team:behavior")),
    ],
)
def test_page_shows(dev: Dev, tmp_path: Path, folder: Path, path: str, words: tuple[str, ...]) -> None:
    url = f"{dev.url}/{path}"
    shown = rendered(url, tmp_path / "profile")
    made = picture(url, folder / (re.sub(r"\W+", "-", path) + ".png"), tmp_path / "profile")
    assert variety(made) > NOT_BLANK
    assert [word for word in words if word.lower() not in shown.lower()] == []


@pytest.mark.parametrize("dark", [False, True])
def test_report_shows(dev: Dev, tmp_path: Path, folder: Path, dark: bool) -> None:
    page = dev.root / "reports" / "index.html"
    if not page.is_file():
        pytest.skip("no asset wrote a report")
    shown = rendered(page.as_uri(), tmp_path / "profile")
    made = picture(
        page.as_uri(), folder / f"report-{'dark' if dark else 'light'}.png", tmp_path / "profile", dark=dark
    )
    assert variety(made) > NOT_BLANK
    assert "<svg" in shown and "faithfulness" in shown
    assert (
        "http://" not in shown.replace("http://www.w3.org", "") and "https://" not in shown
    )  # self-contained
