from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from behavior_pipeline.errors import InputError
from behavior_pipeline.settings.model import Source
from behavior_pipeline.traces.days import content_day, dated_days, dump_files, undated_files
from behavior_pipeline_tests.traces.world import DAY, dump, parse, request, span, traces_of


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def built(
    tmp_path: Path, arrivals: dict[int, list[tuple[int, int | None]]], trace: int = 1
) -> dict[int, int]:
    """Return day number -> number of spans of the trace built there, for arrivals day -> [(span, parent)]."""
    days = []
    for number, spans in arrivals.items():
        path = dump(tmp_path / f"{number}.jsonl", request(*(span(trace, n, parent) for n, parent in spans)))
        days.append((day(number), parse([path], day(number)).spans))
    found = {}
    for number in range(-1, 12):
        rows = traces_of(days, day(number))
        if len(rows):
            found[number] = int(rows["n_spans"].iloc[0])
    return found


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        ({0: [(1, None), (2, 1)]}, {0: 2}),
        ({0: [(2, 1)], 1: [(1, None)]}, {1: 2}),
        ({0: [(1, None)], 1: [(2, 1)]}, {0: 1}),
        ({0: [(2, 1)], 1: [(3, 1)]}, {2: 2}),
        ({0: [(2, 1)], 3: [(1, None)]}, {2: 1}),
        ({0: [(2, 1)], 5: [(1, None)], 6: [(3, 1)]}, {2: 1}),
    ],
    ids=["same day", "root a day later", "child too late", "orphan", "root after the window", "long after"],
)
def test_a_trace_is_built_once_on_the_day_its_spans_decide(
    tmp_path: Path, arrivals: dict[int, list[tuple[int, int | None]]], expected: dict[int, int]
) -> None:
    assert built(tmp_path, arrivals) == expected


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    arrivals=st.dictionaries(
        st.integers(0, 7),
        st.lists(st.tuples(st.integers(1, 6), st.none() | st.just(1)), min_size=1, max_size=2),
        min_size=1,
        max_size=4,
    )
)
def test_any_arrival_builds_the_trace_exactly_once(
    tmp_path: Path, arrivals: dict[int, list[tuple[int, int | None]]]
) -> None:
    assert len(built(tmp_path, arrivals)) == 1


def test_files_belong_to_the_day_that_their_path_names(tmp_path: Path) -> None:
    dumps = tmp_path / "dumps"
    (dumps / DAY.isoformat()).mkdir(parents=True)
    dump(dumps / DAY.isoformat() / "tráces 日本 (1).jsonl", request(span()))
    dump(dumps / f"{DAY}.otlp.jsonl.gz", request(span(number=2)))
    dump(dumps / f"{day(1)}.jsonl", request(span(number=3)))
    dump(dumps / "undated.jsonl", request(span(number=4)))
    found = dump_files(DAY, [Source()], data_root=tmp_path, undated={})
    assert {file.name for file in found} == {f"{DAY}.otlp.jsonl.gz", f"{DAY}/tráces 日本 (1).jsonl"}
    assert dated_days([Source()], tmp_path) == [DAY, day(1)]


def test_an_undated_file_belongs_to_the_day_of_its_content(tmp_path: Path) -> None:
    (tmp_path / "dumps").mkdir()
    path = dump(tmp_path / "dumps" / "export.jsonl", b"broken", request(span()))
    assert content_day(path, 1 << 26) == date(2001, 9, 9)


def test_a_missing_dump_directory_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist") as raised:
        dump_files(DAY, [Source()], data_root=tmp_path, undated={})
    assert raised.value.remedy


def test_a_dated_path_that_no_glob_matches_goes_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "dumps" / "prod").mkdir(parents=True)
    path = dump(tmp_path / "dumps" / "prod" / f"{DAY}.jsonl", request(span()))
    assert [file.path for file in undated_files(tmp_path / "dumps", Source())] == [path]
