"""Format instructions: followed, broken, or not for code to say."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.evaluators.check import Case, Outcome, checks
from behavior_pipeline.evaluators.instruction_rules import RULES, compared, rule_of
from behavior_pipeline.reasons import Reason

LIST = "Here:\n* one\n- two\n"
EXAMPLES: list[tuple[str, dict[str, Any], str, str]] = [
    ("no_comma", {}, "one and two", "one, two"),
    ("json_format", {}, '```json\n{"a": 1}\n```', "a = 1"),
    ("title", {}, "<<Title>>\ntext", "<<>> text"),
    ("number_bullet_lists", {"num_bullets": 2}, LIST, LIST + "* three"),
    ("number_paragraphs", {"num_paragraphs": 2}, "one\n***\ntwo", "one\n\ntwo"),
    ("number_words", {"num_words": 3, "relation": "less than"}, "two words", "now three words"),
    ("number_words", {"num_words": 2, "relation": "au moins"}, "deux mots", "mot"),
    ("number_words", {"num_words": 2, "relation": "como m\u00e1ximo"}, "dos palabras", "ya tres palabras"),
    ("existence", {"keywords": ["Blue", "sky"]}, "a blue SKY", "a blue sea"),
    ("forbidden_words", {"forbidden_words": ["bad"]}, "a badge", "a bad one"),
    ("frequency", {"keyword": "so", "frequency": 2, "relation": "at least"}, "so so", "so"),
    ("letter_frequency", {"letter": "w", "let_frequency": 2, "let_relation": "less than"}, "well", "wow"),
    ("capital_word_frequency", {"capital_frequency": 1, "capital_relation": "at least"}, "an API", "an api"),
    ("english_lowercase", {}, "all low", "Not low"),
    ("french_capital", {}, "TOUT \u00c9T\u00c9", "TOUT \u00e9t\u00e9"),
    ("end_checker", {"end_phrase": "That is all"}, "So. That is all.", "That is all, or not"),
    ("quotation", {}, '"quoted"', 'a "quoted" word'),
    ("postscript", {"postscript_marker": "P.S."}, "Bye.\n\nP.S. more", "Bye."),
    ("no_digits", {}, "two", "2"),
    ("number_placeholders", {"num_placeholders": 2}, "[name] at [address]", "[name]"),
    ("number_highlighted_sections", {"num_highlights": 1}, "this *matters*", "this does not"),
]


@pytest.mark.parametrize(("name", "arguments", "good", "bad"), EXAMPLES)
def test_rule_tells_followed_from_broken(name: str, arguments: dict[str, Any], good: str, bad: str) -> None:
    assert RULES[name](good, arguments) is True
    assert RULES[name](bad, arguments) is False


def test_name_may_have_language_and_group() -> None:
    assert rule_of("en:punctuation:no_comma") is rule_of("no_comma") is RULES["no_comma"]


def test_signs_of_other_languages_are_not_decided() -> None:
    assert rule_of("en:detectable_format:title") and rule_of("fr:detectable_format:title") is None


def test_unknown_relation_is_not_decided() -> None:
    assert compared(3, "roughly", 3) is None


@given(st.text(max_size=200), st.sampled_from(EXAMPLES))
def test_any_answer_gets_a_verdict(text: str, example: tuple[str, dict[str, Any], str, str]) -> None:
    name, arguments, _, _ = example
    assert RULES[name](text, arguments) in (True, False)


def test_hostile_text_takes_no_time() -> None:
    started = time.perf_counter()
    for piece in ("<<a", "<<" + "a" * 50_000, "*a b", "*" + "a" * 50_000, " " * 50_000, "[", "[a"):
        for name, arguments, _, _ in EXAMPLES:
            RULES[name](piece * (200_000 // len(piece)), arguments)
    assert time.perf_counter() - started < 10


class TestCheck:
    @pytest.fixture
    def ask(self, tmp_path: Path) -> Any:
        def run(text: str | None, *instructions: tuple[str, Any]) -> Outcome:
            path = tmp_path / "reference.jsonl"
            names, arguments = [name for name, _ in instructions], [given for _, given in instructions]
            record = {"trace_id": "t", "instructions": names, "arguments": arguments}
            path.write_text(json.dumps(record), encoding="utf-8")
            check = checks()["instructions"]
            return check.evaluate(Case("t", output_text=text), check.parameters(reference=path))  # type: ignore[call-arg]

        return run

    def test_all_followed_passes_and_one_broken_fails(self, ask: Any) -> None:
        assert ask("no comma", ("no_comma", {}), ("no_digits", {})).score == 1
        assert ask("no comma 2", ("no_comma", {}), ("no_digits", {})).score == 0

    def test_unknown_instruction_is_undecidable_unless_another_is_broken(self, ask: Any) -> None:
        assert ask("fine", ("no_comma", {}), ("rhyme", {})).reason == Reason.UNDECIDABLE
        assert ask("a, b", ("no_comma", {}), ("rhyme", {})).score == 0

    def test_missing_argument_is_undecidable(self, ask: Any) -> None:
        assert ask("fine", ("existence", {})).reason == Reason.UNDECIDABLE

    def test_missing_answer_or_reference_is_null(self, ask: Any) -> None:
        assert ask(None, ("no_comma", {})).reason == Reason.NO_OUTPUT
        assert ask("fine").reason == Reason.NO_REFERENCE
