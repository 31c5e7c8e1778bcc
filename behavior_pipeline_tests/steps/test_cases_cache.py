"""What is kept of a day's traces: what one run read, and of their texts nothing."""

from collections.abc import Iterator

import pandas as pd
import pytest

from behavior_pipeline.evaluators.check import cases
from behavior_pipeline.lake import lake as lake_module
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.sampling.frames import frame_of
from behavior_pipeline.scoring.checked import check_scores
from behavior_pipeline.steps.cases_cache import CasesCache
from behavior_pipeline.steps.pipeline import dimensions
from behavior_pipeline.traces import build
from behavior_pipeline_tests.traces.rows import DAY, RULES, row, text

CHECKED = {name: spec for name, spec in dimensions().items() if spec.checks}


@pytest.fixture
def filled(lake: Lake) -> Lake:
    """Return a lake with traces that answer, that refuse, that retrieve, and that say nothing."""
    spans = []
    for number in range(12):
        trace = {"trace_id": f"{number:032x}", "conversation_id": f"c{number % 3}"}
        answer = ["Of course.", "I cannot help with that.", ""][number % 3]
        spans.append(row(1, **trace, documents=[{"id": "a", "content": "A"}] if number % 2 else None))
        texts = {"input_messages": text("user", "hello"), "output_messages": text("assistant", answer)}
        spans.append(row(2, "chat", 1, **trace, **texts))
    lake.replace({"traces": build.build_traces(spans, DAY, RULES)}, {"day": DAY})
    return lake


@pytest.fixture
def cache(filled: Lake) -> Iterator[CasesCache]:
    opened = CasesCache(filled, dimensions())
    yield opened
    opened.close()


def asked(cache: CasesCache) -> set[str]:
    """Return the dimensions of which it is written down what checks say."""
    return {path.name.split(".")[1] for path in cache._path("tone", DAY).parent.glob("*.parquet")}


def test_a_run_reads_a_day_once_and_another_run_reads_it_anew(cache: CasesCache) -> None:
    first = cache.facts_of(DAY, run_id="one")
    assert cache.facts_of(DAY, run_id="one") is first
    assert cache.facts_of(DAY, run_id="two") is not first


def test_facts_without_texts_make_the_same_frames(cache: CasesCache, filled: Lake) -> None:
    whole, facts = filled.read("traces", {"day": DAY}), cache.facts_of(DAY, run_id="one")
    for spec in dimensions().values():
        pd.testing.assert_series_equal(
            frame_of(spec, facts, check_failures={}), frame_of(spec, whole, check_failures={})
        )
    assert set(facts["output_text"].dropna()) == {"there"}


@pytest.mark.parametrize("batch", [1, 5, 2048])
def test_checks_in_batches_say_what_they_say_of_the_whole_day(
    cache: CasesCache, filled: Lake, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(lake_module, "STREAMED_ROWS", batch)
    parsed = cases(filled.read("traces", {"day": DAY}))
    for spec in CHECKED.values():
        checked = cache.checked_of(spec, DAY, run_id="one").sort_values("trace_id", ignore_index=True)
        pd.testing.assert_frame_equal(checked, check_scores(spec, parsed, root=filled.settings.root))


def test_what_a_run_will_ask_for_is_asked_in_one_pass(cache: CasesCache) -> None:
    cache.expect(["latency", "cost"], run_id="one")
    cache.checked_of(CHECKED["latency"], DAY, run_id="one")
    assert asked(cache) == {"latency", "cost"}
    cache.checked_of(CHECKED["format_compliance"], DAY, run_id="two")
    assert asked(cache) == {"format_compliance"}


def test_a_dimension_that_cannot_be_asked_stands_in_no_others_way(filled: Lake) -> None:
    wrong = CHECKED["cost"].model_copy(
        update={"checks": [CHECKED["cost"].checks[0].model_copy(update={"check": "no_such_check"})]}
    )
    cache = CasesCache(filled, {**dimensions(), "cost": wrong})
    cache.expect(["latency", "cost"], run_id="one")
    assert len(cache.checked_of(CHECKED["latency"], DAY, run_id="one")) == 12
    assert asked(cache) == {"latency"}
    cache.close()


def test_cases_are_those_that_are_wanted(cache: CasesCache) -> None:
    wanted = [f"{number:032x}" for number in (7, 2, 99)]
    assert [case.trace_id for case in cache.cases_of(DAY, wanted)] == [wanted[1], wanted[0]]
    assert cache.cases_of(DAY, []) == []


def test_of_cases_no_more_is_read_than_a_judge_reads(cache: CasesCache) -> None:
    (case,) = cache.cases_of(DAY, [f"{1:032x}"], reads=["output_text", "documents"])
    (whole,) = cache.cases_of(DAY, [f"{1:032x}"])
    assert case.output_text == whole.output_text and case.documents == whole.documents
    assert case.input_text is None and whole.input_text == "hello"
    (derived,) = cache.cases_of(DAY, [f"{1:032x}"], reads=["calls"])
    assert derived == whole
