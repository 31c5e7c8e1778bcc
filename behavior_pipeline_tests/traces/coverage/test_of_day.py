from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pandas as pd
import pytest

from behavior_pipeline.tables.rows import RowWriter
from behavior_pipeline.tables.traces import COVERAGE, INGESTED, NOT_CONSENTED
from behavior_pipeline.traces.coverage.of_day import arrivals_sql, coverage_of_day, seen_of
from behavior_pipeline.traces.day_rows import BUILT

DAY = date(2026, 3, 2)
SEGMENT = "customer.segment"
FILES = [(DAY + timedelta(days=n), f"{n}.jsonl", "dumps") for n in range(3)]


def trace(number: int, **changes: Any) -> dict[str, Any]:
    row = {
        "trace_id": f"t{number}", "conversation_id": None, "slices": '{"customer.segment":"smb"}',
        "unmeasurable": "{}", "has_root": True, "role": "production", "dialect": "genai",
        "n_model_calls": 1, "n_failed_calls": 0,
    }  # fmt: skip
    filled = dict.fromkeys(("input_text", "output_text", "documents", "tool_calls"), "x")
    return row | filled | {"input_tokens": 1, "cost_usd": 0.1, "duration_ms": 5.0} | changes


def span(trace_id: str, number: int, parent: int | None = None, **changes: Any) -> dict[str, Any]:
    row = {
        "trace_id": trace_id, "span_id": f"s{number}", "operation": "chat", "input_messages": None,
        "parent_span_id": None if parent is None else f"s{parent}",
    }  # fmt: skip
    return row | changes


def covered(
    traces: list[dict[str, Any]],
    spans: Sequence[dict[str, Any]] = (),
    **given: Any,
) -> pd.DataFrame:
    base = {
        "ingested": INGESTED.empty(), "not_consented": NOT_CONSENTED.empty(), "late_spans": 0,
        "arrivals": pd.DataFrame({"dialect": [], "spans": [], "behind": []}),
    }  # fmt: skip
    with TemporaryDirectory() as folder:
        with RowWriter(Path(folder) / "traces.parquet", BUILT) as writer:
            for row in traces:
                its_spans = [one for one in spans if one["trace_id"] == row["trace_id"]]
                writer.add(dict.fromkeys(BUILT.names) | row | seen_of(its_spans))
        rows = coverage_of_day(DAY, traces=writer.rows(), **(base | given))
    return COVERAGE.validate(rows).set_index(["field", "slice_value", "dialect"]).sort_index()


def counts(rows: pd.DataFrame, field: str, value: str = "all", dialect: str = "all") -> list[float]:
    return rows.loc[(field, value, dialect), ["expected", "seen"]].tolist()


def test_each_dialect_has_rows_beside_those_over_all_and_they_add_up() -> None:
    rows = covered([trace(1), trace(2, dialect="vercel", documents=None), trace(3, dialect="vercel")])
    assert counts(rows, "documents") == [3, 2]
    assert counts(rows, "documents", dialect="genai") == [1, 1]
    assert counts(rows, "documents", dialect="vercel") == [2, 1]
    assert counts(rows, "documents", "smb", "vercel") == [2, 1]


def test_a_trace_without_a_dialect_stands_in_the_rows_over_all() -> None:
    rows = covered([trace(1, dialect=None), trace(2)])
    assert counts(rows, "texts") == [2, 2] and counts(rows, "texts", dialect="genai") == [1, 1]


def test_tokens_are_expected_of_answered_calls_only() -> None:
    failed = trace(1, n_failed_calls=1, input_tokens=None, cost_usd=None)
    uncalled = trace(2, n_model_calls=0, input_tokens=None, cost_usd=None)
    rows = covered([failed, uncalled, trace(3), trace(4, input_tokens=None)])
    assert counts(rows, "input_tokens") == [2, 1]
    assert counts(rows, "model_calls") == [4, 3]


def test_text_free_traces_are_counted_where_their_texts_are_missing() -> None:
    free = trace(1, input_text=None, unmeasurable='{"input_text":"text_free","output_text":"text_free"}')
    silent = trace(2, output_text=None, unmeasurable='{"output_text":"no_output"}')
    rows = covered([free, silent, trace(3)])
    assert counts(rows, "texts") == [3, 2]
    assert rows.loc[("texts", "all", "all"), "text_free"] == 1
    assert rows.loc[("output_text", "all", "all"), "text_free"] == 1


