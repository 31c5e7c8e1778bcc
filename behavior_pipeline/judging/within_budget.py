"""Judging many items within a budget: the order, what is asked, and where a day ends."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field

import pandas as pd

from behavior_pipeline.errors import JudgeError
from behavior_pipeline.judging.protocol import Answer, Backend, Cache, CacheKey, Item, Question
from behavior_pipeline.reasons import Reason

FEWEST_FAILURES_OF_AN_OUTAGE = 20


@dataclass(frozen=True)
class RankedItem:
    """An item of the sample: its inclusion probability and its permanent random number u < probability."""

    item: Item
    probability: float
    u: float

    @property
    def rank(self) -> float:
        """Return u / probability, in which order items are judged: any prefix of it is a smaller sample."""
        return self.u / self.probability


@dataclass(frozen=True)
class Verdicts:
    """What a day's judging gave: the answers in the order of judging, and where the budget ended it.

    `threshold` is t, the u / probability of the first item that did not fit, or None where all fitted: an
    item was judged with probability p t, so its weight is 1 / (p t). `missing` says why the other items have
    no answer.
    """

    answers: dict[str, Answer]
    digests: dict[str, str]
    spent_usd: float = 0.0
    threshold: float | None = None
    stopped_at: str | None = None
    missing: dict[str, Reason] = field(default_factory=dict)

    def frame(self) -> pd.DataFrame:
        """Return one row an item: item_id, content_digest and the fields of Answer, NULL if not asked."""
        columns = ["item_id", "content_digest", *Answer.__dataclass_fields__]
        rows = [{"item_id": name, **asdict(answer)} for name, answer in self.answers.items()]
        rows += [{"item_id": name, "missing_reason": reason} for name, reason in self.missing.items()]
        frame = pd.DataFrame(rows, columns=columns)
        return frame.assign(content_digest=frame["item_id"].map(self.digests))


def judge_items(
    question: Question,
    items: Sequence[RankedItem],
    *,
    backend: Backend,
    cache: Cache,
    budget_usd: float | None,
    scope: str = "",
    concurrency: int,
) -> Verdicts:
    """Judge items in order of u / probability until one's reserved cost does not fit in the budget (USD).

    The rule is sequential (an item is reserved against what all before it cost), the asking is not: each wave
    is the longest run of items whose reservations fit together, which the rule would certainly admit, and is
    then settled in order. So the day ends at the same item whatever the concurrency; and a cached answer
    counts at the cost once paid, so a re-run ends there too. An answer without a cost, as a failed one,
    counts at its reservation: asked again it can only cost less.
    """
    asking = _Asking(question, backend, cache, scope=scope, concurrency=concurrency)
    ordered = sorted(items, key=lambda ranked: (ranked.rank, ranked.item.item_id))
    places = [asking.place(ranked, reserve=budget_usd is not None) for ranked in ordered]
    known = cache.known(place.key for place in places)
    judged, spent = 0, 0.0
    while wave := _wave(places, known, start=judged, spent=spent, budget=budget_usd):
        known |= asking.answers([place for place in wave if place.key not in known])
        for place in wave:
            if not _fits(spent, place.reserve_usd, budget_usd):
                break  # an answer cost more than its reservation; later ones stay in the cache
            spent += _charge(known[place.key], place.reserve_usd)
            judged += 1
    stopped = places[judged] if judged < len(places) else None
    return Verdicts(
        answers={place.item_id: known[place.key] for place in places[:judged]},
        digests={place.item_id: place.key.content_digest for place in places},
        spent_usd=spent,
        threshold=stopped.ranked.rank if stopped else None,
        stopped_at=stopped.item_id if stopped else None,
        missing={place.item_id: Reason.BUDGET for place in places[judged:]},
    )


def answers_so_far(
    question: Question, items: Sequence[Item], *, backend: Backend, cache: Cache
) -> tuple[dict[str, Answer], float]:
    """Return the answers that are in the cache, by item, and what the others may cost at most (USD)."""
    asking = _Asking(question, backend, cache, scope="", concurrency=1)
    places = [asking.place(RankedItem(item, 1.0, 0.0), reserve=False) for item in items]
    known = cache.known(place.key for place in places)
    unasked = [place.ranked.item for place in places if place.key not in known]
    answers = {place.item_id: known[place.key] for place in places if place.key in known}
    return answers, sum(backend.reserve_usd(question, item) for item in unasked)


@dataclass(frozen=True)
class _Place:
    """An item's place in the order, with its cache key and its reserved cost."""

    ranked: RankedItem
    key: CacheKey
    reserve_usd: float

    @property
    def item_id(self) -> str:
        return self.ranked.item.item_id


