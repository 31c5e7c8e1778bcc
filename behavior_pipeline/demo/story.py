"""The story of the demo: when what happens, and in which versions."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

DEFAULT_START = date(2026, 1, 5)
DEFAULT_WEEKS = 16
DEFAULT_CONVERSATIONS = 600
DEFAULT_SEED = 1

MODEL, SMALL_MODEL, EMBEDDER = "v5.2", "v5.2-mini", "embed-3"
PROMPT, BROKEN_PROMPT = "v7.2", "v7.3"
JUDGE, RUBRIC = "v2.1", "v2"
DATASET, RELABELLED_DATASET = "v3", "v4"

INCIDENT_WEEK, JUDGE_WEEK, RELABEL_WEEK = 10, 13, 14
DEPLOY_WEEKDAY, DEPLOY_HOUR, ROLLBACK_HOUR = 4, 5, 14
INCIDENT_SEGMENT = "consumer"
RELABELLED_ITEMS = 40
LEXICON_BEFORE, LEXICON_AFTER = "a", "b"


@dataclass(frozen=True)
class Story:
    """The calendar of a world that starts on a Monday and lasts some weeks; weeks count from 1."""

    start: date
    weeks: int

    def __post_init__(self) -> None:
        if self.start.weekday() != 0:
            raise ValueError("a demo world starts on a Monday")

    def monday(self, week: int) -> date:
        """Return the Monday of a week."""
        return self.start + timedelta(weeks=week - 1)

    def week_of(self, day: date) -> int:
        """Return the number of a day's week."""
        return (day - self.start).days // 7 + 1

    def days(self) -> list[date]:
        """Return every day of the world."""
        return [self.start + timedelta(days=offset) for offset in range(7 * self.weeks)]

    @property
    def deployed(self) -> datetime:
        """Return when the broken prompt goes live: the Friday of its week."""
        return _at(self.monday(INCIDENT_WEEK) + timedelta(days=DEPLOY_WEEKDAY), DEPLOY_HOUR)

    @property
    def rolled_back(self) -> datetime:
        """Return when it is rolled back: the following Monday."""
        return _at(self.monday(INCIDENT_WEEK + 1), ROLLBACK_HOUR)

    def reads_rubric_anew(self, week: int) -> bool:
        """Return whether annotators of a week label tone by the rubric's current reading."""
        return week >= RELABEL_WEEK


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=UTC)
