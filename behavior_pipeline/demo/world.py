"""Writes the demo's world as dumps: OTLP JSON lines by day, as a Collector's file exporter leaves them."""

import gzip
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import orjson

from behavior_pipeline.demo.otlp import SECOND, Emitted, turn_spans
from behavior_pipeline.demo.plan import Plan, plan_day
from behavior_pipeline.demo.story import DEFAULT_CONVERSATIONS, DEFAULT_SEED, Story

DUMPS = "dumps"
COMPRESSION = 2
SPANS_A_LINE = 40
DAY_SECONDS = 86_400
LONGEST_TURN = 120  # seconds: turns that start earlier never cross midnight
RESOURCE = {
    "attributes": [
        {"key": "service.name", "value": {"stringValue": "support-assistant"}},
        {"key": "service.version", "value": {"stringValue": "5.2.0"}},
        {"key": "deployment.environment.name", "value": {"stringValue": "production"}},
        {"key": "telemetry.sdk.language", "value": {"stringValue": "python"}},
    ]
}
SCOPE = {"name": "opentelemetry.util.genai.handler", "version": "1.3b0"}
LINE_START = b'{"resourceSpans":[{"resource":%b,"scopeSpans":[{"scope":%b,"spans":[' % (
    orjson.dumps(RESOURCE),
    orjson.dumps(SCOPE),
)
LINE_END = b"]}]}]}\n"


@dataclass(frozen=True)
class World:
    """What a world is made from: the same arguments give the same bytes, day by day and in any order."""

    root: Path
    story: Story
    conversations_per_day: int
    seed: int

    def plan(self, day: date) -> Plan:
        """Return the plan of a day."""
        return plan_day(self.story, day, conversations_per_day=self.conversations_per_day, seed=self.seed)


def write_world(
    root: Path,
    *,
    start: date,
    weeks: int,
    conversations_per_day: int = DEFAULT_CONVERSATIONS,
    seed: int = DEFAULT_SEED,
    workers: int = 1,
    progress: Callable[[date], None] | None = None,
) -> list[Path]:
    """Write `<root>/dumps/<day>.otlp.jsonl.gz` for each day and return the files; `progress` hears of each.

    Spans that end after midnight lie in the next day's file; those of the last day are left out, as they
    would be.
    """
    world = World(root, Story(start, weeks), conversations_per_day, seed)
    (root / DUMPS).mkdir(parents=True, exist_ok=True)
    written = []
    if workers == 1:
        for day in world.story.days():
            written.append(_write_day(world, day))
            if progress:
                progress(day)
        return written
    with ProcessPoolExecutor(workers) as pool:
        days = world.story.days()
        for day, path in zip(days, pool.map(_write_day, [world] * len(days), days), strict=True):
            written.append(path)
            if progress:
                progress(day)
    return written


def _write_day(world: World, day: date) -> Path:
    spans = _late_from(world.plan(day - timedelta(days=1))) if day > world.story.start else []
    spans += _in_time(world.plan(day))
    spans.sort(key=lambda span: span.end)
    path = world.root / DUMPS / f"{day.isoformat()}.otlp.jsonl.gz"
    with path.open("wb") as raw, gzip.GzipFile("", "wb", COMPRESSION, raw, mtime=0) as stream:
        stream.writelines(_lines(spans))
    return path


def _in_time(plan: Plan) -> list[Emitted]:
    """Return the spans that arrive on their own day; a few roots come twice."""
    midnight = _midnight_after(plan.day)
    in_time = []
    for position in range(len(plan)):
        spans = turn_spans(plan, position)
        in_time += [span for span in spans if not _is_late(span, plan, position, midnight=midnight)]
        if plan.twice[position] and spans[-1].end < midnight:
            in_time.append(spans[-1])
    return in_time


def _late_from(plan: Plan) -> list[Emitted]:
    """Return the spans of a day that arrive the day after: past midnight, or held up on their way."""
    midnight = _midnight_after(plan.day)
    positions = np.flatnonzero(plan.late | (plan.second > DAY_SECONDS - LONGEST_TURN))
    return [
        span
        for position in map(int, positions)
        for span in turn_spans(plan, position)
        if _is_late(span, plan, position, midnight=midnight)
    ]


def _is_late(span: Emitted, plan: Plan, position: int, *, midnight: int) -> bool:
    return span.end >= midnight or bool(plan.late[position] and span.operation == "embeddings")


def _midnight_after(day: date) -> int:
    return int(datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC).timestamp()) * SECOND


def _lines(spans: Sequence[Emitted]) -> Iterable[bytes]:
    for first in range(0, len(spans), SPANS_A_LINE):
        bodies = b",".join(span.body for span in spans[first : first + SPANS_A_LINE])
        yield LINE_START + bodies + LINE_END
