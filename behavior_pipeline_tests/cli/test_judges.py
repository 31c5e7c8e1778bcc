"""Commands on judges, on a small lake: what is compared, what is asked, what a threshold would change."""

import re
import tomllib
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from behavior_pipeline.cli.app import app
from behavior_pipeline.datafiles.label_files import import_labels
from behavior_pipeline.dimensions.folder import load_dimensions
from behavior_pipeline.judging.recorded.rules import rules_of
from behavior_pipeline.settings.model import Settings, settings
from behavior_pipeline.settings.variables import CONFIG_VARIABLE
from behavior_pipeline.steps.pipeline import dimensions
from behavior_pipeline_tests.defs.conftest import NewWorld, open_new_world
from behavior_pipeline_tests.defs.turns import turn, write_dump
from behavior_pipeline_tests.defs.world import CONFIG, MONDAY, World, weekly_assets, write_labels

__all__ = ["open_new_world"]

TURNS = 60
KIND = "Thank you for asking! Your parcel 4711 arrives on Friday. Happy to help."
RUDE = "lol whatever dude, calm down. Your stupid parcel 4711 arrives on Friday."
JUDGES = (
    CONFIG
    + """
[judging.recorded]
file = "judges.csv"

[judging.candidates.words]
backend = "lexical"
version = "v2.1"
model = "lexicon"

[judging.candidates.paid]
backend = "openai"
version = "v9"
model = "gpt-without-a-price"

[dimensions.tone.judge]
backend = "recorded"
version = "r1"
model = "v1"
parameters = { thresholds = { on_brand = 0.43, off_brand = -inf } }
"""
)


def is_kind(index: int) -> bool:
    return index % 2 == 0


def number(version: str, index: int) -> float:
    """Return what a judge gives: v1 errs on every tenth answer from .5 on, v2 knows nothing of kindness."""
    if version == "v2":
        return (index % 3) / 2
    sure = is_kind(index) != (index % 10 == 3)
    return (0.7 if sure else 0.4) + index / 1000


@pytest.fixture(autouse=True)
def _no_settings_from_outside() -> None:
    """Leave them: those of the open world live in the environment for longer than a test."""


@pytest.fixture(scope="module")
def world(open_new_world: NewWorld) -> World:
    """Return a week of answers, kind or rude, with labels and the numbers that two judges recorded."""
    world = open_new_world(JUDGES)
    turns = [turn(1 + index, MONDAY, {"answer": KIND if is_kind(index) else RUDE}) for index in range(TURNS)]
    write_dump(world.dumps / f"{MONDAY}.jsonl", *(span for spans in turns for span in spans))
    rows = [
        f"{1 + index:032x},tone,{version},{number(version, index)}"
        for index in range(TURNS)
        for version in ("v1", "v2")
    ]
    (world.root / "judges.csv").write_text(
        "\n".join(["trace_id,dimension,judge_version,score", *rows, ",tone,v1,1"])
    )
    given = [
        {
            "trace_id": f"{1 + index:032x}", "dimension": "tone", "labelled_at": MONDAY + timedelta(days=4),
            "label": "on_brand" if is_kind(index) else "off_brand",
        }
        for index in range(TURNS)
    ]  # fmt: skip
    labels = write_labels(world.root / "labels.csv", given)
    import_labels(labels, world.root, rules=settings().labels, specs=dimensions(), known_traces=set())
    world.run(MONDAY)
    world.run(MONDAY, only=weekly_assets())
    return world


def called(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["judges", *words], env={"COLUMNS": "250"})
    return result.exit_code, result.output


@pytest.mark.usefixtures("world")
def test_the_better_of_two_recorded_judges_is_recommended_without_any_text() -> None:
    code, text = called("compare", "v2", "v1", "--dimension", "tone")
    assert code == 0
    assert "60 labelled items, 60 answered by both judges" in text
    assert "recommended: v1 (r1@v1), better with P = " in text
    only_second = re.search(r"right on (\d+) items, only the second on\s+(\d+): exact McNemar p = ", text)
    assert only_second is not None
    assert "parcel" not in text


def test_a_judge_that_scored_is_found_by_its_name(world: World) -> None:
    code, text = called("compare", "r1@v1", "v1", "-d", "tone")
    assert code == 0
    assert "they differ on 0 items: none" in text
    assert len(world.lake.read("calibration_scores", {"judge": "r1@v1"})) == TURNS


