"""Measures days of conversations through every daily asset, with the lexical judge.

    python benchmarks/daily.py [--conversations 18000 54000 180000] [--profile FOLDER]

Prints of each day seconds and peak memory per asset, the peak memory of the process that ran them, and, as a
yardstick of the same machine in the same minutes, how long it takes only to unpack the day's dump and to
parse its JSON. Goal: 60 s for 18,000 conversations and in proportion, at most 1.2 GB for all.
"""

import argparse
import cProfile
import gzip
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import orjson

from behavior_pipeline.cli.jobs.running import QUIET, RANGE_END, RANGE_START, instance
from behavior_pipeline.demo.config import write_config
from behavior_pipeline.demo.story import DEFAULT_SEED, Story
from behavior_pipeline.demo.world import World, _write_day  # one day only; the public function writes weeks

DAY = date(2026, 1, 5)
GOAL_SECONDS_OF_18000, GOAL_MEGABYTES = 60, 1200
KILOBYTES = 1024
FORGET_PEAK = "5"  # what /proc/self/clear_refs takes to let the peak begin anew
SAMPLE_SECONDS = 0.05


def write_day(root: Path, conversations: int) -> None:
    """Write the demo world's first day."""
    write_config(root, start=DAY)
    (root / "dumps").mkdir()
    _write_day(World(root, Story(DAY, 1), conversations, DEFAULT_SEED), DAY)


def yardstick(root: Path) -> dict[str, Any]:
    """Return how long unpacking and parsing alone take, in seconds, and how many spans there are."""
    (path,) = (root / "dumps").iterdir()
    started = time.perf_counter()
    lines = gzip.decompress(path.read_bytes()).splitlines()
    requests = [orjson.loads(line) for line in lines]
    seconds = time.perf_counter() - started
    spans = sum(
        len(scope["spans"])
        for request in requests
        for one in request["resourceSpans"]
        for scope in one["scopeSpans"]
    )
    return {"seconds": seconds, "spans": spans, "bytes": path.stat().st_size}


def run_day(root: Path, profile: Path | None) -> dict[str, Any]:
    """Run every daily asset of the day in this process; seconds by step, checks together as one."""
    os.environ |= {
        "BEHAVIOR_PIPELINE_DATA": str(root),
        "BEHAVIOR_PIPELINE_CONFIG": str(root / "pipeline.toml"),
    }
    from behavior_pipeline.definitions import definitions  # noqa: PLC0415 - reads configuration

    job = definitions().resolve_job_def("daily_pipeline")
    profiler = cProfile.Profile()
    with instance() as home, peaks() as memory:
        started, worked = time.perf_counter(), processor_seconds()
        if profile:
            profiler.enable()
        result = job.execute_in_process(
            instance=home, run_config=QUIET, tags={RANGE_START: str(DAY), RANGE_END: str(DAY)}
        )
        profiler.disable()
        seconds, cpu = time.perf_counter() - started, processor_seconds() - worked
        assets = {key.to_user_string() for key in job.asset_layer.executable_asset_keys}
        steps = steps_of(home, result.run_id, assets, memory)
    if profile:
        profiler.dump_stats(profile / "daily.prof")
    peak = max(megabytes for _, megabytes in memory)
    return {"seconds": seconds, "cpu": cpu, "steps": steps, "megabytes": peak}


def processor_seconds() -> float:
    """Return the processor time of this process and of its children that have ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


@contextmanager
def peaks() -> Iterator[list[tuple[float, float]]]:
    """Note while it lasts the peak memory, in MB, of each short while up to an instant."""
    noted: list[tuple[float, float]] = []
    over = threading.Event()

    def note() -> None:
        while not over.wait(SAMPLE_SECONDS):
            noted.append((time.time(), resident_peak()))
            Path("/proc/self/clear_refs").write_text(FORGET_PEAK)

    thread = threading.Thread(target=note, daemon=True)
    thread.start()
    try:
        yield noted
    finally:
        over.set()
        thread.join()
        noted.append((time.time(), resident_peak()))


def resident_peak() -> float:
    """Return the most memory that this process had since its peak was forgotten, in MB."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / KILOBYTES


def steps_of(
    home: dg.DagsterInstance, run_id: str, assets: set[str], memory: list[tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    """Return seconds and peak memory by step, checks together as one."""
    steps = dict.fromkeys([*sorted(assets), "checks"], (0.0, 0.0))
    for entry in home.all_logs(run_id, of_type=dg.DagsterEventType.STEP_SUCCESS):
        event = entry.dagster_event
        if event is not None and event.step_key is not None:
            name = event.step_key if event.step_key in assets else "checks"
            took, ended = event.step_success_data.duration_ms / 1000, entry.timestamp
            within = [peak for at, peak in memory if ended - took <= at <= ended + SAMPLE_SECONDS]
            seconds, megabytes = steps[name]
            steps[name] = seconds + took, max([megabytes, *within])
    return steps


def apart(function: Any, *arguments: Any) -> Any:
    """Return what a function returns in a fresh process of its own, so that its peak memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        value = pool.apply(function, arguments)
        pool.close()
        pool.join()  # let it leave the embedded server
    return value


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--conversations", type=int, nargs="+", default=[18_000])
    parser.add_argument(
        "--profile", type=Path, help="folder for daily.prof; the times then hold cProfile's own cost"
    )
    given = parser.parse_args()
    for conversations in given.conversations:
        with tempfile.TemporaryDirectory(prefix="bp-") as folder:
            root = Path(folder)
            apart(write_day, root, conversations)
            before = apart(yardstick, root)
            measured = apart(run_day, root, given.profile)
            after = apart(yardstick, root)
        tell(conversations, measured, yardsticks=[before, after])


def tell(conversations: int, measured: dict[str, Any], *, yardsticks: list[dict[str, Any]]) -> None:
    """Print what was measured."""
    spans, packed = yardsticks[0]["spans"], yardsticks[0]["bytes"] / 1e6
    alone = min(one["seconds"] for one in yardsticks)
    seconds, megabytes, cpu = measured["seconds"], measured["megabytes"], measured["cpu"]
    goal = GOAL_SECONDS_OF_18000 * conversations / 18_000
    print(
        f"{conversations} conversations, {spans} spans, {packed:.1f} MB packed; load {os.getloadavg()[0]:.1f}"
    )
    for name, (took, peak) in measured["steps"].items():
        print(f"  {name:<28}{took:8.2f} s {peak:8.0f} MB")
    print(f"all of it {seconds:.1f} s (goal {goal:.0f}), {cpu:.1f} s of it at work")
    print(f"that is {cpu / conversations * 1000:.2f} ms of processor a conversation")
    print(f"peak memory {megabytes:.0f} MB (goal {GOAL_MEGABYTES})")
    print(
        f"unpacking and parsing alone {alone:.2f} s: the day costs {seconds / alone:.1f} times that",
        flush=True,
    )


if __name__ == "__main__":
    main()
