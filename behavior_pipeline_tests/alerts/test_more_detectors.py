"""One new detector is one new file: alerts neither name detectors nor depend on their scale."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.drift import detectors as package
from behavior_pipeline.drift.detector import detectors
from behavior_pipeline_tests.alerts import story
from behavior_pipeline_tests.drift import worlds

LASTING = ["opened", "updated", "updated", "updated", "recovered"]
FOLDER = Path(__file__).with_name("more_detectors")


@pytest.fixture(autouse=True)
def more(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lay the files of `more_detectors` beside the detectors that there are."""
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(FOLDER)])
    detectors.cache_clear()
    yield
    detectors.cache_clear()


def world(*names: str, back_on: date = date(2026, 3, 16), weeks: int = 12) -> story.World:
    made = story.regression(weeks=weeks, back_on=back_on)
    made.specs = {"faithfulness": story.watched(*names)}
    return made


def only(frame: pd.DataFrame) -> dict[str, Any]:
    (row,) = frame.to_dict("records")
    return row | {"evidence": json.loads(row["evidence"])}


def test_they_are_found_beside_the_others() -> None:
    assert {"half_scale", "wording_probe", "two_sigma", "gate"} <= set(detectors())


class TestTwoDetectorsOfOneSeries:
    def test_are_one_fall_and_name_no_slice_twice(self) -> None:
        alone = only(story.run(world("two_sigma"), [10])[10])
        both = only(story.run(world("two_sigma", "half_scale"), [10])[10])
        assert (
            both["sentence"] == alone["sentence"] and "with it moved all traffic; owner" in both["sentence"]
        )

    def test_the_surest_leads_and_both_are_evidence(self) -> None:
        evidence = only(story.run(world("half_scale", "two_sigma"), [10])[10])["evidence"]
        assert evidence["detector"] == "half_scale"  # neither has a p-value: the order of their names
        (other,) = evidence["also"]
        assert other["detector"] == "two_sigma"
        (member,) = evidence["folded"]
        assert member["slice_key"] == "all"

    def test_stand_while_the_one_that_leads_is_out_of_its_band(self) -> None:
        lasting = world("two_sigma", "half_scale", back_on=date(2026, 4, 6), weeks=14)
        alerts = story.run(lasting, range(10, 15))
        assert [only(frame)["state"] for frame in alerts.values()] == [
            "opened",
            *["updated"] * 3,
            "recovered",
        ]


class TestBand:
    """A finding carries its own band, and an alert recovers when its series is back in it."""

    def test_a_level_that_stays_out_does_not_recover_where_its_detector_falls_silent(self) -> None:
        lasting = world("half_scale", back_on=date(2026, 4, 6), weeks=14)
        alerts = story.run(lasting, range(10, 15))
        assert [only(frame)["state"] for frame in alerts.values()] == [
            "opened",
            *["updated"] * 3,
            "recovered",
        ]
        assert "reads .82 against .94 before" in only(alerts[12])["sentence"]

    def test_it_is_pinned_with_its_ends_and_no_spread_is_made_up(self) -> None:
        evidence = only(story.run(world("half_scale"), [10])[10])["evidence"]
        level = evidence["baseline"]
        assert evidence["band"] == {"low": level - 0.03, "high": level + 0.03}
        assert evidence["sd"] is None


def test_a_fifth_detector_of_judges_opens_an_alert_in_its_words() -> None:
    made = story.regression(weeks=10)
    made.gates = [{"week": worlds.week_number(10), "gate_state": "open"}]
    alerts = story.run(made, [10])[10]
    row = only(alerts[alerts["kind"] == "calibration"])
    assert row["evidence"]["detectors"] == ["wording_probe"] and row["verdict"] == "judge"
    assert "the judge passes more or fewer of the same anchors than before" in row["sentence"]
