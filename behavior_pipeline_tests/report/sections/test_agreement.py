from base64 import b64decode
from types import SimpleNamespace
from typing import Any, cast
from xml.etree import ElementTree

import pandas as pd

from behavior_pipeline.report.data import Data
from behavior_pipeline.report.plots.agreement_plot import agreement_plot, as_image
from behavior_pipeline.report.sections.agreement import agreement
from behavior_pipeline.tables.calibration import ANCHOR_CHANGES, CALIBRATION_SLICES, GATE_TRANSITIONS
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
        transitions=GATE_TRANSITIONS.empty(),
        anchors=ANCHOR_CHANGES.empty(),
        agreement_slices=CALIBRATION_SLICES.empty(),
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


def test_people_stand_beside_the_judge_with_items_and_pairs() -> None:
    agreement = {
        "human_ceiling": 0.81,
        "human_kappa": 0.8,
        "human_alpha": 0.79,
        "human_items": 24,
        "human_pairs": 3,
    }
    page = drawn([agreement], scored={worlds.JUDGE: 9})
    assert (
        "people agree with each other at .81; Cohen's kappa .80; Krippendorff's alpha .79;"
        " 24 items, 3 pairs of people"
    ) in page.text
    alone = drawn([{"human_reason": "one_annotator"}], scored={worlds.JUDGE: 9})
    assert "no item was labelled by two people" in alone.text


def test_a_plot_alone_is_a_whole_picture() -> None:
    rows = worlds.agreement([{"week": pd.Timestamp(WEEK), "judge": "<b>&"}])
    address = as_image(agreement_plot(rows, "tone", first=worlds.START, last=WEEK + pd.Timedelta(days=6)))
    kind, encoded = address.split(",")
    assert kind == "data:image/svg+xml;base64"
    root = ElementTree.fromstring(b64decode(encoded))  # noqa: S314 - ours
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert {part.get("class") for part in root.iter() if part.tag.endswith("circle")} == {"dot"}
    assert len(address) < 8000
