from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline import plugins
from behavior_pipeline.dimensions.folder import load_dimensions
from behavior_pipeline.dimensions.spec import DimensionSpec, JudgeUse
from behavior_pipeline.errors import ConfigError, JudgeError
from behavior_pipeline.judging.lexical.backend import LexicalJudge
from behavior_pipeline.judging.lexical.lexicon import builds, load_lexicon
from behavior_pipeline.judging.lexical.readings import READINGS
from behavior_pipeline.judging.protocol import BackendFactory, Item, Question
from behavior_pipeline.settings.model import Judging, Settings

SPECS = load_dimensions({})
DOCUMENT = {
    "id": "kb",
    "content": "Unopened lamps can be returned within 30 days of delivery for a full refund.",
}
CONTENT = {
    "input_text": "How do I return the lamp of order A-17?",
    "output_text": "Unopened lamps can be returned within 30 days.",
    "documents": [DOCUMENT],
    "tool_calls": [{"name": "start_return", "arguments": {}, "result": {"return_id": "R-5"}}],
    "tool_definitions": [{"name": "start_return", "description": "Open a return."}, {"name": "get_weather"}],
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def question(spec: DimensionSpec, **changes: object) -> Question:
    assert spec.judge is not None
    judge = spec.judge.model_copy(update=changes)
    return Question(spec.name, judge, spec.rubric, spec.rubric_id, tuple(spec.scale.labels))


def judged() -> list[DimensionSpec]:
    return [spec for spec in SPECS.values() if spec.judge is not None and spec.judge.backend == "lexical"]


@pytest.mark.parametrize("spec", judged(), ids=lambda spec: spec.name)
def test_every_judged_dimension_that_ships_gets_one_of_its_labels(spec: DimensionSpec) -> None:
    answer = LexicalJudge({"default": "a"}).ask(question(spec), Item("1", CONTENT))
    assert answer.label in spec.scale.labels
    assert answer.missing_reason is None
    assert (answer.cost_usd, answer.response_model) == (0.0, "lexicon-a")
    assert answer.answered_at.tzinfo is UTC


@pytest.mark.parametrize("spec", judged(), ids=lambda spec: spec.name)
def test_the_same_item_always_gets_the_same_verdict_and_rationale(spec: DimensionSpec) -> None:
    judge = LexicalJudge({"default": "a"})
    first, second = (judge.ask(question(spec), Item(name, CONTENT)) for name in ("1", "2"))
    assert (first.label, first.rationale, first.fingerprint) == (
        second.label,
        second.rationale,
        second.fingerprint,
    )


@pytest.mark.parametrize("name", sorted(READINGS))
@given(content=st.fixed_dictionaries({}, optional=dict.fromkeys(CONTENT, ANYTHING)))
def test_no_content_whatever_breaks_a_reading(name: str, content: dict[str, object]) -> None:
    answer = LexicalJudge({"default": "b"}).ask(question(SPECS[name]), Item("1", content))
    assert (answer.label is None) is (answer.missing_reason is not None)


@pytest.mark.parametrize("name", sorted(READINGS))
def test_rationale_names_counts_and_never_quotes(name: str) -> None:
    canary = {
        "input_text": "Xylocanary asks to kill the process 4711.",
        "output_text": "Xylocanary, obviously, costs 4711 EUR. I'm sorry, but I can't help with that.",
        "documents": [{"content": "Xylocanary was seen 4712 times."}],
        "tool_calls": [{"name": "xylocanary", "arguments": {}, "result": "4713"}],
        "tool_definitions": [{"name": "xylocanary_tool", "description": "Xylocanary"}],
    }
    rationale = LexicalJudge({"default": "a"}).ask(question(SPECS[name]), Item("1", canary)).rationale
    assert rationale
    assert "xylocanary" not in rationale.lower()
    assert "47" not in rationale


def test_alias_moves_one_dimension_to_another_build_under_the_same_declaration() -> None:
    before, after = LexicalJudge({"default": "a"}), LexicalJudge({"default": "a", "tone": "b"})
    tone, other = question(SPECS["tone"]), question(SPECS["faithfulness"])
    item = Item("1", {"output_text": "Yay, sorted!!! No worries!!"})
    assert (before.ask(tone, item).label, after.ask(tone, item).label) == ("on_brand", "off_brand")
    assert after.ask(tone, item).response_model == "lexicon-b"
    assert after.ask(other, Item("1", CONTENT)).response_model == "lexicon-a"
    assert before.config_digest(tone) == after.config_digest(tone)
    assert before.ask(tone, item).fingerprint != after.ask(tone, item).fingerprint


def test_declaring_another_judge_changes_the_configuration() -> None:
    judge = LexicalJudge({})
    assert judge.config_digest(question(SPECS["tone"])) != judge.config_digest(
        question(SPECS["tone"], model="x")
    )


def test_build_b_differs_from_a_in_tone_alone() -> None:
    first, second = (load_lexicon(build).model_dump() for build in ("a", "b"))
    assert {part for part in first if first[part] != second[part]} == {"build", "tone"}
    assert builds() == ["a", "b"]


def test_unknown_build_is_a_clear_error() -> None:
    with pytest.raises(ConfigError, match="lexicon build 'z'"):
        LexicalJudge({"default": "z"}).ask(question(SPECS["tone"]), Item("1", CONTENT))


def test_dimension_of_another_name_says_which_reading_it_wants() -> None:
    judge = JudgeUse(version="v1", model="lexicon", parameters={"reading": "tone"})
    labels = ("off_brand", "on_brand")
    assert (
        LexicalJudge({}).ask(Question("voice", judge, "r", "v1", labels), Item("1", CONTENT)).label
        == "on_brand"
    )
    with pytest.raises(JudgeError, match="no reading for dimension voice"):
        LexicalJudge({}).ask(
            Question("voice", JudgeUse(version="v1", model="lexicon"), "r", "v1", labels), Item("1", CONTENT)
        )


def test_scale_of_numbers_is_answered_by_degree() -> None:
    judge = LexicalJudge({"default": "a"})
    spec = question(SPECS["tone"])
    graded = Question("tone", spec.judge, "r", "v1", ("5", "1", "3", "2", "4"))
    kind = judge.ask(graded, Item("1", {"output_text": "Thank you, it is on its way."})).label
    rude = judge.ask(graded, Item("2", {"output_text": "Obviously your own fault, you stupid idiot."})).label
    assert (kind, rude) == ("5", "1")


def test_labels_that_no_reading_has_are_a_clear_error() -> None:
    asked = question(SPECS["tone"])
    with pytest.raises(JudgeError, match="on_brand"):
        LexicalJudge({}).ask(Question("tone", asked.judge, "r", "v1", ("nice", "nasty")), Item("1", CONTENT))


def test_plugin_is_discovered_and_built_from_settings() -> None:
    factory = plugins.discover("behavior_pipeline.judging", BackendFactory, module="backend")["lexical"]
    settings = Settings.model_construct(judging=Judging(lexicon_builds={"default": "b"}))
    backend = factory.build(settings)
    assert (factory.name, backend.name, backend.local) == ("lexical", "lexical", True)
    assert backend.ask(question(SPECS["tone"]), Item("1", CONTENT)).response_model == "lexicon-b"
    assert backend.reserve_usd(question(SPECS["tone"]), Item("1", CONTENT)) == 0
