"""The human ceiling from labels of several annotators."""

import pandas as pd
import pytest

from behavior_pipeline.calibration.ceiling import human_ceiling
from behavior_pipeline_tests.calibration.frames import monday, spec


def labels(**by_annotator: str) -> pd.DataFrame:
    """Return labels: one letter an item, p on brand, f off brand, - not labelled."""
    words = {"p": "on_brand", "f": "off_brand"}
    rows = [
        {"item_id": f"i{number}", "annotator": annotator, "label": words[letter]}
        for annotator, letters in by_annotator.items()
        for number, letter in enumerate(letters)
        if letter != "-"
    ]
    return pd.DataFrame(rows).assign(
        week=pd.Timestamp(monday(0)), dimension="tone", role="anchor", rubric_version="v2"
    )


def test_people_who_always_agree_reach_one() -> None:
    assert human_ceiling(spec(), labels(ann="ppff", bob="ppff")) == pytest.approx(1.0)


def test_pairs_count_by_the_items_they_share() -> None:
    found = human_ceiling(spec(), labels(ann="ppffppff", bob="ppff----", cat="ffppffpp"))
    # ann-bob +1 on 4 items, ann-cat -1 on 8, bob-cat -1 on 4
    assert found == pytest.approx((4 - 8 - 4) / 16)


@pytest.mark.parametrize(
    "given", [{"ann": "ppff"}, {"ann": "pp--", "bob": "--ff"}, {"ann": "pppp", "bob": "ppff"}]
)
def test_without_a_pair_that_can_be_compared_the_ceiling_is_missing(given: dict[str, str]) -> None:
    assert human_ceiling(spec(), labels(**given)) is None


def test_other_rubrics_and_diagnostic_items_stay_out() -> None:
    given = labels(ann="ppff", bob="ppff")
    assert human_ceiling(spec(), given.assign(rubric_version="v1")) is None
    assert human_ceiling(spec(), given.assign(role="diagnostic")) is None
    assert human_ceiling(spec(), given.assign(rubric_version="v2+99999999")) == pytest.approx(1.0)
