"""The three checked dimensions as they ship: valid, explained, and scored by checks that exist."""

from pathlib import Path

import pytest
import yaml

from behavior_pipeline.dimensions.folder import FOLDER, build_spec
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.evaluators.check import Case
from behavior_pipeline.scoring.checked import check_scores

NAMES = ["format_compliance", "latency", "cost"]


def load(name: str) -> DimensionSpec:
    document = yaml.safe_load((FOLDER / name / "defs.yaml").read_text(encoding="utf-8"))
    assert document["type"] == "behavior_pipeline.defs.dimension_component.DimensionComponent"
    return build_spec(FOLDER / name, document["attributes"], {})


@pytest.mark.parametrize("name", NAMES)
def test_folder_is_a_valid_checked_dimension_that_is_exempt_and_says_why(name: str) -> None:
    spec = load(name)
    assert spec.kind == "checked" and spec.gate.rule == "exempt" and spec.rubric.startswith("# ")
    assert check_scores(spec, [Case("t")], root=Path())["score"].isna().all()


@pytest.mark.parametrize("name", NAMES)
def test_yaml_holds_nothing_that_a_template_engine_would_change(name: str) -> None:
    text = (FOLDER / name / "defs.yaml").read_text(encoding="utf-8")
    assert not any(mark in text for mark in ("{{", "{%", "{#"))


def test_examples_of_the_rubrics_hold() -> None:
    latency = check_scores(load("latency"), [Case("t", duration_ms=9000.0)], root=Path())
    cost = check_scores(load("cost"), [Case("t", cost_usd=0.03)], root=Path())
    assert latency["score"].tolist() == [0.5]
    assert cost["score"][0] == pytest.approx(0.5)
