"""A CSV of recorded verdicts: what of it counts, and which lines do not."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from behavior_pipeline.errors import InputError
from behavior_pipeline.judging.recorded.file import RecordedFile, recorded_file
from behavior_pipeline.judging.recorded.verdict import Recorded
from behavior_pipeline.reasons import Reason

HEADER = (
    "trace_id,dimension,judge_version,label,score,rationale,response_model,cost_usd,latency_ms,answered_at"
)


def read(path: Path, *lines: str, header: str = HEADER, **columns: str) -> RecordedFile:
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return recorded_file(path, columns)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "judges.csv"


def test_every_column_is_read(path: Path) -> None:
    recorded = read(path, 'AB01,tone,v1,good,0.75,"polite, plain",m-1,0.002,150,2026-03-02T10:00:00+02:00')
    assert recorded.verdicts == {
        ("tone", "v1", "ab01"): Recorded(
            "good", 0.75, "polite, plain", "m-1", 0.002, 150.0, datetime(2026, 3, 2, 8, tzinfo=UTC)
        )
    }
    assert (recorded.rows, recorded.problems, recorded.versions) == (1, (), {"tone": {"v1"}})


def test_columns_may_have_other_names(path: Path) -> None:
    recorded = read(
        path, "t1,tone,v1,1", header="id,metric,judge,points",
        trace_id="id", dimension="metric", judge_version="judge", score="points",
    )  # fmt: skip
    assert recorded.verdicts == {("tone", "v1", "t1"): Recorded(score=1.0)}


@pytest.mark.parametrize("score", ["high", "nan", "inf", "-inf", "1,5", "0x1", "1e999"])
def test_a_score_that_is_no_finite_number_is_missing_and_named_by_line(path: Path, score: str) -> None:
    recorded = read(path, "t1,tone,v1,,1,,,,,", f't2,tone,v1,,"{score}",,,,,')
    assert recorded.verdicts["tone", "v1", "t2"].reason is Reason.JUDGE_MALFORMED
    assert recorded.verdicts["tone", "v1", "t2"].score is None
    assert [(problem.line, problem.why) for problem in recorded.problems] == [
        (3, "score is no finite number")
    ]
    assert score not in repr(recorded.problems)


def test_a_row_that_says_nothing_is_missing_not_zero(path: Path) -> None:
    recorded = read(path, "t1,tone,v1,,,never answered,,,,")
    assert recorded.verdicts["tone", "v1", "t1"].reason is Reason.JUDGE_MALFORMED
    assert recorded.verdicts["tone", "v1", "t1"].score is None


def test_two_verdicts_of_one_version_on_one_trace_count_neither_way(path: Path) -> None:
    recorded = read(path, "t1,tone,v1,good,,,,,,", "t1,tone,v1,bad,,,,,,", "t1,tone,v1,good,,,,,,")
    assert recorded.verdicts["tone", "v1", "t1"] == Recorded(reason=Reason.RECORDED_TWICE)
    assert [problem.line for problem in recorded.problems] == [3, 4]


def test_the_same_verdict_again_and_other_versions_are_no_contradiction(path: Path) -> None:
    recorded = read(
        path, "t1,tone,v1,good,,why,,,,", "t1,tone,v1,good,,else,,,,", "t1,tone,v2,bad,,,,,,",
        "t1,style,v1,bad,,,,,,",
    )  # fmt: skip
    assert {key: verdict.label for key, verdict in recorded.verdicts.items()} == {
        ("tone", "v1", "t1"): "good", ("tone", "v2", "t1"): "bad", ("style", "v1", "t1"): "bad",
    }  # fmt: skip
    assert recorded.problems == ()


@pytest.mark.parametrize(
    ("line", "absent"),
    [(",tone,v1,good", "trace_id"), ("t1,,v1,good", "dimension"), ("t1,tone,,good", "judge_version")],
)
def test_a_row_that_cannot_be_placed_is_kept_out(path: Path, line: str, absent: str) -> None:
    recorded = read(path, line, "t2,tone,v1,good,,,,,,")
    assert list(recorded.verdicts) == [("tone", "v1", "t2")]
    assert [(problem.line, problem.why) for problem in recorded.problems] == [(2, f"{absent} is empty")]


def test_an_unreadable_cost_or_date_is_unknown_and_the_verdict_stays(path: Path) -> None:
    recorded = read(path, "t1,tone,v1,good,,,,-3,soon,yesterday")
    assert recorded.verdicts["tone", "v1", "t1"] == Recorded("good")
    assert len(recorded.problems) == 3


def test_a_line_is_counted_as_an_editor_does_where_a_rationale_has_several(path: Path) -> None:
    recorded = read(path, 't1,tone,v1,good,,"one\ntwo\nthree",,,,', "t2,tone,v1,,x,,,,,")
    assert [problem.line for problem in recorded.problems] == [5]


def test_a_longer_rationale_than_csv_allows_by_default_is_read(path: Path) -> None:
    recorded = read(path, f"t1,tone,v1,good,,{'x' * 200_000},,,,")
    assert len(recorded.verdicts["tone", "v1", "t1"].rationale or "") == 200_000


def test_a_file_is_read_again_once_it_changed(path: Path) -> None:
    assert len(read(path, "t1,tone,v1,good,,,,,,").verdicts) == 1
    assert len(read(path, "t1,tone,v1,good,,,,,,", "t2,tone,v1,good,,,,,,").verdicts) == 2


@pytest.mark.parametrize("header", ["trace_id,dimension,label", "trace_id,dimension,judge_version", ""])
def test_a_file_without_the_columns_is_refused_with_what_it_has(path: Path, header: str) -> None:
    with pytest.raises(InputError, match="has no column for"):
        read(path, "t1,tone,v1", header=header)


def test_a_file_that_is_missing_or_no_utf8_is_one_clear_error(path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        recorded_file(path, {})
    path.write_bytes(f"{HEADER}\nt1,tone,v1,g\xfct".encode("latin-1"))
    with pytest.raises(InputError, match="cannot be read as a UTF-8 CSV"):
        recorded_file(path, {})
