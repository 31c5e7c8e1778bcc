"""The documents say what the code does: pages are current, links lead somewhere, examples are valid."""

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from behavior_pipeline.dimensions.folder import load_dimensions
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.spans.dialect import MEANINGS
from behavior_pipeline.tables.registry import lake_tables

ROOT = Path(__file__).parents[1]
WRITTEN = [ROOT / name for name in ("README.md", "CHANGELOG.md", "data/README.md", *("docs",))]
PAGES = [page for path in WRITTEN for page in (sorted(path.rglob("*.md")) if path.is_dir() else [path])]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
TOML = re.compile(r"```toml\n(.*?)```", re.DOTALL)
EXAMPLES = [(page, text) for page in PAGES for text in TOML.findall(page.read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["configuration.md", "dialects.md", "reasons.md", "tables.md"])
def test_page_is_what_the_code_gives(generator: ModuleType, name: str) -> None:
    committed = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert committed == generator.pages()[name], "run `python docs/generate.py`"


def test_every_table_and_column_is_on_the_page_of_tables(generator: ModuleType) -> None:
    page = generator.tables()
    for table in lake_tables(["<dimension>"]).values():
        section = page.partition(f"### {table.name}\n")[2].partition("\n#")[0]
        assert all(f"| `{column}` |" in section for column in table.columns), table.name


def test_every_meaning_is_a_concept_on_the_page_of_dialects(generator: ModuleType) -> None:
    assert {*MEANINGS, "user_id", "unpacked", "refusal"} == set(generator.CONCEPTS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_of_the_project(page: Path) -> None:
    targets = [link.partition("#")[0] for link in LINK.findall(page.read_text(encoding="utf-8"))]
    local = [target for target in targets if target and "://" not in target]
    assert not [target for target in local if not (page.parent / target).exists()]


@pytest.mark.parametrize(
    "text",
    [pytest.param(text, id=f"{page.name}-{number}") for number, (page, text) in enumerate(EXAMPLES)],
)
def test_examples_of_configuration_are_accepted(text: str) -> None:
    settings = Settings.model_validate(tomllib.loads(text))
    load_dimensions(settings.dimensions)


@pytest.mark.parametrize(
    "name",
    ["pipeline.toml", "benchmarks/replay.toml", "benchmarks/replay_recorded.toml", "benchmarks/otel.toml"],
)
def test_committed_configuration_is_accepted(name: str) -> None:
    settings = Settings.model_validate(tomllib.loads((ROOT / name).read_text(encoding="utf-8")))
    load_dimensions(settings.dimensions)