@pytest.mark.usefixtures("world")
def test_all_differing_items_are_listed_when_asked_for() -> None:
    short, long = (called("compare", "v1", "v2", "-d", "tone", *more)[1] for more in ((), ("--all-items",)))
    listed = [set(re.findall(r"\b0{20}[0-9a-f]{12}\b", text)) for text in (short, long)]
    assert len(listed[0]) == 10
    assert f"they differ on {len(listed[1])} items" in long
    assert listed[0] < listed[1]


@pytest.mark.usefixtures("world")
def test_a_candidate_is_asked_once_and_only_when_told_to() -> None:
    code, before = called("compare", "declared", "words", "-d", "tone")
    assert code == 0
    assert "was not asked about 60 of 60 items; asking costs at most 0.00 USD" in before
    assert "agreement" not in before
    code, asked = called("compare", "declared", "words", "-d", "tone", "--ask")
    assert code == 0
    assert "words (v2.1@lexicon-a)" in asked
    assert called("compare", "declared", "words", "-d", "tone") == (0, asked)


@pytest.mark.usefixtures("world")
def test_a_candidate_without_a_price_is_not_asked_behind_ones_back() -> None:
    code, text = called("compare", "declared", "paid", "-d", "tone")
    assert code == 0
    assert "asking costs at most unknown: no price is declared" in text


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("compare", "v1", "nobody", "-d", "tone"), "'v1', 'v2'"),
        (("compare", "v1", "v2", "-d", "kindness"), "'tone'"),
        (("compare", "v1", "v2", "-d", "faithfulness"), "no labels of faithfulness"),
        (("tune-threshold", "-d", "tone", "--judge", "r1@v1"), "gives no numbers"),
    ],
    ids=["judge", "dimension", "labels", "labels only"],
)
@pytest.mark.usefixtures("world")
def test_a_mistake_is_one_clear_error(words: tuple[str, ...], named: str) -> None:
    code, text = called(*words)
    assert code == 1
    assert named in text
    assert "to do:" in text


def test_a_threshold_is_printed_as_a_setting_that_can_be_pasted(world: World) -> None:
    before = (world.root / "pipeline.toml").read_text()
    code, text = called("tune-threshold", "--dimension", "tone", "--judge", "v1")
    assert code == 0
    setting = text[text.index("  [dimensions.tone.judge.parameters]") :]
    thresholds = tomllib.loads(setting)["dimensions"]["tone"]["judge"]["parameters"]["thresholds"]
    assert 0.46 < thresholds["on_brand"] < 0.71
    spec = load_dimensions(
        tomllib.loads(setting + '\n[dimensions.tone.judge]\nbackend = "recorded"')["dimensions"]
    )["tone"]
    assert spec.judge is not None
    assert rules_of("tone", spec.judge, tuple(spec.scale.labels)).thresholds == thresholds
    now, then = (
        sum(number("v1", index) >= least for index in range(TURNS))
        for least in (0.43, thresholds["on_brand"])
    )
    assert now > then
    assert (
        f"it would change {now - then} of 60 verdicts; good would be {then / TURNS:.0%} of the items" in text
    )
    assert "to be expected on new ones" in text
    assert (world.root / "pipeline.toml").read_text() == before


@pytest.mark.usefixtures("world")
def test_a_specificity_that_new_items_will_not_reach_is_said() -> None:
    code, text = called("tune-threshold", "-d", "tone", "--judge", "v1", "--specificity", "0.99")
    assert code == 0
    assert "the wanted specificity is not to be expected on new items" in text


@pytest.mark.usefixtures("world")
def test_the_file_of_verdicts_is_summed_up_with_its_bad_lines() -> None:
    code, text = called("recorded")
    assert code == 0
    assert "judges.csv: 121 rows, 120 verdicts" in text
    assert "1 rows: trace_id is empty (lines 122)" in text


def test_without_a_file_of_verdicts_the_error_names_the_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(CONFIG_VARIABLE)
    bare = Settings(data=world.root)
    monkeypatch.setattr("behavior_pipeline.cli.judges.settings", lambda: bare)
    code, text = called("recorded")
    assert code == 1
    assert "judging.recorded.file" in text


@pytest.mark.usefixtures("world")
def test_a_specificity_that_nothing_reaches_is_said() -> None:
    code, text = called("tune-threshold", "-d", "tone", "--judge", "v2", "--specificity", "1")
    assert code == 0
    assert "no threshold reaches the wanted specificity; this is the strictest one" in text
