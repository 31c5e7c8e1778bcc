"""Command demo: writes a made-up world, plays its acts through the pipeline and tells what it found."""

import json
import os
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from behavior_pipeline.cli.data_root import use_data_root
from behavior_pipeline.cli.jobs.progress import run_all
from behavior_pipeline.cli.jobs.running import chunks
from behavior_pipeline.cli.labels import tell
from behavior_pipeline.cli.story import tell_story
from behavior_pipeline.demo.config import point_judge, write_config
from behavior_pipeline.demo.labels import act_files, write_labels
from behavior_pipeline.demo.story import (
    DEFAULT_CONVERSATIONS,
    DEFAULT_SEED,
    DEFAULT_START,
    DEFAULT_WEEKS,
    JUDGE_WEEK,
    Story,
)
from behavior_pipeline.demo.world import write_world
from behavior_pipeline.errors import InputError
from behavior_pipeline.steps.import_labels import import_into_lake
from behavior_pipeline.steps.pipeline import Pipeline, forget

WORLD = "world.json"
LOG_WIDTH = 150


def demo(
    data: Annotated[Path, typer.Option(help="Where the demo's world and results lie.")] = Path("data/demo"),
    conversations_per_day: Annotated[
        int, typer.Option(min=50, help="18000 gives the story's full volume.")
    ] = DEFAULT_CONVERSATIONS,
    weeks: Annotated[int, typer.Option(min=16)] = DEFAULT_WEEKS,
    seed: Annotated[int, typer.Option()] = DEFAULT_SEED,
) -> None:
    """Play sixteen weeks of a support assistant: a bad prompt in week 10, a moved judge in week 13.

    The world is made up for the demo, written as OTLP dumps and label files, and read back by the ordinary
    pipeline. A second call continues where the first one stopped, and re-does nothing that is finished.
    """
    console = Console(highlight=False, width=None if sys.stdout.isatty() else LOG_WIDTH)
    story = Story(DEFAULT_START, weeks)
    make_world(data, story, conversations_per_day=conversations_per_day, seed=seed, console=console)
    use_data_root(data)
    play(data, story, console)
    tell_story(console, data.resolve())


def make_world(root: Path, story: Story, *, conversations_per_day: int, seed: int, console: Console) -> None:
    """Write the world once; another size or seed in the same place is refused."""
    wanted = {
        "start": story.start.isoformat(),
        "weeks": story.weeks,
        "conversations_per_day": conversations_per_day,
        "seed": seed,
    }
    note = root / WORLD
    if note.is_file():
        if (world := json.loads(note.read_text())) != wanted:
            raise InputError(
                happened=f"{root} holds another demo world: {world}",
                kept="that world and its results",
                remedy="use the same options, choose another --data, or remove that directory",
            )
        return
    console.print(
        f"writing {story.weeks} weeks x {conversations_per_day} conversations a day to {root}"
        " (made up for this demo)"
    )
    options = {
        "start": story.start,
        "weeks": story.weeks,
        "conversations_per_day": conversations_per_day,
        "seed": seed,
    }
    write_config(root, start=story.start)
    write_world(root, **options, workers=os.cpu_count() or 1)
    write_labels(root, **options)
    note.write_text(json.dumps(wanted))


def play(root: Path, story: Story, console: Console) -> None:
    """Play the acts: labels in, weeks run, the judge's alias moved, forty items labelled anew, weeks run."""
    files = act_files(root)
    acts = (
        ("weeks_1_12", 1, JUDGE_WEEK - 1, False),
        ("week_13", JUDGE_WEEK, JUDGE_WEEK, True),
        ("relabelled", 0, 0, True),
        ("rest", JUDGE_WEEK + 1, story.weeks, True),
    )
    for act, first, last, updated in acts:
        point_judge(root / "pipeline.toml", updated=updated)
        forget()
        done = import_into_lake(Pipeline(), files[act])
        if done.kept:
            tell(files[act], done)
        if first:
            run_all(list(chunks(story.monday(first), _sunday(story, last))), only_missing=True)


def _sunday(story: Story, week: int) -> date:
    return story.monday(week) + timedelta(days=6)
