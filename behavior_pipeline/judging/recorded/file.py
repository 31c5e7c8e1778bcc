"""Reads a CSV of recorded verdicts: good rows are kept, bad rows are named by line."""

import csv
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path

from behavior_pipeline.dumps.ids import TRACE_DIGITS, foreign_id, hex_id, is_rounded
from behavior_pipeline.errors import InputError
from behavior_pipeline.judging.recorded.verdict import Recorded
from behavior_pipeline.reasons import Reason

REQUIRED = ("trace_id", "dimension", "judge_version")
ANSWERS = ("label", "score")
LONGEST_CELL = 16 << 20
Key = tuple[str, str, str]  # evaluation name, judge version, trace id


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row: its line in the file and why; never its text."""

    line: int
    why: str


@dataclass(frozen=True)
class RecordedFile:
    """The verdicts of a file by evaluation name, judge version and trace, and what was wrong in it."""

    name: str
    rows: int
    verdicts: Mapping[Key, Recorded]
    versions: Mapping[str, Set[str]]
    problems: tuple[Problem, ...]

    def verdict(self, name: str, version: str, item_id: str) -> Recorded | None:
        """Return the verdict on an item, named by its id or by the text that its id was made of."""
        by_id = self.verdicts.get((name, version, item_id))
        text = self._texts.get(item_id)
        return by_id or (None if text is None else self.verdicts.get((name, version, text)))

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        texts = {trace_id for _, _, trace_id in self.verdicts if hex_id(trace_id, TRACE_DIGITS) is None}
        return {foreign_id(text, TRACE_DIGITS, Reason.BAD_TRACE_ID): text for text in texts}


def recorded_file(path: Path, columns: Mapping[str, str]) -> RecordedFile:
    """Return what a CSV holds, read again only after it changed; `columns` maps our names to theirs."""
    if not path.is_file():
        raise InputError(
            happened=f"there is no file {path} with recorded verdicts",
            kept="everything that was stored before; nothing was judged",
            remedy="correct judging.recorded.file in pipeline.toml; a relative path starts at the data root",
        )
    state = path.stat()
    return _read(path, tuple(sorted(columns.items())), state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, columns: tuple[tuple[str, str], ...], _modified: int, _size: int) -> RecordedFile:
    reading = _Reading()
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_CELL))  # a rationale may be long
    for line, raw in _rows(path, dict(columns)):
        reading.take(line, raw)
    return RecordedFile(
        path.name, reading.count, reading.verdicts, dict(reading.versions), tuple(reading.problems)
    )


class _Reading:
    """Sorts rows into verdicts and problems."""

    def __init__(self) -> None:
        self.count = 0
        self.verdicts: dict[Key, Recorded] = {}
        self.versions: defaultdict[str, set[str]] = defaultdict(set)
        self.problems: list[Problem] = []
        self._lines: dict[Key, int] = {}

    def take(self, line: int, raw: Mapping[str, str]) -> None:
        """Keep one row, or say why not."""
        self.count += 1
        if absent := [name for name in REQUIRED if not raw.get(name)]:
            self._problem(line, f"{' and '.join(absent)} is empty")
            return
        if is_rounded(raw["trace_id"]):
            self._problem(line, "trace_id is a number as a spreadsheet rounds it; format its column as text")
            return
        trace_id = hex_id(raw["trace_id"], TRACE_DIGITS) or raw["trace_id"].lower()
        key = (raw["dimension"], raw["judge_version"], trace_id)
        self.versions[key[0]].add(key[1])
        verdict = self._verdict(line, raw)
        before = self.verdicts.get(key)
        if before is None:
            self.verdicts[key], self._lines[key] = verdict, line
        elif before.identity != verdict.identity:
            self._problem(line, "another verdict of the same judge version on the same trace; neither counts")
            self.verdicts[key] = Recorded(reason=Reason.RECORDED_TWICE)

    def _verdict(self, line: int, raw: Mapping[str, str]) -> Recorded:
        score = _finite(raw["score"]) if raw.get("score") else None
        malformed = None
        if raw.get("score") and score is None:
            malformed = "score is no finite number"
        elif not raw.get("score") and not raw.get("label"):
            malformed = "neither label nor score"
        verdict = Recorded(
            label=raw.get("label"),
            score=score,
            rationale=raw.get("rationale"),
            response_model=raw.get("response_model"),
            cost_usd=self._measure(line, raw, "cost_usd"),
            latency_ms=self._measure(line, raw, "latency_ms"),
            answered_at=self._moment(line, raw),
        )
        if malformed is None:
            return verdict
        self._problem(line, malformed)
        return replace(verdict, label=None, reason=Reason.JUDGE_MALFORMED)

    def _measure(self, line: int, raw: Mapping[str, str], name: str) -> float | None:
        if not raw.get(name):
            return None
        value = _finite(raw[name])
        if value is None or value < 0:
            self._problem(line, f"{name} is no number from 0 on; it counts as unknown")
            return None
        return value

    def _moment(self, line: int, raw: Mapping[str, str]) -> datetime | None:
        if not raw.get("answered_at"):
            return None
        try:
            moment = datetime.fromisoformat(raw["answered_at"])
        except ValueError:
            self._problem(line, "answered_at is no ISO date or time; it counts as unknown")
            return None
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)

    def _problem(self, line: int, why: str) -> None:
        self.problems.append(Problem(line, why))


def _finite(text: str) -> float | None:
    """Return a finite number, or None for any other text."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _rows(path: Path, columns: Mapping[str, str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows with their line, by our names; empty cells are left out."""
    ours = {theirs: name for name, theirs in columns.items()}
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            names = [ours.get(name.strip(), name.strip()) for name in next(reader, [])]
            _refuse_missing(path, names)
            for cells in reader:
                named = zip(names, (cell.strip() for cell in cells), strict=False)
                if cells:
                    yield reader.line_num, {name: cell for name, cell in named if cell}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            happened=f"{path} cannot be read as a UTF-8 CSV: {type(error).__name__}",
            kept="everything that was stored before; nothing was judged",
            remedy="check the path and save the file as CSV in UTF-8",
        ) from None


def _refuse_missing(path: Path, names: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in names]
    if not missing and any(name in names for name in ANSWERS):
        return
    raise InputError(
        happened=f"{path.name} has no column for {missing or ' or '.join(ANSWERS)}; it has {names}",
        kept="everything that was stored before; nothing was judged",
        remedy="name your columns under [judging.recorded.columns] in pipeline.toml,"
        " as score = 'your_column'",
    )
