from datetime import UTC, date, datetime

import pytest

from behavior_pipeline.labels.validate import moment
from behavior_pipeline_tests.labels.reading import GOOD, HEADER, read

WIDE = "trace_id,dimension,label,labelled_at,annotator,role,inclusion_probability,stratum\n"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("a1,tone,on_brand,2026-03-04,,,,", "annotator is empty"),
        ("a1,tone,,2026-03-04,ana,,,", "label is empty"),
        (",tone,on_brand,2026-03-04,ana,,,", "trace_id is empty"),
        ("a1,latency,fast,2026-03-04,ana,,,", "label is not one of latency's: a number from 0 to 1"),
        ("a1,tone,on_brand,2026-04-03,ana,,,", "labelled_at lies in the future"),
        ("a1,tone,on_brand,04.03.2026,ana,,,", "labelled_at is no date"),
        ("a1,tone,on_brand,2026-02-30,ana,,,", "labelled_at is no date"),
        ("a1,tone,on_brand,0001-01-01,ana,,,", "labelled_at is no date"),
        ("a1,tone,on_brand,2026-03-04,ana,boss,,", "role is not one of"),
        ("a1,tone,on_brand,2026-03-04,ana,,0,", "inclusion_probability is not in"),
        ("a1,tone,on_brand,2026-03-04,ana,,nan,", "inclusion_probability is not in"),
        ("a1,tone,on_brand,2026-03-04,ana,,half,", "inclusion_probability is no number"),
        ("a1,tone,on_brand,2026-03-04,ana,,,a\x00b", "stratum holds"),
        ("a1,tone,on_brand,2026-03-04,a\u2028b,,,", "annotator holds a control character"),
    ],
)
def test_a_bad_row_is_kept_out_with_its_first_fault(row: str, why: str) -> None:
    rows, problems, _ = read(WIDE + "b2,tone,off_brand,2026-03-04,ben,fresh,0.5,x\n" + row + "\n")
    assert rows["trace_id"].tolist() == ["b2"]
    assert [problem.place for problem in problems] == ["line 3"]
    assert problems[0].why.startswith(why)


def test_without_a_column_for_it_nobody_is_named() -> None:
    rows, _, _ = read("trace_id,dimension,label,labelled_at\na1,tone,on_brand,2026-03-04\n")
    assert rows["annotator"].tolist() == ["unknown"]


def test_an_absent_value_can_be_given_a_word() -> None:
    rows, _, _ = read(HEADER + GOOD.replace("ana", ""), values={"annotator": {"": "experts"}})
    assert rows["annotator"].tolist() == ["experts"]


def test_tomorrow_may_have_begun_elsewhere() -> None:
    assert len(read(HEADER + GOOD.replace("2026-03-04", "2026-04-02"))[0]) == 1


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-03-04", (date(2026, 3, 4), None)),
        ("2026-03-04T00:00:00Z", (date(2026, 3, 4), None)),
        ("2026-03-04 10:30", (date(2026, 3, 4), datetime(2026, 3, 4, 10, 30, tzinfo=UTC))),
        ("2026-03-04T23:30:00-05:00", (date(2026, 3, 5), datetime(2026, 3, 5, 4, 30, tzinfo=UTC))),
        ("2026-03-04 and so on", None),
        ("2026-W10-3", None),
        ("9999-12-31T23:59:59-05:00", None),
        ("", None),
    ],
)
def test_days_are_of_utc(text: str, read: object) -> None:
    assert moment(text) == read
