"""The recorded judge on a real cache: what it answers, what it costs, what is missing and why."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from behavior_pipeline.errors import ConfigError, JudgeError
from behavior_pipeline.judging.cache import PostgresCache
from behavior_pipeline.judging.protocol import Item, Question, open_backend
from behavior_pipeline.judging.within_budget import RankedItem, Verdicts, judge_items
from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Judging, Recorded, Settings
from behavior_pipeline_tests.judging.world import question

TEXT = {"input_text": "Where is my order?", "output_text": "At the depot."}
LABELS = {"1": "faithful", "0": "unfaithful"}
DAY = date(2026, 3, 2)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("BEHAVIOR_PIPELINE_PSEUDONYM_KEY", "a key")
    return Settings(data=tmp_path, judging=Judging(recorded=Recorded(file="judges.csv")))


def write(config: Settings, *rows: str) -> None:
    lines = ["trace_id,dimension,judge_version,score,rationale,cost_usd", *rows]
    (config.root / "judges.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def asked(version: str = "v1", **parameters: Any) -> Question:
    return question(
        backend="recorded", version="r1", model=version, parameters={"labels": LABELS, **parameters}
    )


def judged(
    config: Settings,
    cache: PostgresCache,
    items: Sequence[str | Item],
    *,
    ask: Question | None = None,
    budget: float | None = None,
) -> Verdicts:
    asked_of = [Item(one, TEXT, DAY) if isinstance(one, str) else one for one in items]
    ranked = [RankedItem(one, 1.0, number / 100) for number, one in enumerate(asked_of)]
    return judge_items(
        ask or asked(), ranked, backend=open_backend("recorded", config), cache=cache,
        budget_usd=budget, concurrency=2,
    )  # fmt: skip


def test_equal_texts_keep_their_different_verdicts(config: Settings, cache: PostgresCache) -> None:
    write(config, "t1,faithfulness,v1,1,,", "t2,faithfulness,v1,0,,")
    for _ in range(2):  # the second time from the cache
        answers = judged(config, cache, ["t1", "t2"]).answers
        assert {name: answer.label for name, answer in answers.items()} == {
            "t1": "faithful",
            "t2": "unfaithful",
        }
    assert {answer.response_model for answer in answers.values()} == {"v1"}


def test_what_is_not_recorded_malformed_or_contradicted_is_missing_for_its_own_reason(
    config: Settings, cache: PostgresCache
) -> None:
    write(
        config, "t1,faithfulness,v1,maybe,,", "t2,faithfulness,v1,7,,", "t3,faithfulness,v1,1,,",
        "t3,faithfulness,v1,0,,",
    )  # fmt: skip
    answers = judged(config, cache, ["t1", "t2", "t3", "t4"]).answers
    assert {name: answer.missing_reason for name, answer in answers.items()} == {
        "t1": Reason.JUDGE_MALFORMED, "t2": Reason.JUDGE_MALFORMED, "t3": Reason.RECORDED_TWICE,
        "t4": Reason.NOT_RECORDED,
    }  # fmt: skip
    assert {answer.label for answer in answers.values()} == {None}
    assert answers["t4"].response_model == "unknown"


def test_a_verdict_that_is_added_or_corrected_is_read_by_the_next_run(
    config: Settings, cache: PostgresCache
) -> None:
    write(config, "t1,faithfulness,v1,0,,")
    assert judged(config, cache, ["t2"]).answers["t2"].missing_reason is Reason.NOT_RECORDED
    write(config, "t1,faithfulness,v1,1,,", "t2,faithfulness,v1,1,,")
    answers = judged(config, cache, ["t1", "t2"]).answers
    assert [answers[name].label for name in ("t1", "t2")] == ["faithful", "faithful"]


def test_an_answer_stays_what_it_was_read_as(config: Settings, cache: PostgresCache) -> None:
    write(config, "t1,faithfulness,v1,1,,")
    first, again = (judged(config, cache, ["t1"]).answers["t1"] for _ in range(2))
    assert first == again  # with the time at which it was first read


def test_another_reading_of_the_same_records_needs_another_declared_version(
    config: Settings, cache: PostgresCache
) -> None:
    write(config, "t1,faithfulness,v1,1,,")
    judged(config, cache, ["t1"])
    turned = asked(labels={"1": "unfaithful", "0": "faithful"})
    with pytest.raises(ConfigError, match="asked before"):
        judged(config, cache, ["t1"], ask=turned)


def test_each_day_is_judged_by_the_version_in_use(config: Settings, cache: PostgresCache) -> None:
    write(config, *(f"{name},faithfulness,{v},{score},," for name in ("t1", "t2") for v, score in
                    (("v1", 1), ("v2", 0))))  # fmt: skip
    schedule = [{"since": "2026-03-01", "version": "v1"}, {"since": "2026-03-03", "version": "v2"}]
    items = [Item("t1", TEXT, date(2026, 3, 2)), Item("t2", TEXT, date(2026, 3, 3)),
             Item("t3", TEXT, date(2026, 2, 1))]  # fmt: skip
    answers = judged(config, cache, items, ask=asked(versions=schedule)).answers
    assert [(answers[name].label, answers[name].response_model) for name in ("t1", "t2")] == [
        ("faithful", "v1"), ("unfaithful", "v2"),
    ]  # fmt: skip
    assert answers["t3"].missing_reason is Reason.NOT_RECORDED


def test_recorded_costs_end_a_day_like_any_others(config: Settings, cache: PostgresCache) -> None:
    write(config, *(f"t{number},faithfulness,v1,1,,0.25" for number in range(4)))
    verdicts = judged(config, cache, [f"t{number}" for number in range(4)], budget=0.6)
    assert (list(verdicts.answers), verdicts.stopped_at, verdicts.spent_usd) == (["t0", "t1"], "t2", 0.5)
    assert verdicts.missing == {"t2": Reason.BUDGET, "t3": Reason.BUDGET}


def test_an_unknown_cost_is_none_and_no_zero(config: Settings, cache: PostgresCache) -> None:
    write(config, "t1,faithfulness,v1,1,,")
    answer = judged(config, cache, ["t1"]).answers["t1"]
    assert (answer.cost_usd, answer.latency_ms) == (None, None)


def test_personal_data_in_a_rationale_is_not_kept(config: Settings, cache: PostgresCache) -> None:
    write(config, "t1,faithfulness,v1,1,It names bob.canary@example.org as the owner,")
    answer = judged(config, cache, ["t1"]).answers["t1"]
    assert answer.rationale is not None
    assert "canary" not in answer.rationale
    assert "<EMAIL_ADDRESS_" in answer.rationale


def test_a_version_without_any_verdict_is_an_error_that_names_those_there_are(
    config: Settings, cache: PostgresCache
) -> None:
    write(config, "t1,faithfulness,v1,1,,", "t1,style,v9,1,,")
    with pytest.raises(JudgeError, match=r"'lexicon' on 'faithfulness'; of that name .*\['v1'\]"):
        judged(config, cache, ["t1"], ask=asked("lexicon"))


def test_without_a_file_the_error_names_the_key(config: Settings, cache: PostgresCache) -> None:
    bare = Settings(data=config.root)
    with pytest.raises(ConfigError, match="no file is named"):
        judged(bare, cache, ["t1"])


def event(**cells: Any) -> dict[str, Any]:
    blank = dict.fromkeys(("judge_version", "score", "label", "explanation", "error_type"))
    where = {"name": "faithfulness", "time_ns": 10**18, "file": "f", "line": 1, "number": 0}
    return {**blank, **where, **cells}


@pytest.mark.parametrize(
    ("events", "label", "reason"),
    [
        ([event(score=1.0, explanation="fine")], "faithful", None),
        ([event(label="unfaithful"), event(name="style", label="faithful")], "unfaithful", None),
        ([event(score=1.0, judge_version="v0"), event(score=0.0, judge_version="v1")], "unfaithful", None),
        ([event(score=1.0), event(score=1.0, line=2)], "faithful", None),
        ([event(score=1.0), event(score=0.0, line=2)], None, Reason.RECORDED_TWICE),
        ([event(error_type="timeout")], None, Reason.JUDGE_FAILED),
        ([event()], None, Reason.JUDGE_MALFORMED),
        ([event(score=1.0, judge_version="v0")], None, Reason.NOT_RECORDED),
        ([], None, Reason.NOT_RECORDED),
    ],
    ids=["score", "name", "version", "twice the same", "contradiction", "failed", "empty", "other", "none"],
)
def test_events_that_came_with_the_trace_are_verdicts(
    config: Settings, cache: PostgresCache, events: list[dict[str, Any]], label: str | None,
    reason: Reason | None,
) -> None:  # fmt: skip
    ask = asked(source="events")
    answer = judged(config, cache, [Item("t1", TEXT, DAY, tuple(events))], ask=ask).answers["t1"]
    assert (answer.label, answer.missing_reason) == (label, reason)
