"""What is kept of parsed days: those of one run."""

from datetime import date

from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.steps.cases_cache import CasesCache
from behavior_pipeline.steps.pipeline import dimensions

DAY = date(2026, 1, 12)


def test_a_run_reads_a_day_once_and_another_run_reads_it_anew(lake: Lake) -> None:
    cache = CasesCache(lake)
    first = cache.traces_of(DAY, run_id="one")
    assert cache.traces_of(DAY, run_id="one") is first
    assert cache.traces_of(DAY, run_id="two") is not first


def test_checks_of_a_day_are_asked_once_a_run(lake: Lake) -> None:
    cache, spec = CasesCache(lake), dimensions()["format_compliance"]
    first = cache.checked_of(spec, DAY, run_id="one")
    assert cache.checked_of(spec, DAY, run_id="one") is first
    assert cache.checked_of(spec, DAY, run_id="two") is not first
