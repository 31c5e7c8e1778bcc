"""A day's traces on disk are those that the whole day in memory makes, whatever the size of a batch."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behavior_pipeline.redaction.pseudonym import conversation_key
from behavior_pipeline.tables.rows import Rows, RowWriter
from behavior_pipeline.tables.traces import TRACE_FACTS, TRACES
from behavior_pipeline.traces import build, day_rows
from behavior_pipeline.traces.day_rows import build_day_rows
from behavior_pipeline_tests.spans.world import RULES
from behavior_pipeline_tests.traces.rows import DAY, row, text

KEY = b"k"
ASKED = ["where is my order", "where is my  ORDER?", "cancel it", "", "  ", None]
# A turn: its conversation, when it began, what was asked, whether its root came, on how many days it came.
TURNS = st.lists(
    st.tuples(
        st.sampled_from([None, "", "one", "two"]), st.integers(0, 3), st.sampled_from(ASKED), st.booleans(),
        st.integers(1, 2),
    ),
    max_size=8,
)  # fmt: skip


def spans_of(turns: Sequence[tuple[str | None, int, str | None, bool, int]]) -> list[dict[str, Any]]:
    """Return the spans of some turns as the step reads them; a second copy says something else."""
    spans = []
    for number, (conversation, start, asked, has_root, copies) in enumerate(turns):
        common = {"trace_id": f"{number:032x}", "conversation_id": conversation, "redactions": '{"PERSON":1}'}
        at = {"start_ns": 10**18 + start, "end_ns": 10**18 + 10**9}
        call = row(2, "chat", 1, **common, **at, output_messages=text("assistant", f"answer {number}"))
        if asked is not None:
            call["input_messages"] = row(1, input_messages=text("user", asked))["input_messages"]
        later = {"day": DAY + timedelta(days=1), "output_messages": "[]", "start_ns": at["start_ns"] - 1}
        spans += [call, *([call | later] if copies > 1 else []), *([row(1, **common, **at)] * has_root)]
    order = ("trace_id", "start_ns", "span_id", "day", "file", "line")
    return sorted(spans, key=lambda span: tuple(span[name] for name in order))


def contents(rows: Rows, table: Any) -> pd.DataFrame:
    return table.validate(rows.frame(list(table.columns))).sort_values("trace_id", ignore_index=True)


def is_as_the_whole(spans: list[dict[str, Any]], folder: Path) -> None:
    built = build_day_rows(spans, DAY, RULES, key=KEY, folder=folder)
    whole = TRACES.validate(build.build_traces(spans, DAY, RULES))
    pd.testing.assert_frame_equal(contents(built.rows, TRACES), whole, check_exact=True)
    keys = [build.cluster_key(None, one, key=KEY) for one in whole["conversation_id"].replace({pd.NA: None})]
    facts = whole.assign(cluster_key=pd.array(keys, dtype="string"))[list(TRACE_FACTS.columns)]
    pd.testing.assert_frame_equal(contents(built.rows, TRACE_FACTS), TRACE_FACTS.validate(facts))
    assert built.orphaned == (~whole["has_root"].astype(bool)).sum()


@settings(deadline=None, max_examples=40)
@given(turns=TURNS, batch=st.integers(1, 3))
def test_batches_of_any_size_make_the_same_day(
    tmp_path_factory: pytest.TempPathFactory, turns: Any, batch: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RowWriter, "MAX_ROWS", batch)
        patch.setattr(day_rows, "BATCH_ROWS", batch)
        is_as_the_whole(spans_of(turns), tmp_path_factory.mktemp("day"))


def test_a_request_sent_again_in_another_batch_marks_both_traces(tmp_path: Path) -> None:
    turns = [("one", n, f"a request about matter {'xyz'[n % 3] * 9} {n}", True, 1) for n in range(2100)]
    turns += [("one", 2100, turns[-1][2], True, 1)]
    built = build_day_rows(spans_of(turns), DAY, RULES, key=KEY, folder=tmp_path)
    strict = replace(RULES, signals=RULES.signals.model_copy(update={"resubmission_similarity": 1.0}))
    strictly = build_day_rows(spans_of(turns), DAY, strict, key=KEY, folder=tmp_path)
    marked = [
        {row["trace_id"] for row in rows.frame().to_dict("records") if "resubmitted" in row["signals"]}
        for rows in (built.rows, strictly.rows)
    ]
    assert marked[1] == {f"{n:032x}" for n in (2099, 2100)} and marked[1] <= marked[0]


def test_turns_within_a_microsecond_keep_their_order(tmp_path: Path) -> None:
    turns = [
        ("one", 2, "cancel it", True, 1),
        ("one", 1, "where is it", True, 1),
        ("one", 0, "cancel it", True, 1),
    ]
    is_as_the_whole(spans_of(turns), tmp_path)


def test_who_is_alike_is_told_by_a_pseudonym(tmp_path: Path) -> None:
    built = build_day_rows(spans_of([("one", 0, "x", True, 1)]), DAY, RULES, key=KEY, folder=tmp_path)
    assert built.rows.frame(["cluster_key"])["cluster_key"].tolist() == [conversation_key("one", KEY)]


def test_a_day_without_spans_has_no_rows(tmp_path: Path) -> None:
    built = build_day_rows([], DAY, RULES, key=KEY, folder=tmp_path)
    assert len(built.rows) == 0 and built.orphaned == 0 and built.rows.frame().empty
