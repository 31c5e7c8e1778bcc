from types import SimpleNamespace
from typing import Any, cast

import pandas as pd

from behavior_pipeline.report.agreement import agreement
from behavior_pipeline.report.data import Data
from behavior_pipeline_tests.drift import worlds
from behavior_pipeline_tests.report.html_page import Node, read_page

WEEK = worlds.week_number(2)


def drawn(rows: list[dict[str, Any]], *, scored: dict[str, int]) -> Node:
    """Return the section of judges that scored so many traces in the second week."""
    parts = [
        pd.DataFrame(worlds.series([0.9], first=2, judge=judge)).assign(n=n) for judge, n in scored.items()
    ]
    weekly = pd.concat(parts)
    data = SimpleNamespace(
        agreement=worlds.agreement([{"week": pd.Timestamp(WEEK)} | row for row in rows]),
        of=lambda _frame, _dimension: weekly, first=worlds.START, last_day=WEEK + pd.Timedelta(days=6),
    )  # fmt: skip
    return read_page(agreement(cast(Data, data)))


def test_of_two_judges_in_a_week_the_one_in_use_speaks() -> None:
    rows = [
        {"judge": "v2.1@b", "gate_state": "open"},
        {"judge": "v2.1@a", "gate_state": "suspended", "point": 0.52},
    ]
    page = drawn(rows, scored={"v2.1@b": 5, "v2.1@a": 900})
    assert page.one("article").all(class_="chip")[0].text == "gate shut: suspended"
    assert "v2.1@a" in page.one("dl").text


def test_a_shut_gate_is_taller_in_the_strip_than_an_open_one() -> None:
    heights = {
        state: float(
            drawn([{"gate_state": state}], scored={worlds.JUDGE: 9}).one("rect").attributes["height"]
        )
        for state in ("open", "exempt", "suspended", "blocked", "unmeasured")
    }
    assert (
        heights["open"]
        == heights["exempt"]
        < heights["suspended"]
        == heights["blocked"]
        == heights["unmeasured"]
    )


def test_an_agreement_that_was_never_measured_says_why() -> None:
    unknown = dict.fromkeys(("point", "low", "high", "probability_above_gate", "sensitivity", "specificity"))
    row = unknown | {
        "n": 0,
        "gate_state": "unmeasured",
        "previous_state": "unmeasured",
        "reason": "no_labels",
    }
    page = drawn([row], scored={worlds.JUDGE: 9})
    assert "not measured no labelled items of this judge and rubric" in page.text
    assert "agreement with people was never measured" in page.one("svg").attributes["aria-label"]
    assert not page.all("circle")
