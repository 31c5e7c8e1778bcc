from pathlib import Path

import dagster as dg
import pytest

from behavior_pipeline.defs.publish.report import report
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.settings.variables import DATA_VARIABLE
from behavior_pipeline.steps.pipeline import forget


def test_asset_writes_the_page_and_shows_the_scorecard(
    hostile_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(hostile_root))
    forget()
    try:
        result = dg.materialize([report], resources={"pipeline": PipelineResource()})
    finally:
        forget()
    (made,) = result.asset_materializations_for_node("report")
    page = Path(str(made.metadata["path"].value))
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    shown = str(made.metadata["scorecard"].value)
    assert shown.count("![trend](data:image/svg+xml;base64,") == 7
    assert "faithfulness" in shown
