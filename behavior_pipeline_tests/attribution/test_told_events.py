import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.attribution.told_events import events_in_csv, told_events
from behavior_pipeline.errors import InputError

HEADER = "at,kind,name,detail\n"


def test_time_is_kept_in_utc() -> None:
    events = events_in_csv(
        HEADER + "2026-03-05T14:30+01:00,deploy,web-7,by night\n2026-03-06,outage,cloud,\n"
    )
    assert list(events.rows["at"]) == [
        pd.Timestamp("2026-03-05T13:30Z"),
        pd.Timestamp("2026-03-06T00:00Z"),
    ]
    assert events.without_zone == [3]
    assert list(events.rows["detail"].isna()) == [False, True]
    assert events.problems == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("yesterday,deploy,web-7,", "at: is no time"),
        ("2026-03-05T25:00,deploy,web-7,", "at: is no time"),
        ("0026-03-05,deploy,web-7,", "before the year 2000"),
        ("2026-03-05,,web-7,", "has no kind"),
        ("2026-03-05", "has no kind and no name"),
        ("2026-03-05,deploy,a\x1b[31mb,", "name: holds control signs"),
        ("2026-03-05,deploy,a\udcffb,", "name: holds control signs"),
        (f"2026-03-05,{'d' * 41},web-7,", "kind: is longer than 40"),
        ("2026-03-05,deploy,web-7,,,", "has 6 cells"),
        ('2026-03-05,deploy,"web"-7,', "is no CSV"),
    ],
)
def test_bad_row_is_named_and_the_others_are_kept(row: str, problem: str) -> None:
    events = events_in_csv(f"{HEADER}2026-03-01,deploy,good,\n{row}\n2026-03-09,deploy,good,\n")
    assert len(events.rows) == 2
    ((line, words),) = events.problems
    assert line == 3
    assert problem in words


def test_columns_are_found_by_their_names() -> None:
    events = events_in_csv("\ufeffName;AT;kind\nweb-7;2026-03-05T14:30Z;deploy\n\n")
    assert events.rows.iloc[0][["kind", "name"]].tolist() == ["deploy", "web-7"]


@pytest.mark.parametrize("text", ["", "\n", "kind,name\na,b\n", '"at,kind,name\n'])
def test_file_without_a_header_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="does not name the columns"):
        events_in_csv(text)


def test_last_of_two_with_one_key_counts() -> None:
    record = {"at": "2026-03-05T13:30Z", "kind": "deploy", "name": "web-7"}
    later = {**record, "at": "2026-03-05T14:30+01:00", "detail": "more"}
    assert list(told_events([(1, record), (2, later)]).rows["detail"]) == ["more"]


@given(st.lists(st.tuples(*[st.text(max_size=12)] * 4), max_size=6))
def test_every_record_is_a_row_or_a_problem(cells: list[tuple[str, str, str, str]]) -> None:
    names = ("at", "kind", "name", "detail")
    records = [(line, dict(zip(names, row, strict=True))) for line, row in enumerate(cells)]
    good = (len(records), {"at": "2026-03-05", "kind": "deploy", "name": "w"})
    events = told_events([*records, good])
    assert len(events.problems) + len(events.rows) <= len(records) + 1
    assert {line for line, _ in events.problems} >= {
        line for line, record in records if not record["kind"].strip()
    }
