"""Runs chunks one after the other with a progress bar over their steps."""

from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from behavior_pipeline.cli.running import Chunk, is_done, run_chunk, steps_of


def run_all(work: Sequence[Chunk], *, with_late: bool = False, only_missing: bool = False) -> int:
    """Run the chunks and return how many were; finished ones are left alone if only what is missing is wanted."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    done = 0
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        for chunk in work:
            if only_missing and is_done(chunk):
                continue
            task = bar.add_task(f"{chunk.job} {chunk.first} to {chunk.last}", total=steps_of(chunk))
            run_chunk(chunk, with_late=with_late, on_step=lambda task=task: bar.advance(task))
            bar.remove_task(task)
            done += 1
    return done
