"""Owners are told once that a judge has to be measured anew, with a command that works."""

from datetime import date
from pathlib import Path

from behavior_pipeline.delivery.deliver import Delivery, deliver_once
from behavior_pipeline.delivery.ledger import Ledger
from behavior_pipeline.delivery.recalibration import recalibration_message
from behavior_pipeline.labelling.recalibration import Recalibration, of_new_judge
from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Route
from behavior_pipeline_tests.delivery.world import CLOCK

DAY = date(2026, 3, 12)


def new_judge(day: date = DAY, judge: str = "v1@b") -> Recalibration:
    return of_new_judge("tone", judge=judge, previous="v1@a", day=day, items=40)


def suspended(since: date) -> Recalibration:
    return Recalibration("tone", "v1@a", None, Reason.SUSPENDED, since, since, 40, "behavior-pipeline ...")


def statuses_of(ledger: Ledger, root: Path, *wanted: Recalibration, file: bool = True) -> list[str]:
    routes = {"voice": Route(file=file, urls=() if file else ("json://127.0.0.1:9",), max_attempts=1)}
    deliveries: list[Delivery] = deliver_once(
        [(recalibration_message(one, "team:voice"), "voice") for one in wanted],
        routes, ledger=ledger, root=root, clock=CLOCK, wait=lambda seconds: None,
    )  # fmt: skip
    return [one.status for one in deliveries]


def test_message_says_what_is_new_how_many_items_until_when_and_how() -> None:
    message = recalibration_message(new_judge(), "team:voice")
    assert message.title == "recalibrate (warn): tone, v1@b"
    assert message.week == date(2026, 3, 9)
    assert message.body.splitlines() == [
        "tone is judged by v1@b since 2026-03-12, before by v1@a."
        " How well it agrees with people is not known.",
        "",
        "Label first: 40 items, in the order of the file",
        "By: 2026-03-14",
        "Command: behavior-pipeline labels queue FILE --dimension tone --day 2026-03-12 --judge v1@b",
        "Owner: team:voice",
    ]


def test_a_judge_is_told_once_even_where_an_earlier_day_turns_up(ledger: Ledger, tmp_path: Path) -> None:
    assert statuses_of(ledger, tmp_path, new_judge()) == ["sent"]
    assert statuses_of(ledger, tmp_path, new_judge(), new_judge(date(2026, 3, 2))) == ["already_sent"] * 2
    assert statuses_of(ledger, tmp_path, new_judge(judge="v1@c")) == ["sent"]
    assert len((tmp_path / "alerts" / "alerts.jsonl").read_text().splitlines()) == 2


def test_every_suspension_of_a_judge_is_told(ledger: Ledger, tmp_path: Path) -> None:
    weeks = suspended(date(2026, 3, 8)), suspended(date(2026, 4, 5))
    assert statuses_of(ledger, tmp_path, *weeks) == ["sent", "sent"]
    assert statuses_of(ledger, tmp_path, *weeks) == ["already_sent"] * 2


def test_what_could_not_be_told_is_told_by_the_next_run(ledger: Ledger, tmp_path: Path) -> None:
    assert statuses_of(ledger, tmp_path, new_judge(), file=False) == ["failed"]
    assert statuses_of(ledger, tmp_path, new_judge()) == ["sent"]


def test_a_judge_whose_name_steers_a_terminal_is_made_harmless() -> None:
    message = recalibration_message(new_judge(judge="v1@\x1b[2J\nOwner: me"), "team:voice")
    assert "\x1b" not in message.title + message.body and "\n" not in message.title
    assert [line for line in message.body.splitlines() if line.startswith("Owner")] == ["Owner: team:voice"]
