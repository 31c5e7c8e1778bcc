"""Links as the lake holds them: those of the week, to the newest version, where the shift is known."""

import pandas as pd

from behavior_pipeline.drift.judges.splice import Link, links_of


def test_links_of_a_week_lead_to_the_newest_version() -> None:
    week, before = pd.Timestamp("2026-03-09"), pd.Timestamp("2026-02-02")
    rows = [
        ("a", "b", before, -0.01, week), ("a", "c", week, -0.03, week), ("b", "c", week, None, week),
        ("a", "c", week, -0.5, before),
    ]  # fmt: skip
    links = pd.DataFrame(rows, columns=["from_judge", "to_judge", "since", "shift", "week"]).assign(
        dimension="tone", from_rubric="r", to_rubric="r", se=0.01
    )
    assert links_of(links, week) == [Link("tone", ("a", "r"), ("c", "r"), -0.03, 0.01)]
    assert links_of(links.iloc[:0], week) == []
