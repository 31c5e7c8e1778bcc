"""Questions, items, settings and backends of the judging tests."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from behavior_pipeline.dimensions.spec import JudgeUse
from behavior_pipeline.judging.protocol import Answer, Item, Question
from behavior_pipeline.judging.within_budget import RankedItem
from behavior_pipeline.provenance.uniform import hash_u
from behavior_pipeline.settings.model import Judging, Price, Settings

KEY_VARIABLE = "TEST_JUDGE_KEY"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
RUBRIC = "# Faithfulness\n\nIs every claim backed by the documents? {{ this stays }} {and this}"


def question(**judge: Any) -> Question:
    values = {"backend": "openai", "version": "v2.1", "model": "gpt-test", "parameters": {"temperature": 0}}
    return Question(
        dimension="faithfulness",
        judge=JudgeUse(**{**values, **judge}),
        rubric=RUBRIC,
        rubric_id="v2+0123abcd",
        labels=("faithful", "unfaithful"),
    )


def item(number: int, text: str | None = None) -> Item:
    return Item(
        f"trace-{number:05d}", {"input_text": "Where is my order?", "output_text": text or f"At {number}."}
    )


def ranked(count: int, probability: float = 0.5) -> list[RankedItem]:
    """Return a Poisson sample as the sampler would draw it: only items with u below the probability."""
    population = [(item(number), hash_u(f"trace-{number:05d}", "salt")) for number in range(4 * count)]
    drawn = [RankedItem(one, probability, u) for one, u in population if u < probability]
    assert len(drawn) >= count
    return drawn[:count]


def settings(base_url: str = "http://127.0.0.1:9/v1", **judging: Any) -> Settings:
    values: dict[str, Any] = {"timeout_seconds": 5, "max_attempts": 3, **judging}
    return Settings(
        judging=Judging(base_url=base_url, api_key_variable=KEY_VARIABLE, **values),
        prices={"gpt": Price(input=100, output=100), "gpt-test": Price(input=2, output=8, cached=0.5)},
    )


def answer(label: str | None = "faithful", **changes: Any) -> Answer:
    values: dict[str, Any] = {
        "label": label,
        "rationale": "because",
        "response_model": "m-1",
        "fingerprint": None,
        "cost_usd": 0.01,
        "latency_ms": 12.5,
        "answered_at": NOW,
    }
    return Answer(**{**values, **changes})


class ScriptedBackend:
    """A backend in this process whose costs, reservations and verdicts follow from the item."""

    name = "scripted"

    def __init__(
        self,
        cost: Callable[[Item], float | None],
        *,
        reserve: Callable[[Item], float],
        local: bool = False,
    ) -> None:
        self.cost, self.reserve, self.local = cost, reserve, local
        self.asked: list[str] = []

    def config_digest(self, question: Question) -> str:
        return f"scripted-{question.judge.model}"

    def content_digest(self, question: Question, item: Item) -> str:
        return item.digest

    def reserve_usd(self, question: Question, item: Item) -> float:
        return self.reserve(item)

    def ask(self, question: Question, item: Item) -> Answer:
        self.asked.append(item.item_id)
        return answer(cost_usd=self.cost(item))
