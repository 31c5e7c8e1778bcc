"""The prefilter errs on one side only."""

import json
import sys
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from behavior_pipeline.dumps.attributes import json_text
from behavior_pipeline.redaction.prefilter import may_hold
from behavior_pipeline.redaction.redactor import Redactor
from behavior_pipeline_tests.redaction.texts import HARMLESS, mixed

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import made_numbers
import made_secrets
import technical

REDACTOR = Redactor(b"key")
FIELDS = st.sampled_from(["phone", "firstName", "last_name", "dob", "zip", "order", "passport"])


@settings(max_examples=500, deadline=None)
@given(text=mixed())
@example("Mr.\u00a0Smith")
@example("12\u00a0Main Street")
@example("name is\u00a0Anna")
def test_a_text_with_hits_is_never_passed_over(text: str) -> None:
    if REDACTOR.hits(text):
        assert may_hold(text)


@settings(max_examples=500, deadline=None)
@given(text=mixed(), field=FIELDS)
def test_nor_is_the_json_that_holds_it(text: str, field: str) -> None:
    for document in (json_text({field: text}) or "", json_text({"x": json.dumps({field: text})}) or ""):
        if not may_hold(document):
            assert Redactor(b"key").json(document) == document
            assert REDACTOR.hits(text) == []


def test_no_made_text_with_hits_is_passed_over() -> None:
    texts = [
        *(one.content for one in (*made_secrets.made_secrets(2), *made_numbers.made_numbers(2))),
        *technical.technical_texts(1_000, 2),
        *made_numbers.harmless_numbers(1_000, 2),
    ]
    assert [text for text in texts if not may_hold(text) and REDACTOR.hits(text)] == []


def test_ordinary_text_is_passed_over() -> None:
    ordinary = [
        "Of course! Your parcel 4711 arrives on Friday. Can I help you with anything else?",
        '[{"role":"user","parts":[{"type":"text","content":"Where is my parcel?\\nIt is late."}]}]',
        *("call_813d31253d", "2024-05-15T15:00:00Z", "0.8712349812", "$1,299.00", "version 10.2.3"),
    ]
    assert [text for text in ordinary if may_hold(text)] == []
    assert sum(map(may_hold, HARMLESS)) < len(HARMLESS)
