from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from behavior_pipeline.dumps.day_files import Dumps, list_dumps
from behavior_pipeline.dumps.locations import Folder
from behavior_pipeline.errors import InputError
from behavior_pipeline.provenance.digests import file_digest
from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Source
from behavior_pipeline.spans.day.parse_day import parse_day
from behavior_pipeline_tests.spans.world import DAY, dump, parse, reading, request, span, traces_of


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
    spans_by_day = {}
    for number in range(-1, 12):
        rows = traces_of(days, day(number))
        if len(rows):
            spans_by_day[number] = int(rows["n_spans"].iloc[0])
    return spans_by_day


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


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


def listed(root: Path, *sources: Source, **known: date) -> Dumps:
    stores = [(source, Folder(root / source.root, source=source.name)) for source in sources or [Source()]]
    days = {digest: (day,) for digest, day in known.items()}
    return list_dumps(stores, known=days, max_line_bytes=1 << 26)


def names_of(dumps: Dumps, day: date) -> list[str]:
    with dumps.of(day) as files:
        assert all(file.path.name == file.name.rpartition("/")[2] for file in files)
        return [file.name for file in files]


def test_files_belong_to_the_day_that_their_path_names(tmp_path: Path) -> None:
    dumps = tmp_path / "dumps"
    (dumps / DAY.isoformat()).mkdir(parents=True)
    dump(dumps / DAY.isoformat() / "tráces 日本 (1).jsonl", request(span()))
    dump(dumps / f"{DAY}.otlp.jsonl.gz", request(span(number=2)))
    dump(dumps / f"{day(1)}.jsonl", request(span(number=3)))
    dump(dumps / "undated.jsonl", request(span(number=4)))
    dumps_listed = listed(tmp_path)
    assert names_of(dumps_listed, DAY) == [f"{DAY}/tráces 日本 (1).jsonl", f"{DAY}.otlp.jsonl.gz"]
    assert dumps_listed.days == [date(2001, 9, 9), DAY, day(1)]
    assert names_of(dumps_listed, day(2)) == []


def test_an_undated_file_belongs_to_the_day_of_its_content(tmp_path: Path) -> None:
    (tmp_path / "dumps").mkdir()
    path = dump(tmp_path / "dumps" / "export.jsonl", b"broken", request(span()))
    assert path.is_file()
    assert names_of(listed(tmp_path), date(2001, 9, 9)) == ["export.jsonl"]


def test_an_undated_file_stays_with_the_day_of_its_first_sight(tmp_path: Path) -> None:
    (tmp_path / "dumps").mkdir()
    path = dump(tmp_path / "dumps" / "export.jsonl", request(span()))
    dumps_listed = listed(tmp_path, **{file_digest(path): DAY})
    assert (names_of(dumps_listed, DAY), names_of(dumps_listed, date(2001, 9, 9))) == (["export.jsonl"], [])


def test_hidden_files_and_files_without_a_span_belong_to_no_day(tmp_path: Path) -> None:
    (tmp_path / "dumps" / ".part").mkdir(parents=True)
    dump(tmp_path / "dumps" / ".part" / "export.jsonl", request(span()))
    dump(tmp_path / "dumps" / "readme.txt", b"hello")
    assert listed(tmp_path).days == []


def test_a_missing_dump_directory_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist") as raised:
        listed(tmp_path)
    assert raised.value.remedy


def test_a_dated_path_that_no_glob_matches_goes_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "dumps" / "prod").mkdir(parents=True)
    dump(tmp_path / "dumps" / "prod" / f"{DAY}.jsonl", request(span()))
    assert listed(tmp_path).days == [date(2001, 9, 9)]


def test_sources_follow_each_other_and_keep_their_roles(tmp_path: Path) -> None:
    for number, root in enumerate(("later", "earlier")):
        (tmp_path / root).mkdir()
        dump(tmp_path / root / f"{DAY}.jsonl", request(span(number=number + 1)))
    dumps_listed = listed(
        tmp_path, Source(name="b", root="later"), Source(name="a", root="earlier", role="calibration")
    )
    with dumps_listed.of(DAY) as files:
        assert [(file.source, file.role) for file in files] == [("b", "production"), ("a", "calibration")]


def test_links_within_the_root_are_read_and_circles_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "dumps" / "other"
    folder.mkdir(parents=True)
    dump(folder / "a.jsonl", request(span()))
    (tmp_path / "dumps" / DAY.isoformat()).symlink_to(folder)
    (folder / "circle").symlink_to(tmp_path / "dumps")
    (folder / "itself").symlink_to(folder / "itself")
    assert names_of(listed(tmp_path), DAY) == [f"{DAY}/a.jsonl"]


def test_a_root_that_is_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    dump(tmp_path / "elsewhere" / f"{DAY}.jsonl", request(span()))
    (tmp_path / "dumps").symlink_to(tmp_path / "elsewhere")
    assert names_of(listed(tmp_path), DAY) == [f"{DAY}.jsonl"]


def test_links_out_of_the_root_are_named_and_never_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    dump(tmp_path / "secret" / "a.jsonl", request(span()))
    (tmp_path / "dumps" / str(DAY)).mkdir(parents=True)
    (tmp_path / "dumps" / str(DAY) / "folder").symlink_to(tmp_path / "secret")
    (tmp_path / "dumps" / f"{DAY}.jsonl").symlink_to(tmp_path / "secret" / "a.jsonl")
    (tmp_path / "dumps" / "undated").symlink_to(tmp_path / "secret")
    with listed(tmp_path).of(DAY) as files:
        assert [(file.name, file.leads_out) for file in files] == [
            (f"{DAY}/folder", True), (f"{DAY}.jsonl", True),
        ]  # fmt: skip
        parsed = parse_day(files, DAY, reading())
    assert len(parsed.spans) == 0
    assert parsed.quarantine.frame()["reason"].tolist() == [Reason.LINK_OUT] * 2
    assert parsed.ingested["quarantined"].tolist() == [1, 1]
