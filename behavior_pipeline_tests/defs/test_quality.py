"""The quality suite over a small lake: it passes on ordinary weeks and names what broke in the others."""

import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from behavior_pipeline.report.page import write_report
from behavior_pipeline_tests.defs.conftest import NewWorld
from behavior_pipeline_tests.defs.turns import turn, write_dump
from behavior_pipeline_tests.defs.world import MONDAY, World, checks_of, weekly_assets

pytestmark = pytest.mark.slow  # weeks of all assets, and an import of five seconds

WEEKS = [MONDAY + timedelta(weeks=number) for number in range(3)]
LAST = WEEKS[-1]
DAYS = [MONDAY + timedelta(days=number) for number in range(21)]
BROKEN = LAST + timedelta(days=2)
WEEKDAY, WEEKEND = 8, 4


def write_day(world: World, day: date, *, part: float = 1.0) -> Path:
    """Write a day of ordinary traffic, or a part of it; every other day one trace more."""
    first = DAYS.index(day) * 10 + 1
    count = (WEEKEND if day.weekday() >= 5 else WEEKDAY) + day.toordinal() % 2
    spans = [span for number in range(round(count * part)) for span in turn(first + number, day)]
    return write_dump(world.dumps / f"{day}.jsonl", *spans)


@pytest.fixture(scope="module")
def ordinary(open_new_world: NewWorld) -> World:
    """Return a world of three ordinary weeks, run from dumps to the quality of each week."""
    world = open_new_world()
    for day in DAYS:
        write_day(world, day)
    world.run(DAYS[0], DAYS[-1])
    world.run(WEEKS[0], LAST, only=["data_quality"])
    return world


@pytest.fixture
def world(ordinary: World) -> Iterator[World]:
    """Return the ordinary world, and mend afterwards what the test broke."""
    yield ordinary
    write_day(ordinary, BROKEN)
    ordinary.run(BROKEN)


def suite(world: World) -> dg.AssetCheckEvaluation:
    """Return what the check says of the last week, after the suite ran again."""
    ran = world.run(LAST, only=["data_quality"], checks=True)
    return checks_of(ran)["quality_suite"]


def failures(world: World) -> dict[str, tuple[str, list]]:
    """Return the failed expectations of the last week by name: their type, and what was unexpected."""
    rows = world.lake.read("quality_results", {"week": LAST})
    failed = rows[~rows["passed"]]
    return {row.name: (row.expectation, json.loads(row.examples)) for row in failed.itertuples(index=False)}


def days_of(examples: list) -> set[str]:
    return {example["day"] for example in examples}


def test_ordinary_weeks_pass_and_were_looked_at(ordinary: World) -> None:
    rows = ordinary.lake.read("quality_results")
    assert sorted(set(rows["week"].dt.date)) == WEEKS
    assert rows["passed"].all(), rows[~rows["passed"]].to_string()
    last = rows[rows["week"].dt.date == LAST].set_index("name")
    assert last.loc["a day's traces are not far below its weekday's", "rows_checked"] == 7
    assert last.loc["a score lies between 0 and 1", "rows_checked"] > 0
    bounds = {"volume", "freshness", "distribution", "integrity", "uniqueness"}
    assert set(last["kind"]) == bounds


def test_a_day_at_half_volume_is_named(world: World) -> None:
    write_day(world, BROKEN, part=0.5)
    world.run(BROKEN)
    suites = suite(world)
    assert not suites.passed and suites.severity == dg.AssetCheckSeverity.WARN
    assert "a day's traces are not far below its weekday's" in str(suites.description)
    assert "expect_column_pair_values_a_to_be_greater_than_b" in str(suites.description)
    failed = failures(world)
    assert set(failed) == {
        f"a day's {count} are not far below its weekday's" for count in ("spans", "traces")
    }
    assert all(days_of(examples) == {str(BROKEN)} for _, examples in failed.values())


def test_a_day_that_brings_the_file_of_the_day_before_is_stale(world: World) -> None:
    shutil.copy(world.dumps / f"{BROKEN - timedelta(days=1)}.jsonl", world.dumps / f"{BROKEN}.jsonl")
    world.run(BROKEN)
    assert not suite(world).passed
    failed = failures(world)
    expectation, examples = failed["a day's newest span is as new as usual (no stale day)"]
    assert expectation == "expect_column_pair_values_a_to_be_greater_than_b"
    assert days_of(examples) == {str(BROKEN)}


def test_a_day_without_a_dump_is_stale(world: World) -> None:
    (world.dumps / f"{BROKEN}.jsonl").unlink()
    world.run(BROKEN)
    assert not suite(world).passed
    failed = failures(world)
    assert {"a day has dump files", "a day has a newest span"} <= set(failed)
    assert all(days_of(examples) == {str(BROKEN)} for _, examples in failed.values())


def test_a_sample_without_its_trace_is_named(world: World) -> None:
    day = {"day": BROKEN}
    drawn = world.lake.read("sampled_traces", day)
    stray = drawn.head(1).assign(trace_id=f"{999_999:032x}")
    world.lake.replace({"sampled_traces": pd.concat([drawn, stray])}, day)
    suites = suite(world)
    assert not suites.passed and "no sample without trace" in str(suites.description)
    expectation, examples = failures(world)["no sample without trace"]
    assert expectation == "expect_column_values_to_be_null"
    assert examples == [f"{999_999:032x} {stray['dimension'].iloc[0]}"]
    world.lake.replace({"sampled_traces": drawn}, day)


def test_a_lost_trace_is_missed_by_its_spans_samples_and_scores(world: World) -> None:
    day = {"day": BROKEN}
    traces, facts = (world.lake.read(name, day) for name in ("traces", "trace_facts"))
    world.lake.replace({"traces": traces.iloc[1:], "trace_facts": facts.iloc[1:]}, day)
    suite(world)
    assert {"no span without trace", "no sample without trace", "no score without trace"} <= set(
        failures(world)
    )


def test_the_pages_hold_no_text_and_fetch_nothing(ordinary: World) -> None:
    folder = ordinary.root / "reports" / "quality"
    pages = {path: path.read_text() for path in folder.rglob("*.html")}
    assert {folder / "index.html", folder / str(LAST) / "index.html"} <= set(pages)
    assert len(pages) > 3 * 6
    everything = "\n".join(pages.values())
    for text in ("parcel 4711", "arrives on Friday", "You are kind", "within three days"):
        assert text not in everything
    assert all("default-src 'none'" in page and "<script" not in page for page in pages.values())
    assert not [name for name in folder.rglob("*") if name.suffix in (".js", ".css", ".otf")]


def test_the_report_page_opens_the_pages(ordinary: World) -> None:
    ordinary.run(LAST, only=sorted(weekly_assets() - {"data_quality"}))
    page = write_report(ordinary.root).read_text()
    assert 'href="quality/index.html"' in page
    assert (ordinary.root / "reports" / "quality" / "index.html").is_file()