def test_what_was_not_consented_is_expected_over_all_dialects() -> None:
    refused = pd.DataFrame(
        [(DAY, "all", "all", 2, 9), (DAY, SEGMENT, "smb", 2, 9)], columns=list(NOT_CONSENTED.columns)
    )
    rows = covered([trace(1)], not_consented=refused)
    assert counts(rows, "texts") == [3, 1] and rows.loc[("texts", "smb", "all"), "not_consented"] == 2
    assert counts(rows, "texts", dialect="genai") == [1, 1]


def test_a_calibration_set_is_no_traffic() -> None:
    assert counts(covered([trace(1), trace(2, role="calibration")]), "texts") == [1, 1]


def test_parents_that_are_named_and_not_there_are_missed_by_slice_and_dialect() -> None:
    spans = [span("t1", 1), span("t1", 2, 1), span("t1", 3, 9), span("t2", 4, 8, operation="other")]
    rows = covered([trace(1), trace(2, dialect="vercel", slices="{}")], spans)
    assert counts(rows, "spans_by_parent") == [3, 1]
    assert counts(rows, "spans_by_parent", "smb", "genai") == [2, 1]
    assert counts(rows, "spans_by_parent", dialect="vercel") == [1, 0]


@pytest.mark.parametrize("redactions", [{}, {"redactions": None}])
def test_spans_that_say_nothing_of_redactions_count_none(redactions: dict[str, Any]) -> None:
    rows = covered([trace(1)], [span("t1", 1, **redactions)])
    assert rows["redacted"].sum() == 0


def test_redactions_are_summed_over_a_trace_and_its_dialect() -> None:
    spans = [
        span("t1", 1, redactions='{"EMAIL_ADDRESS":2,"PERSON":1}'),
        span("t1", 2, redactions=None),
        span("t2", 3, redactions='{"PERSON":4}'),
    ]
    rows = covered([trace(1), trace(2, dialect="vercel")], spans)
    assert rows.loc[("texts", "all", "all"), "redacted"] == 7
    assert rows.loc[("texts", "all", "genai"), "redacted"] == 3
    assert rows.loc[("records", "all", "all"), "redacted"] == 7


class TestArrivals:
    """Spans that came on a later day than their trace began, but for the whole copy of a cut line."""

    def arrivals(
        self,
        spans: list[tuple[int, str, int]],
        refused: Sequence[tuple[int, int, str]] = (),
    ) -> dict[date, tuple[int, int]]:
        """Return day -> (spans, behind) of (day number, trace, line), refused being (day, line, reason)."""
        with duckdb.connect() as lake:
            lake.execute("CREATE SCHEMA content; CREATE SCHEMA analysis")
            lake.execute("CREATE TABLE analysis.dump_files (day DATE, file VARCHAR, source VARCHAR)")
            lake.execute(
                "CREATE TABLE analysis.quarantine (day DATE, file VARCHAR, line INT, reason VARCHAR)"
            )
            lake.execute(
                "CREATE TABLE content.spans"
                " (day DATE, file VARCHAR, trace_id VARCHAR, line INT, dialect VARCHAR)"
            )
            lake.executemany("INSERT INTO analysis.dump_files VALUES (?, ?, ?)", FILES)
            for n, line, reason in refused:
                lake.execute(
                    "INSERT INTO analysis.quarantine VALUES (?, ?, ?, ?)", [*FILES[n][:2], line, reason]
                )
            for n, trace_id, line in spans:
                lake.execute(
                    "INSERT INTO content.spans VALUES (?, ?, ?, ?, 'genai')",
                    [*FILES[n][:2], trace_id, line],
                )
            rows = lake.execute(arrivals_sql(), {"first": DAY, "last": DAY + timedelta(days=2)}).df()
        return {day.date(): (int(n), int(late)) for day, n, late in
                rows[["day", "spans", "behind"]].itertuples(index=False, name=None)}  # fmt: skip

    def test_a_span_of_a_trace_that_began_before_is_behind(self) -> None:
        arrived = self.arrivals([(0, "a", 1), (1, "a", 2), (1, "b", 3)])
        assert arrived == {DAY: (1, 0), DAY + timedelta(days=1): (2, 1)}

    def test_the_whole_copy_of_a_cut_line_is_not_behind(self) -> None:
        spans = [(0, "a", 1), (1, "a", 1), (1, "a", 2)]
        assert self.arrivals(spans, [(0, 2, "invalid_json")])[DAY + timedelta(days=1)] == (2, 1)

    @pytest.mark.parametrize(("line", "reason"), [(1, "invalid_json"), (9, "bad_trace_id")])
    def test_another_bad_line_excuses_nothing(self, line: int, reason: str) -> None:
        spans = [(0, "a", 2), (1, "a", 1)]
        assert self.arrivals(spans, [(0, line, reason)])[DAY + timedelta(days=1)] == (1, 1)
