"""When a queue is due at once: a gate that shut, or a judge that came after another."""

import shlex
from datetime import date, timedelta

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.labelling.recalibration import command, new_judges, of_new_judge, suspensions
from behavior_pipeline_tests.calibration.frames import AGREES, labelled, monday, run, spec

WEAK = (20, 24, 20, 16)


def days(*rows: tuple[str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["dimension", "judge", "day"])
    return table.assign(day=pd.to_datetime(table["day"]))


SEEN = days(
    ("tone", "v1@a", "2026-03-02"), ("tone", "v1@b", "2026-03-04"), ("tone", "v1@a", "2026-03-05"),
    ("tone", "v2@b", "2026-03-09"), ("faithfulness", "v1@a", "2026-03-04"),
)  # fmt: skip


def test_judges_after_the_first_are_new_on_their_first_day_with_their_predecessor() -> None:
    new = new_judges(SEEN)
    assert new[["dimension", "judge", "previous_judge"]].to_numpy().tolist() == [
        ["tone", "v1@b", "v1@a"],
        ["tone", "v2@b", "v1@b"],
    ]
    assert [str(day)[:10] for day in new["day"]] == ["2026-03-04", "2026-03-09"]


def test_judges_that_share_the_first_day_succeed_nobody() -> None:
    assert new_judges(days(("tone", "v1@a", "2026-03-02"), ("tone", "v1@b", "2026-03-02"))).empty
    assert new_judges(SEEN.head(0)).empty


@given(seed=st.integers(0, 1000))
def test_order_of_the_days_does_not_matter(seed: int) -> None:
    pd.testing.assert_frame_equal(new_judges(SEEN.sample(frac=1, random_state=seed)), new_judges(SEEN))


def test_command_can_be_pasted_whatever_a_provider_calls_its_model() -> None:
    wanted = of_new_judge("tone", judge="v1@x; rm -rf ~", previous="v1@a", day=date(2026, 3, 4), items=40)
    assert shlex.split(wanted.command)[-2:] == ["--judge", "v1@x; rm -rf ~"]
    assert wanted.due == date(2026, 3, 6)
    assert shlex.split(command("F", "tone"))[:3] == ["behavior-pipeline", "labels", "queue"]


def test_a_gate_that_shuts_asks_for_the_first_forty_items_of_its_week() -> None:
    agreement = run(spec("point"), [labelled(0, AGREES)], [labelled(1, WEAK)], [labelled(2, WEAK)])
    assert list(agreement["gate_state"]) == ["open", "suspended", "suspended"]
    specs = {"tone": spec("point")}
    by_week = [suspensions(agreement, specs, week=monday(n), queued={"tone": 240}) for n in range(3)]
    assert [len(part) for part in by_week] == [0, 1, 0]
    wanted = by_week[1][0]
    assert (wanted.judge, wanted.reason, wanted.items) == ("v1@a", "suspended", 40)
    assert wanted.due == monday(2) + timedelta(days=2)
    assert wanted.command.endswith(f"--week {monday(1)} --first 40")
    few = suspensions(agreement, specs, week=monday(1), queued={})
    assert few[0].items == 0


def test_a_gate_that_shuts_for_a_new_model_was_told_on_the_day() -> None:
    agreement = run(spec("point"), [labelled(0, AGREES)], [], in_use=[["v1@a"], ["v1@b"]])
    assert list(agreement.loc[agreement["judge"] == "v1@b", "reason"]) == ["response_model_changed"]
    assert suspensions(agreement, {"tone": spec("point")}, week=monday(1), queued={"tone": 240}) == []
    assert suspensions(agreement, {}, week=monday(1), queued={}) == []
