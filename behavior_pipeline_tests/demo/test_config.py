from datetime import date
from pathlib import Path

import pytest

from behavior_pipeline.demo.config import point_judge, write_config
from behavior_pipeline.demo.otlp import EMBEDDER, MODEL, SMALL_MODEL
from behavior_pipeline.dimensions.folder import load_dimensions
from behavior_pipeline.settings.model import Settings, load_settings
from behavior_pipeline.settings.variables import CONFIG_VARIABLE


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = write_config(tmp_path, start=date(2026, 1, 5))
    monkeypatch.setenv(CONFIG_VARIABLE, str(path))
    return path


def gates(settings: Settings) -> dict[str, str]:
    specs = load_dimensions(settings.dimensions).values()
    return {spec.name: spec.gate.rule for spec in specs if spec.judge is not None}


def test_demo_configuration_is_valid_and_declares_what_the_story_needs(config: Path) -> None:
    settings = load_settings()
    assert set(gates(settings).values()) == {"posterior"}
    assert {MODEL, SMALL_MODEL, EMBEDDER} == set(settings.prices)
    assert settings.routes["default"].file
    assert settings.routes["default"].terminal
    assert settings.judging.lexicon_builds == {"default": "a"}
    assert settings.start_day == "2026-01-05"


def test_moving_the_alias_changes_one_line_and_can_be_undone(config: Path) -> None:
    before = config.read_text(encoding="utf-8")
    point_judge(config, updated=True)
    assert load_settings().judging.lexicon_builds == {"default": "a", "tone": "b"}
    changed = zip(before.splitlines(), config.read_text(encoding="utf-8").splitlines(), strict=True)
    assert sum(one != other for one, other in changed) == 1
    point_judge(config, updated=False)
    assert config.read_text(encoding="utf-8") == before
