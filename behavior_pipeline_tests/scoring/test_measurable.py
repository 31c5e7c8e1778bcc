"""The outlook promises what scoring then does."""

from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from behavior_pipeline.dimensions.folder import load_dimensions
from behavior_pipeline.evaluators.check import cases
from behavior_pipeline.reasons import Reason
from behavior_pipeline.sampling.frames import ELIGIBLE, frame_of
from behavior_pipeline.scoring.checked import check_scores
from behavior_pipeline.scoring.measurable import Outlook, outlook
from behavior_pipeline.scoring.rows import score_rows
from behavior_pipeline_tests.spans.world import FIXTURES, parse, traces_of

DAY = date(2026, 11, 23)
SPECS = load_dimensions({})


@cache
def traces() -> pd.DataFrame:
    dumps = [FIXTURES / "genai_openai_on.jsonl.gz", FIXTURES / "genai_openai_off.jsonl.gz"]
    return traces_of([(DAY, parse(dumps, DAY).spans)], DAY)


def outlook_of(name: str) -> Outlook:
    return outlook(SPECS[name], traces(), cases(traces()), root=Path())


@pytest.mark.parametrize("name", sorted(name for name, spec in SPECS.items() if spec.judge is None))
def test_a_checked_dimension_scores_as_many_traces_as_were_promised(name: str) -> None:
    checked = check_scores(SPECS[name], cases(traces()), root=Path())
    scored = score_rows(SPECS[name], traces(), day=DAY, checked=checked).scores
    assert outlook_of(name).measurable == scored["score"].notna().sum()
    missing = scored.loc[scored["score"].isna(), "missing_reason"].value_counts().to_dict()
    assert outlook_of(name).reasons == missing


@pytest.mark.parametrize("name", sorted(name for name, spec in SPECS.items() if spec.judge is not None))
def test_a_judged_dimension_may_ask_about_every_trace_of_its_frame(name: str) -> None:
    frame = frame_of(SPECS[name], traces(), check_failures={})
    assert outlook_of(name).measurable == (frame == ELIGIBLE).sum()
    assert outlook_of(name).traces == len(traces()) == 48


def test_every_reason_is_a_word_that_can_be_looked_up() -> None:
    words = {word for name in SPECS for word in outlook_of(name).reasons}
    assert words
    assert words <= {str(reason) for reason in Reason}


def test_outlooks_of_several_days_add_up() -> None:
    total = Outlook()
    for _ in range(2):
        total.add(outlook_of("tone"))
    assert total.measurable == 2 * outlook_of("tone").measurable


def test_no_traces_are_no_mistake() -> None:
    for name in SPECS:
        empty = outlook(SPECS[name], traces().iloc[:0], [], root=Path())
        assert (empty.traces, empty.measurable) == (0, 0)
