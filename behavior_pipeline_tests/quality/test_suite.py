"""The suite on frames made by hand: each expectation fails on the row that breaks it, and on no other one."""

import json
import os
import socket
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.dimensions.folder import load_dimensions
from behavior_pipeline.quality.expectations import KEYS, expectations
from behavior_pipeline.quality.frames import RELATIONS
from behavior_pipeline.quality.pages import make_self_contained, write_index, write_week
from behavior_pipeline.quality.suite import check_week
from behavior_pipeline.tables.quality import QUALITY_RESULTS

WEEK = date(2026, 3, 2)
DAY = pd.Timestamp(WEEK)
EXPECTED = expectations(load_dimensions({}))
GOOD: dict[str, dict[str, Any]] = {
    "days": {"day": DAY, "files": 1, "spans": 90, "traces": 30, "newest_age_days": 0, "spans_at_least": 60.0,
             "traces_at_least": 20.0, "oldest_age_days": 0},
    "shares": {"name": "filled model", "value": 0.9, "at_least": 0.6, "at_most": 1.1},
    "spans": {"day": DAY, "trace_id": "t1", "span_id": "s1", "operation": "chat", "status": "ok",
              "role": "production", "dialect": "genai", "sampling_weight": 1.0,
              "duration_s": 2.0, "input_tokens": 5, "output_tokens": 5, "cached_tokens": None,
              "reasoning_tokens": None},
    "traces": {"day": DAY, "trace_id": "t1", "role": "production", "dialect": "genai", "duration_s": 2.0,
               "n_model_calls": 1, "n_failed_calls": 0, "cost_usd": 0.1, "cost_or_reason": True,
               "sampling_weight": 1.0, "days_built": 1},
    "scores": {"day": DAY, "trace_id": "t1", "dimension": "tone", "score": 1.0, "missing_reason": None,
               "score_or_reason": True, "judge_label": "on_brand", "weight": 1.0},
    "references": dict.fromkeys(RELATIONS),
}  # fmt: skip
TYPES = {int: "Int64", float: "Float64", str: "string", bool: "boolean"}
# What breaks each expectation: the changes of a second row.
BREAKS: list[tuple[str, str, dict[str, Any]]] = [
    ("a day's spans are not far below its weekday's", "days", {"spans": 59}),
    ("a day's traces are not far below its weekday's", "days", {"traces": 19}),
    ("a day has dump files", "days", {"files": 0}),
    ("a day has a newest span", "days", {"newest_age_days": None}),
    ("a day's newest span is as new as usual (no stale day)", "days", {"newest_age_days": 1}),
    ("a day stands once", "days", {"day": DAY}),
    ("no share or median is far below the weeks before", "shares", {"value": 0.5}),
    ("no share or median is far above the weeks before", "shares", {"value": 1.2}),
    ("operation is a known word", "spans", {"operation": "dance"}),
    ("status is a known word", "spans", {"status": "fine"}),
    ("role is a known word", "spans", {"role": "rehearsal"}),
    ("dialect is a known word", "spans", {"dialect": "esperanto"}),
    ("spans last between 0 s and a week", "spans", {"duration_s": -1.0}),
    *((f"{name} of a span are a count", "spans", {name: 10**9})
      for name in ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens")),
    ("spans weigh 1 or more", "spans", {"sampling_weight": 0.5}),
    ("a span stands once a day", "spans", {"span_id": "s1"}),
    ("traces last between 0 s and a week", "traces", {"duration_s": 1e9}),
    ("cost is an amount", "traces", {"cost_usd": -0.1}),
    ("cost is known or has a reason", "traces", {"cost_or_reason": False}),
    ("no more calls failed than there were", "traces", {"n_failed_calls": 2}),
    ("a trace's dialect is a known word", "traces", {"dialect": "esperanto"}),
    ("a trace is built on one day", "traces", {"days_built": 2}),
    ("a trace stands once", "traces", {"trace_id": "t1"}),
    ("a score lies between 0 and 1", "scores", {"score": 1.5}),
    ("a score is known or has a reason", "scores", {"score_or_reason": False}),
    ("a reason is a known word", "scores", {"missing_reason": "whatever"}),
    ("scores weigh more than 0", "scores", {"weight": 0.0}),
    ("a judge's label is of its scale", "scores", {"judge_label": "faithful"}),
    ("a trace has one score a dimension", "scores", {"trace_id": "t1"}),
    *((f"no {name.replace('_', ' ')}", "references", {name: "t9"}) for name in RELATIONS),
]  # fmt: skip
ANOTHER = {
    "days": {"day": DAY + pd.Timedelta(days=1)}, "shares": {"name": "filled feature"},
    "spans": {"span_id": "s2"}, "traces": {"trace_id": "t2"}, "scores": {"trace_id": "t2"}, "references": {},
}  # fmt: skip


def frames(*, empty: bool = False, **changes: dict[str, Any]) -> dict[str, pd.DataFrame]:
    """Return two rows a frame, the second one changed."""
    frames_by_name = {}
    for name, good in GOOD.items():
        rows = pd.DataFrame([good, {**good, **ANOTHER[name], **changes.get(name, {})}])
        for column in rows:
            values = [value for value in rows[column] if value is not None and not pd.isna(value)]
            kind = TYPES.get(type(values[0])) if values else "string"
            rows[column] = rows[column].astype(kind) if kind else rows[column]
        frames_by_name[name] = rows.iloc[:0] if empty else rows
    return frames_by_name


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    """Return what the suite says when each expectation is broken, one run for as many as break alone."""
    return {
        name: check_week(WEEK, frames(**{frame: changes}), [e for e in EXPECTED if e.frame == frame],
                         docs=tmp_path_factory.mktemp("docs"))
        for name, frame, changes in BREAKS
    }  # fmt: skip


def test_every_expectation_has_a_row_that_breaks_it() -> None:
    assert [name for name, *_ in BREAKS] == [entry.name for entry in EXPECTED]
    assert len({entry.name for entry in EXPECTED}) == len(EXPECTED)
    assert {entry.frame for entry in EXPECTED} == set(KEYS)


def test_good_rows_pass_and_so_do_no_rows(tmp_path: Path) -> None:
    for number, of_week in enumerate((frames(), frames(empty=True))):
        rows = check_week(WEEK, of_week, EXPECTED, docs=tmp_path / str(number))
        assert rows["passed"].all(), rows.loc[~rows["passed"], "name"].tolist()
        assert QUALITY_RESULTS.validate(rows).shape[0] == len(EXPECTED)


@pytest.mark.parametrize(("name", "frame", "changes"), BREAKS, ids=[entry[0] for entry in BREAKS])
def test_one_bad_row_fails_its_expectation_alone(
    broken: dict[str, pd.DataFrame], name: str, frame: str, changes: dict[str, Any]
) -> None:
    rows = broken[name].set_index("name")
    assert set(rows.index[~rows["passed"]]) == {name}
    assert rows.loc[name, "unexpected"] >= 1 and json.loads(rows.loc[name, "examples"])


def test_nothing_is_sent_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was asked for")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    assert check_week(WEEK, frames(), EXPECTED, docs=tmp_path)["passed"].all()
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"


def test_labels_with_signs_of_markup_are_still_those_of_the_scale(tmp_path: Path) -> None:
    signs = load_dimensions({"tone": {"scale": {"kind": "binary", "labels": {"<3": 1, "a & b": 0}}}})
    of_week = frames(scores={"judge_label": "<3"})
    of_week["scores"].loc[0, "judge_label"] = "a & b"
    entries = [entry for entry in expectations(signs) if entry.frame == "scores"]
    assert check_week(WEEK, of_week, entries, docs=tmp_path)["passed"].all()


class TestPages:
    @pytest.fixture(scope="class")
    def folder(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        folder = tmp_path_factory.mktemp("quality")
        week = folder / str(WEEK)
        of_week = frames(references={"sample_without_trace": "<b>t9</b>"})
        results = check_week(WEEK, of_week, EXPECTED, docs=week)
        make_self_contained(week)
        write_week(week, WEEK, results)
        write_index(folder, results)
        return folder

    def test_no_page_loads_or_runs_anything(self, folder: Path) -> None:
        pages = [path.read_text() for path in folder.rglob("*.html")]
        assert len(pages) > len(KEYS)
        for page in pages:
            low = page.lower()
            assert "content-security-policy" in low and "default-src 'none'" in low
            for part in ("<script", "<link", "<img", " src=", "@import", "url(", "onclick"):
                assert part not in low, part

    def test_the_index_names_what_failed_and_leads_to_the_week(self, folder: Path) -> None:
        page = (folder / "index.html").read_text()
        assert "no sample without trace" in page and f'href="{WEEK}/index.html"' in page
        assert 'href="../index.html"' in page

    def test_the_week_tells_each_expectation_and_leads_to_its_data_docs(self, folder: Path) -> None:
        page = (folder / str(WEEK) / "index.html").read_text()
        assert page.count("<tr") == len(EXPECTED) + 1
        linked = [part.split('"')[0] for part in page.split('href="')[1:]]
        assert all(
            (folder / str(WEEK) / target).is_file() for target in linked if not target.startswith("..")
        )

    def test_values_are_no_markup(self, folder: Path) -> None:
        pages = [path.read_text() for path in folder.rglob("*.html")]
        assert sum("b\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}t9" in page for page in pages) > 1
        assert not any("<b>t9" in page for page in pages)
