"""What a judge is asked, what it answers, what backends and caches must offer, and the backends there are."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any, Protocol

from behavior_pipeline import plugins
from behavior_pipeline.dimensions.spec import JudgeUse
from behavior_pipeline.errors import ConfigError
from behavior_pipeline.provenance.digests import short_digest
from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Settings

CONTENT_DIGEST_LENGTH = 40


@dataclass(frozen=True)
class Item:
    """One trace as a judge sees it: only the fields in `judge.reads`, their JSON already parsed.

    `on` is the day whose judge is asked, where judges change over time, and `evaluations` are the evaluation
    results that came with the trace, as rows of content.evaluations: what a recorded judge looks at.
    """

    item_id: str
    content: Mapping[str, Any]
    on: date | None = None
    evaluations: tuple[Mapping[str, Any], ...] = ()

    @cached_property
    def digest(self) -> str:
        """Return the digest of the content's canonical JSON, with the names of its fields, without the id."""
        # ASCII, so that lone surrogates of escaped text have a digest as well.
        canonical = json.dumps(dict(self.content), sort_keys=True, default=str)
        return short_digest(canonical, length=CONTENT_DIGEST_LENGTH)


@dataclass(frozen=True)
class Question:
    """What is asked of every item: one dimension's rubric, to one judge, with the labels it may answer."""

    dimension: str
    judge: JudgeUse
    rubric: str
    rubric_id: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """One verdict, or the reason why there is none: exactly one of `label` and `missing_reason` is None.

    `cost_usd` is None where no price is declared for the model, `latency_ms` where nobody took the time;
    `answered_at` is UTC.
    """

    label: str | None
    rationale: str | None
    response_model: str
    fingerprint: str | None
    cost_usd: float | None
    latency_ms: float | None
    answered_at: datetime
    missing_reason: Reason | None = None


@dataclass(frozen=True)
class CacheKey:
    """What makes two questions the same one, so that it is paid once.

    `judge_version` is the declared version and `config_digest` what it stood for when it was asked: the
    second is no part of the identity, it guards the first. `scope` is empty for production and the ISO Monday
    of the week for calibration re-scores, which are meant to be asked again.
    """

    judge_version: str
    config_digest: str
    rubric_id: str
    dimension: str
    content_digest: str
    scope: str = ""


class Backend(Protocol):
    """A way to ask a judge."""

    @property
    def name(self) -> str:
        """Return the backend's name, as `judge.backend` says it."""
        ...

    @property
    def local(self) -> bool:
        """Return whether answers are computed in this process: such items are written together."""
        ...

    def config_digest(self, question: Question) -> str:
        """Return the digest of what the declared version stands for: client, model, parameters, template."""
        ...

    def content_digest(self, question: Question, item: Item) -> str:
        """Return the digest of all that the answer to an item depends on beside the question."""
        ...

    def reserve_usd(self, question: Question, item: Item) -> float:
        """Return an upper bound of what the answer may cost; JudgeError where no price is declared."""
        ...

    def ask(self, question: Question, item: Item) -> Answer:
        """Ask once; a failure of this item is an Answer with a reason, one of every item is a JudgeError."""
        ...


class Cache(Protocol):
    """Where answers are kept, one per key, the first one for ever."""

    def known(self, keys: Iterable[CacheKey]) -> dict[CacheKey, Answer]:
        """Return the answers that are there, in one query; ConfigError if a version stands for two things."""
        ...

    def get_or_ask(self, key: CacheKey, ask: Callable[[], Answer]) -> Answer:
        """Return the kept answer, or ask while every other process that wants the key waits."""
        ...

    def keep(self, answers: Mapping[CacheKey, Answer]) -> dict[CacheKey, Answer]:
        """Write many answers at once and return what is kept: an answer that was there first wins."""
        ...


@dataclass(frozen=True)
class BackendFactory:
    """A backend plug-in: its name in `judge.backend`, and how it is built once a process needs it."""

    name: str
    build: Callable[[Settings], Backend]


def open_backend(name: str, settings: Settings) -> Backend:
    """Return a backend built from the settings; ConfigError if `judge.backend` names none."""
    factories = _factories()
    if name not in factories:
        raise ConfigError(
            happened=f"no judge backend is called {name!r}",
            kept="nothing was asked",
            remedy=f"set judge.backend to one of {', '.join(sorted(factories))}",
        )
    return factories[name].build(settings)


@cache
def _factories() -> dict[str, BackendFactory]:
    """Return every backend plug-in by its name: a folder beside this file with a `backend.py`."""
    by_folder = plugins.discover("behavior_pipeline.judging", BackendFactory, module="backend")
    return {factory.name: factory for factory in by_folder.values()}
