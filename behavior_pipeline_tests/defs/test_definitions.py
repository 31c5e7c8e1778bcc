"""What Dagster loads: complete assets, checks, and one clear error for a dimension that cannot be used."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from behavior_pipeline.defs import dimension_component
from behavior_pipeline.defs.contract_checks import WITHOUT_ASSET, tables_of_assets
from behavior_pipeline.defs.dimension_component import DimensionComponent, scores_asset
from behavior_pipeline.dimensions.folder import FOLDER, load_dimensions
from behavior_pipeline.errors import ConfigError
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.steps.pipeline import dimensions
from behavior_pipeline.tables.weekly import WEEKLY_SCORES
from behavior_pipeline_tests.defs.world import all_tables, daily_assets, pipeline, weekly_assets

RUBRIC = "Be kind: {{ this }} is no template."
TONE: dict[str, Any] = yaml.safe_load((FOLDER / "tone" / "defs.yaml").read_text())


def specs() -> list[dg.AssetSpec]:
    return list(pipeline().resolve_all_asset_specs())


def check_keys() -> set[tuple[str, str]]:
    graph = pipeline().resolve_asset_graph()
    return {(key.asset_key.to_user_string(), key.name) for key in graph.asset_check_keys}


def folder_of(root: Path, name: str, attributes: dict[str, Any], rubric: str = RUBRIC) -> Path:
    path = root / name
    path.mkdir()
    (path / "defs.yaml").write_text(yaml.safe_dump({**TONE, "attributes": attributes}))
    (path / "rubric.md").write_text(rubric)
    return path


def refused(root: Path, **changes: Any) -> ConfigError:
    attributes = {key: value for key, value in {**TONE["attributes"], **changes}.items() if value is not None}
    folder_of(root, "kindness", attributes)
    with pytest.raises(ConfigError) as caught:
        load_dimensions({}, root)
    assert caught.value.happened and caught.value.kept and "kindness" in caught.value.remedy
    return caught.value


def test_every_asset_has_owner_group_kinds_and_description() -> None:
    incomplete = {
        spec.key.to_user_string()
        for spec in specs()
        if not (spec.owners and spec.kinds and spec.description and len(spec.description) > 20)
        or spec.group_name in (None, "default")
    }
    assert incomplete == set()


def test_column_schema_of_an_asset_carries_the_meanings_of_its_table() -> None:
    spec = next(spec for spec in specs() if spec.key.to_user_string() == "weekly_scores")
    schema = spec.metadata["dagster/column_schema"]
    shown = {column.name: column.description for column in schema.columns}
    assert shown == {name: column.description for name, column in WEEKLY_SCORES.columns.items()}
    assert shown["mean"] == "Hajek mean of the scores, 0 to 1; NULL: see `missing_reason`."
    grain = {column.name for column in schema.columns if "grain" in column.constraints.other}
    assert grain == set(WEEKLY_SCORES.key)


def test_jobs_hold_every_asset_once() -> None:
    assert daily_assets() | weekly_assets() == {spec.key.to_user_string() for spec in specs()}
    assert not daily_assets() & weekly_assets()


def test_every_table_of_an_asset_has_a_contract_check() -> None:
    checked = tables_of_assets()
    assert {name for names in checked.values() for name in names} == all_tables() - WITHOUT_ASSET
    assert {(asset, "contract") for asset in checked} <= check_keys()


def test_every_dimension_has_its_scores_asset_with_its_owner() -> None:
    owners = {spec.key.to_user_string(): list(spec.owners) for spec in specs()}
    assert {f"scores_{name}": [spec.owner] for name, spec in dimensions().items()}.items() <= owners.items()


def test_only_judged_assets_are_split_over_runs() -> None:
    graph = pipeline().resolve_asset_graph()
    split = {
        node.key.to_user_string()
        for node in graph.asset_nodes
        if node.backfill_policy is not None and node.backfill_policy.max_partitions_per_run is not None
    }
    judged = {f"scores_{name}" for name, spec in dimensions().items() if spec.judge}
    unpartitioned = {spec.key.to_user_string() for spec in specs() if spec.partitions_def is None}
    assert split - unpartitioned == judged


def test_ownerless_dimension_is_refused(tmp_path: Path) -> None:
    assert "owner" in refused(tmp_path, owner=None).happened


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"scale": {"kind": "binary", "labels": {"kind": 1, "unkind": 0.5}}}, "graded"),
        ({"judge": None, "gate": None}, "checks, a judge or both"),
        ({"gate": {"rule": "exempt", "why": "no"}}, "cannot be exempt"),
        ({"sampling": {"share": 2}}, "sampling.share"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_invalid_dimension_is_refused(tmp_path: Path, changes: dict[str, Any], word: str) -> None:
    assert word in refused(tmp_path, **changes).happened


def test_judge_without_rubric_is_refused(tmp_path: Path) -> None:
    folder_of(tmp_path, "kindness", TONE["attributes"], rubric=" ")
    with pytest.raises(ConfigError, match=r"rubric\.md"):
        load_dimensions({}, tmp_path)


def test_yaml_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    (folder_of(tmp_path, "kindness", TONE["attributes"]) / "defs.yaml").write_text("attributes: [")
    with pytest.raises(ConfigError, match="kindness"):
        load_dimensions({}, tmp_path)


def test_rubric_passes_through_no_template(tmp_path: Path) -> None:
    folder_of(tmp_path, "kindness", TONE["attributes"])
    spec = load_dimensions({}, tmp_path)["kindness"]
    assert spec.rubric == RUBRIC
    described = next(iter(scores_asset(spec).specs)).description
    assert described is not None and RUBRIC in described


def test_override_of_an_unknown_dimension_is_refused() -> None:
    with pytest.raises(ConfigError, match="kindnes"):
        load_dimensions({"kindnes": {"owner": "team:x"}})


def test_unknown_route_is_refused_when_the_component_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_dimensions({"tone": {"route": "nowhere"}})
    monkeypatch.setattr(dimension_component, "dimensions", lambda: loaded)
    monkeypatch.setattr(dimension_component, "settings", Settings)
    with pytest.raises(ConfigError) as caught:
        DimensionComponent.load(None, _Context(FOLDER / "tone"))  # type: ignore[arg-type]
    assert "'nowhere'" in caught.value.happened and "[routes.nowhere]" in caught.value.remedy


class _Context:
    """What the component reads of a load context: the folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
