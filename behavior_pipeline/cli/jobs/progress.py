"""Runs chunks with a progress bar over their steps, independent ones in processes side by side."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing.queues import SimpleQueue

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from behavior_pipeline.cli.jobs.running import Chunk, is_done, parts, run_chunk, steps_of

MAX_WORKERS = 4
POLL_SECONDS = 0.2
_finished: "SimpleQueue[int] | None" = None


def run_all(work: Sequence[Chunk], *, with_late: bool = False, only_missing: bool = False) -> None:
    """Run the chunks in order; finished ones are left alone if only what is missing is wanted.

    A range of days is split between the processors: first the spans of all its days, which the traces of
    the days after them need, then the rest.
    """
    wanted = [chunk for chunk in work if not (only_missing and is_done(chunk))]
    if not wanted:
        return
    workers = min(os.cpu_count() or 1, MAX_WORKERS)
    waves = [wave for chunk in wanted for wave in parts(chunk, workers)]
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with (
        Progress(*columns, console=Console(stderr=True), transient=True) as bar,
        _pool(waves, workers) as (pool, steps),
    ):
        task = bar.add_task("", total=sum(steps_of(chunk) for wave in waves for chunk in wave))
        for wave in waves:
            bar.update(task, description=f"{wave[0].job} {wave[0].first} to {wave[-1].last}")
            if pool is None or len(wave) == 1:
                for chunk in wave:
                    run_chunk(chunk, with_late=with_late, on_step=lambda: bar.advance(task))
            else:
                _watch([pool.submit(_run, chunk, with_late) for chunk in wave], steps, bar, task)


@contextmanager
def _pool(
    waves: Sequence[Sequence[Chunk]], workers: int
) -> "Iterator[tuple[ProcessPoolExecutor | None, SimpleQueue[int]]]":
    spawn = multiprocessing.get_context("spawn")
    steps: SimpleQueue[int] = spawn.SimpleQueue()
    if all(len(wave) == 1 for wave in waves):
        yield None, steps
        return
    with ProcessPoolExecutor(workers, mp_context=spawn, initializer=_join, initargs=(steps,)) as pool:
        yield pool, steps


def _join(steps: "SimpleQueue[int]") -> None:
    global _finished  # noqa: PLW0603 - a queue reaches a spawned worker by its initializer only
    _finished = steps


def _run(chunk: Chunk, with_late: bool) -> None:
    run_chunk(chunk, with_late=with_late, on_step=lambda: _finished.put(1) if _finished else None)


def _watch(running: "list[Future[None]]", steps: "SimpleQueue[int]", bar: Progress, task: TaskID) -> None:
    pending = set(running)
    while pending:
        done, pending = wait(pending, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
        while not steps.empty():
            bar.advance(task, steps.get())
        for future in done:
            future.result()
