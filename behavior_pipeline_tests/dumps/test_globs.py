import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behavior_pipeline.dumps.globs import days_in, matches
from behavior_pipeline.errors import ConfigError
from behavior_pipeline.settings.model import Source

DAY = date(2026, 1, 5)
PARTS = st.sampled_from(["2026-01-05", "a", "b.jsonl", ".hidden", "2026-01-05.jsonl", "x-2026-01-05-y"])
NAMES = st.lists(st.lists(PARTS, min_size=1, max_size=4).map("/".join), min_size=1, max_size=4)
PATTERN_PARTS = st.sampled_from(["**", "*", "2026-01-05", "2026-01-05*", "?", "[ab]*", "*.jsonl", "a"])
PATTERNS = st.lists(PATTERN_PARTS, min_size=1, max_size=4).map("/".join)


def of_pathlib(root: Path, pattern: str) -> set[str]:
    """Return what a directory's own globbing finds; its last ** names directories only."""
    paths = {*root.glob(pattern), *(root.glob(f"{pattern}/*") if pattern.endswith("**") else ())}
    return {path.relative_to(root).as_posix() for path in paths if path.is_file()}


def placed(root: Path, names: list[str]) -> Iterator[str]:
    """Make files of those names that can stand beside each other, and yield them."""
    for name in names:
        path = root / name
        if not path.exists() and not any(above.is_file() for above in path.parents):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            yield name


@given(names=NAMES, pattern=PATTERNS)
@settings(deadline=None, max_examples=200)
def test_names_are_matched_as_a_directory_matches_its_files(names: list[str], pattern: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stand = set(placed(Path(folder), names))
        assert {name for name in stand if matches(name, pattern)} == of_pathlib(Path(folder), pattern)


@given(names=NAMES, pattern=st.lists(PATTERN_PARTS, max_size=2).map("/".join))
@settings(deadline=None)
def test_the_days_of_a_name_are_those_whose_globs_match_it(names: list[str], pattern: str) -> None:
    glob = f"{pattern}/{{day}}*".lstrip("/")
    for name in names:
        assert (DAY in days_in(name, [glob])) == matches(name, glob.replace("{day}", DAY.isoformat()))


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("2026-01-05/a.jsonl", [DAY]),
        ("2026-01-05/deep/er/a.jsonl", [DAY]),
        ("2026-01-05.jsonl.gz", [DAY]),
        ("prod/2026-01-05.jsonl", []),
        ("2026-13-05.jsonl", []),
        ("2026-01-05/2026-01-06.jsonl", [DAY]),
        ("all.jsonl", []),
    ],
)
def test_the_default_globs_name_a_folder_or_the_beginning_of_a_file(name: str, days: list[date]) -> None:
    assert days_in(name, Source().globs) == days


def test_a_day_that_only_another_glob_matches_is_found() -> None:
    assert days_in("archive-2020-01-01/2026-01-05.jsonl", ["*/{day}*"]) == [DAY]


def test_a_glob_without_a_day_gives_a_file_no_day() -> None:
    assert days_in("2026-01-05.jsonl", ["*.jsonl"]) == []


@pytest.mark.parametrize("glob", ["../{day}*", "/{day}*", "a/../{day}"])
def test_a_glob_that_leads_out_of_the_root_is_refused(glob: str) -> None:
    with pytest.raises(ConfigError, match="out of its root"):
        days_in("2026-01-05", [glob])