def _wave(
    places: Sequence[_Place],
    known: Mapping[CacheKey, Answer],
    *,
    start: int,
    spent: float,
    budget: float | None,
) -> list[_Place]:
    """Return the longest run of places that fit whatever the new ones among them turn out to cost."""
    wave: list[_Place] = []
    for index in range(start, len(places)):
        place = places[index]
        if not _fits(spent, place.reserve_usd, budget):
            break
        spent += _charge(known.get(place.key), place.reserve_usd)
        wave.append(place)
    return wave


def _fits(spent: float, reserve: float, budget: float | None) -> bool:
    return budget is None or spent + reserve <= budget


def _charge(answer: Answer | None, reserve: float) -> float:
    return reserve if answer is None or answer.cost_usd is None else answer.cost_usd


class _Asking:
    """How the items of one question get their answers: together if computed here, else by threads."""

    def __init__(
        self, question: Question, backend: Backend, cache: Cache, *, scope: str, concurrency: int
    ) -> None:
        self.question, self.backend, self.cache = question, backend, cache
        self.scope, self.concurrency = scope, concurrency
        self.config_digest = backend.config_digest(question)
        self.failures = 0
        self.lock = threading.Lock()

    def place(self, ranked: RankedItem, *, reserve: bool) -> _Place:
        """Return the item's place; without a budget nothing is reserved, so that no price is needed."""
        key = CacheKey(
            judge_version=self.question.judge.version,
            config_digest=self.config_digest,
            rubric_id=self.question.rubric_id,
            dimension=self.question.dimension,
            content_digest=self.backend.content_digest(self.question, ranked.item),
            scope=self.scope,
        )
        return _Place(ranked, key, self.backend.reserve_usd(self.question, ranked.item) if reserve else 0.0)

    def answers(self, places: Sequence[_Place]) -> dict[CacheKey, Answer]:
        """Return the answers of items that are not cached; items of equal content are asked once."""
        unique = {place.key: place.ranked.item for place in places}
        if self.backend.local:
            return self.cache.keep(
                {key: self.backend.ask(self.question, item) for key, item in unique.items()}
            )
        with ThreadPoolExecutor(self.concurrency, thread_name_prefix="judge") as pool:
            futures = {key: pool.submit(self._answer, key, item) for key, item in unique.items()}
            try:
                return {key: future.result() for key, future in futures.items()}
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _answer(self, key: CacheKey, item: Item) -> Answer:
        self._refuse_outage()
        answer = self.cache.get_or_ask(key, lambda: self.backend.ask(self.question, item))
        with self.lock:
            failed = answer.missing_reason is Reason.JUDGE_FAILED
            self.failures = self.failures + 1 if failed else 0
        self._refuse_outage()
        return answer

    def _refuse_outage(self) -> None:
        """Give up on a judge that is down: waiting for every item's retries would take hours."""
        if self.failures < max(FEWEST_FAILURES_OF_AN_OUTAGE, 2 * self.concurrency):
            return
        raise JudgeError(
            happened=f"the judge of {self.question.dimension} ({self.question.judge.model}) does not answer: "
            f"{self.failures} requests in a row failed after all their retries",
            kept="the answers given so far, in the judgement cache; they are not asked again",
            remedy="check that the server at judging.base_url is up, then run the partition again",
        )
