"""Runs the two jobs over ranges of days and weeks in this process, on the data root's Dagster instance."""

import gc
import os
import uuid
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import dagster as dg

from behavior_pipeline.definitions import definitions
from behavior_pipeline.errors import BehaviorPipelineError, InputError
from behavior_pipeline.settings.variables import CONFIG_VARIABLE, DATA_VARIABLE

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
READING = ("raw_dumps", "spans")
# Read what other days' assets wrote: as far back as slices are chosen by, or as baselines go.
LOOKING_BACK = ("daily_cells", "drift_findings_daily")
SHORTEST_SPLIT = 14
OBJECTS_A_COLLECTION = 100_000
DAILY, WEEKLY = "daily_pipeline", "weekly_pipeline"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
ONE_DAY = timedelta(days=1)
DAYS_A_WEEK = 7


@dataclass(frozen=True)
class Chunk:
    """One run: a job, the range of its partitions, and the assets of it (none named: all)."""

    job: str
    first: date
    last: date
    assets: tuple[str, ...] = ()


def chunks(start: date, end: date, *, weeks: int = 12) -> Iterator[Chunk]:
    """Yield runs of up to some weeks of days, each before the run of the weeks that its Sundays complete.

    Fewer, longer runs cost less: what Dagster does for a run does not grow with its partitions.
    """
    day = start
    while day <= end:
        monday = day - timedelta(days=day.weekday())
        last = min(monday + timedelta(weeks=weeks) - ONE_DAY, end)
        yield Chunk(DAILY, day, last)
        final = last - timedelta(days=(last.weekday() + 1) % DAYS_A_WEEK)
        if final >= day:
            yield Chunk(WEEKLY, monday, final - timedelta(days=DAYS_A_WEEK - 1))
        day = last + ONE_DAY


def parts(chunk: Chunk, workers: int) -> list[list[Chunk]]:
    """Return waves of runs that may go side by side: spans of all days first, since later days read them.

    What looks back over all days comes last, as one run. A short range, or a range of weeks, of which each
    needs the one before, stays one run.
    """
    days = (chunk.last - chunk.first).days + 1
    if chunk.job != DAILY or workers == 1 or days < SHORTEST_SPLIT:
        return [[chunk]]
    size = -(-days // workers)
    firsts = [chunk.first + timedelta(days=offset) for offset in range(0, days, size)]
    ranges = [(first, min(first + timedelta(days=size) - ONE_DAY, chunk.last)) for first in firsts]
    names = {key.to_user_string() for key in _keys(chunk)}
    rest = tuple(sorted(names.difference(READING, LOOKING_BACK)))
    waves = [[Chunk(chunk.job, *pair, assets) for pair in ranges] for assets in (READING, rest)]
    return [*waves, [Chunk(chunk.job, chunk.first, chunk.last, LOOKING_BACK)]]


def run_chunk(chunk: Chunk, *, with_late: bool = False, on_step: Callable[[], None] | None = None) -> None:
    """Run one chunk and raise what failed; finished assets of it are stored."""
    config: dict[str, object] = dict(QUIET)
    if with_late and "traces" in {key.to_user_string() for key in _keys(chunk)}:
        config["ops"] = {"traces": {"config": {"with_late": True}}}
    prepare_collector()
    run_id = str(uuid.uuid4())
    with instance() as opened:
        if on_step is not None:
            opened.add_event_listener(run_id, lambda entry: on_step() if _ends_step(entry) else None)
        result = _job(chunk).execute_in_process(
            instance=opened,
            run_config=config,
            run_id=run_id,
            tags={RANGE_START: chunk.first.isoformat(), RANGE_END: chunk.last.isoformat()},
            asset_selection=[dg.AssetKey(name) for name in chunk.assets] or None,
            raise_on_error=False,
        )
    if not result.success:
        raise _failure(result, chunk)


def prepare_collector() -> None:
    """Let Python look for cycles less often: a day is a million small dicts and no cycles."""
    gc.set_threshold(OBJECTS_A_COLLECTION, 50, 100)


def steps_of(chunk: Chunk) -> int:
    """Return how many steps a chunk's run has."""
    job = _job(chunk)
    if not chunk.assets:
        return len(job.nodes)
    keys = {dg.AssetKey(name) for name in chunk.assets}
    checks = sum(check.asset_key in keys for check in job.asset_layer.asset_graph.asset_check_keys)
    return len(keys) + checks


def is_done(chunk: Chunk) -> bool:
    """Return whether every asset of the chunk's job was materialised for all of its partitions."""
    job = _job(chunk)
    wanted = set(_partitions(chunk))
    with instance() as opened:
        for key in _keys(chunk):
            if job.asset_layer.get(key).partitions_def is None:
                if opened.get_latest_materialization_event(key) is None:
                    return False
            elif not wanted <= opened.get_materialized_partitions(key):
                return False
    return True


def _keys(chunk: Chunk) -> list[dg.AssetKey]:
    chosen = [dg.AssetKey(name) for name in chunk.assets]
    return chosen or sorted(_job(chunk).asset_layer.executable_asset_keys)


def _partitions(chunk: Chunk) -> Iterator[str]:
    step = ONE_DAY if chunk.job == DAILY else timedelta(weeks=1)
    day = chunk.first
    while day <= chunk.last:
        yield day.isoformat()
        day += step


def _job(chunk: Chunk) -> dg.JobDefinition:
    return _loaded(chunk.job, os.environ.get(DATA_VARIABLE), os.environ.get(CONFIG_VARIABLE))


@cache
def _loaded(job: str, data: str | None, config: str | None) -> dg.JobDefinition:
    """Return a job of the definitions that belong to a data root and a configuration."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message=".*varying BackfillPolicies"
        )  # meant so: DESIGN, judged assets
        return definitions().resolve_job_def(job)


def _ends_step(entry: dg.EventLogEntry) -> bool:
    event = entry.dagster_event
    return event is not None and (event.is_step_success or event.is_step_failure or event.is_step_skipped)


def instance() -> dg.DagsterInstance:
    """Return the instance that dagster.yaml describes, the checkout's unless DAGSTER_HOME names another."""
    home = Path(os.environ.setdefault("DAGSTER_HOME", str(Path(__file__).parents[3])))
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "100")  # one insert for the events of many partitions
    if not (home / "dagster.yaml").is_file():
        raise InputError(
            happened=f"there is no dagster.yaml in {home}",
            kept="nothing was run",
            remedy="run in a checkout, or set DAGSTER_HOME to a folder with the project's dagster.yaml",
        )
    return dg.DagsterInstance.get()


def _failure(result: dg.ExecuteInProcessResult, chunk: Chunk) -> BehaviorPipelineError:
    """Return the first failure as an error of ours, its own words kept where it has them."""
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            cause = error.cause if error is not None and error.cause is not None else error
            message = (cause.message if cause is not None else "unknown").strip()
            return InputError(
                happened=f"{event.step_key} failed for {chunk.first} to {chunk.last}: {message}",
                kept="every asset that finished before it, and all earlier partitions",
                remedy="mend the cause and run the same range again; finished judgements are not paid twice",
            )
    return InputError(
        happened=f"the run of {chunk.job} for {chunk.first} to {chunk.last} failed",
        kept="what finished before it",
        remedy="see the run in the Dagster UI (`behavior-pipeline ui`)",
    )
