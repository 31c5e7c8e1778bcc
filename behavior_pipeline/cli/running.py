"""Runs the two jobs over ranges of days and weeks in this process, on the Dagster instance of the data root."""

import os
import uuid
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import dagster as dg

from behavior_pipeline.errors import BehaviorPipelineError, InputError

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
DAILY, WEEKLY = "daily_pipeline", "weekly_pipeline"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
ONE_DAY = timedelta(days=1)
DAYS_A_WEEK = 7


@dataclass(frozen=True)
class Chunk:
    """One run: a job and the range of its partitions."""

    job: str
    first: date
    last: date


def chunks(start: date, end: date, *, weeks: int = 4) -> Iterator[Chunk]:
    """Yield runs of up to some weeks of days, each followed by the run of the weeks that its Sundays complete.

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


def run_chunk(chunk: Chunk, *, with_late: bool = False, on_step: Callable[[], None] | None = None) -> None:
    """Run one chunk and raise what failed; finished assets of it are stored."""
    config: dict[str, object] = dict(QUIET)
    if with_late and chunk.job == DAILY:
        config["ops"] = {"traces": {"config": {"with_late": True}}}
    run_id = str(uuid.uuid4())
    with instance() as held:
        if on_step is not None:
            held.add_event_listener(run_id, lambda entry: on_step() if _ends_step(entry) else None)
        result = _job(chunk).execute_in_process(
            instance=held,
            run_config=config,
            run_id=run_id,
            tags={RANGE_START: chunk.first.isoformat(), RANGE_END: chunk.last.isoformat()},
            raise_on_error=False,
        )
    if not result.success:
        raise _failure(result, chunk)


def steps_of(chunk: Chunk) -> int:
    """Return how many steps a chunk's run has."""
    return len(_job(chunk).nodes)


def is_done(chunk: Chunk) -> bool:
    """Return whether every asset of the chunk's job was materialised for all of its partitions."""
    job = _job(chunk)
    wanted = set(_partitions(chunk))
    with instance() as held:
        for key in job.asset_layer.executable_asset_keys:
            if job.asset_layer.get(key).partitions_def is None:
                if held.get_latest_materialization_event(key) is None:
                    return False
            elif not wanted <= held.get_materialized_partitions(key):
                return False
    return True


def _partitions(chunk: Chunk) -> Iterator[str]:
    step = ONE_DAY if chunk.job == DAILY else timedelta(weeks=1)
    day = chunk.first
    while day <= chunk.last:
        yield day.isoformat()
        day += step


def _job(chunk: Chunk) -> dg.JobDefinition:
    from behavior_pipeline.definitions import definitions  # noqa: PLC0415 - reads configuration

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*varying BackfillPolicies")  # meant so: DESIGN, judged assets
        return definitions().resolve_job_def(chunk.job)


def _ends_step(entry: dg.EventLogEntry) -> bool:
    event = entry.dagster_event
    return event is not None and (event.is_step_success or event.is_step_failure or event.is_step_skipped)


def instance() -> dg.DagsterInstance:
    """Return the Dagster instance that dagster.yaml describes, the checkout's unless DAGSTER_HOME names another."""
    home = Path(os.environ.setdefault("DAGSTER_HOME", str(Path(__file__).parents[2])))
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
            told = (cause.message if cause is not None else "unknown").strip()
            return InputError(
                happened=f"{event.step_key} failed for {chunk.first} to {chunk.last}: {told}",
                kept="every asset that finished before it, and all earlier partitions",
                remedy="mend the cause and run the same range again; finished judgements are not paid twice",
            )
    return InputError(
        happened=f"the run of {chunk.job} for {chunk.first} to {chunk.last} failed", kept="what finished before it",
        remedy="see the run in the Dagster UI (`behavior-pipeline ui`)",
    )  # fmt: skip
