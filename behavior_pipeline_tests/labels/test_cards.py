from datetime import date
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest

from behavior_pipeline.labels.card_text import card_text
from behavior_pipeline.labels.cards import Traffic, annotator_agreement, cards
from behavior_pipeline.labels.history import chained, new_rows
from behavior_pipeline.labels.sets import (
    SetDiff,
    item_labels,
    set_diff,
    set_digest,
    standing_set,
)
from behavior_pipeline_tests.labels.reading import SPECS, read

TONE = SPECS["tone"]
HEADER = "trace_id,dimension,label,labelled_at,annotator,role,dataset_version,stratum\n"
NO_TRAFFIC = Traffic({}, {})


def line(trace: str, label: str, *, by: str = "ana", dataset: str = "v1", at: str = "2026-03-04") -> str:
    return f"{trace},tone,{label},{at},{by},anchor,{dataset},pass\n"


def labels(*lines: str) -> pd.DataFrame:
    rows, _ = new_rows(read(HEADER + "".join(lines))[0], NOTHING, closed=set())
    return chained(rows.assign(imported=1))


NOTHING = pd.DataFrame(columns=["dimension", "item_id"])
FIRST = (
    line("a1", "on_brand"),
    line("b2", "off_brand"),
    line("b2", "off_brand", by="ben"),
    line("c3", "on_brand"),
)
SECOND = (
    line("a1", "off_brand", dataset="v2", at="2026-03-30"),
    line("b2", "off_brand", dataset="v2", at="2026-03-30"),
    line("d4", "on_brand", dataset="v2", at="2026-03-30"),
)  # fmt: skip


def registry(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"dimension": "tone", "dataset": name, "since": labels_of_set["labelled_at"].max(),
             "digest": set_digest(standing_set(rows, "tone", str(name)))}
            for name, labels_of_set in rows.groupby("dataset_version")
        ]
    )  # fmt: skip


def cards_of(rows: pd.DataFrame, *, day: date, traffic: Traffic = NO_TRAFFIC) -> dict[str, dict[Any, Any]]:
    week_cards = cards(registry(rows), rows, SPECS, traffic, week=date(2026, 4, 6), day=day)
    return {str(row["dataset"]): row for row in week_cards.to_dict("records")}


def test_digest_is_of_what_was_said_not_of_the_order_or_the_file() -> None:
    one = set_digest(standing_set(labels(*FIRST), "tone", "v1"))
    assert set_digest(standing_set(labels(*reversed(FIRST)), "tone", "v1")) == one
    relabelled = (line("a1", "off_brand"), *FIRST[1:])
    assert set_digest(standing_set(labels(*relabelled), "tone", "v1")) != one


def test_a_set_holds_what_stands_after_corrections_in_its_file() -> None:
    rows = labels(*FIRST, line("a1", "off_brand", at="2026-03-05"))
    labels_of_set = standing_set(rows, "tone", "v1")
    assert item_labels(TONE, labels_of_set) == {"a1": "off_brand", "b2": "off_brand", "c3": "on_brand"}


def test_a_diff_names_what_came_went_and_is_labelled_otherwise() -> None:
    rows = labels(*FIRST, *SECOND)
    before, after = (item_labels(TONE, standing_set(rows, "tone", name)) for name in ("v1", "v2"))
    assert set_diff(before, after) == SetDiff(["d4"], ["c3"], [("a1", "on_brand", "off_brand")], 1)
    assert set_diff(after, after) == SetDiff([], [], [], 3)


def test_a_card_has_size_balance_age_and_what_changed() -> None:
    by_set = cards_of(
        labels(*FIRST, *SECOND, line("e5", "on_brand"), line("e5", "off_brand", by="ben")),
        day=date(2026, 4, 12),
    )
    first, second = by_set["v1"], by_set["v2"]
    assert (first["items"], first["undecided"], first["annotators"], first["shared_items"]) == (4, 1, 2, 2)
    assert orjson.loads(first["labels"]) == {"on_brand": 2, "off_brand": 1}
    assert orjson.loads(first["strata"]) == {"pass": 4}
    assert (first["in_force"], second["in_force"]) == (False, True)
    assert (second["previous"], second["added"], second["removed"], second["relabelled"]) == ("v1", 1, 2, 1)
    assert pd.isna(first["previous"])
    assert second["age_days"] == 13
    assert "undecided 1" in card_text(pd.DataFrame([first]))["balance"].iloc[0]
    assert first["intact"] and second["intact"]


def test_a_set_is_no_part_of_weeks_before_it_came_into_force() -> None:
    assert list(cards_of(labels(*FIRST, *SECOND), day=date(2026, 3, 29))) == ["v1"]


def test_labels_and_watched_slices_without_items_are_gaps() -> None:
    traffic = Traffic(
        {"a1": {"tier": "gold"}, "b2": {"tier": "rare"}}, {"tier": ["gold", "silver"], "language": ["de"]}
    )
    rows = labels(line("a1", "on_brand"), line("b2", "on_brand"))
    card = cards_of(rows, day=date(2026, 4, 12), traffic=traffic)["v1"]
    assert orjson.loads(card["slices"]) == {
        "tier": {"gold": 1, "silver": 0, "other": 1},
        "language": {"de": 0},
    }
    assert orjson.loads(card["gaps"]) == [
        {"label": "off_brand"},
        {"slice_key": "tier", "slice_value": "silver"},
        {"slice_key": "language", "slice_value": "de"},
    ]
    text = card_text(
        cards(registry(rows), rows, SPECS, traffic, week=date(2026, 4, 6), day=date(2026, 4, 12))
    )
    assert text["gaps"].tolist() == ["off_brand, tier = silver, language = de"]
    assert text["change"].tolist() == ["first set"]


def test_a_set_that_is_not_what_was_registered_is_not_intact() -> None:
    rows = labels(*FIRST)
    known = registry(rows)
    changed = rows.assign(label=rows["label"].where(rows["item_id"] != "a1", "off_brand"))
    (row,) = cards(known, changed, SPECS, NO_TRAFFIC, week=date(2026, 4, 6), day=date(2026, 4, 12)).to_dict(
        "records"
    )
    assert not row["intact"]
    unknown = known.assign(digest=np.nan)
    assert cards(unknown, changed, SPECS, NO_TRAFFIC, week=date(2026, 4, 6), day=date(2026, 4, 12))[
        "intact"
    ].all()


class TestAgreement:
    """Krippendorff 2011, section A: two observers, coincidences 10, 4, 4, 2 of binary data: alpha = 0.095."""

    FIRST = "0100000000"
    SECOND = "1110010100"

    def test_alpha_of_two_observers_is_the_published_one(self) -> None:
        lines = [
            line(f"t{place}", "on_brand" if sign == "1" else "off_brand", by=who)
            for who, signs in (("meg", self.FIRST), ("owen", self.SECOND))
            for place, sign in enumerate(signs)
        ]
        agreement = annotator_agreement(TONE, labels(*lines))
        assert agreement["alpha"] == pytest.approx(0.095, abs=5e-4)
        # observed .6, expected .9 * .5 + .1 * .5 = .5
        assert agreement["kappa"] == pytest.approx(0.2)
        assert agreement["shared_items"] == 10

    def test_without_a_shared_item_it_is_missing_with_the_reason(self) -> None:
        agreement = annotator_agreement(
            TONE, labels(line("a1", "on_brand"), line("b2", "on_brand", by="ben"))
        )
        assert (agreement["alpha"], agreement["alpha_missing"], agreement["kappa"]) == (
            None,
            "no_labels",
            None,
        )
