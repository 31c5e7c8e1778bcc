"""The human ceiling from labels of several annotators."""

import pandas as pd
import pytest

from behavior_pipeline.calibration.agreement.ceiling import People, human_ceiling, people
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
    ceiling = human_ceiling(spec(), labels(ann="ppffppff", bob="ppff----", cat="ffppffpp"))
    # ann-bob +1 on 4 items, ann-cat -1 on 8, bob-cat -1 on 4
    assert ceiling == pytest.approx((4 - 8 - 4) / 16)


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


def test_labels_given_again_and_adjudicated_ones_are_no_further_opinion() -> None:
    given = labels(ann="ppff", bob="ppfp")
    more = labels(cat="ffpp").assign(role="relabel")
    decided = labels(adjudicated="ppff")
    assert people(spec(), pd.concat([given, more, decided])) == people(spec(), given)


def test_kappa_and_alpha_of_people_with_their_items_and_pairs() -> None:
    agreement = people(spec(), labels(ann="pppppfffff", bob="ppppffffff", cat="pp--------"))
    assert (agreement.items, agreement.pairs, agreement.reason) == (10, 3, None)
    # ann-bob: observed .9, expected .5; cat agrees with both on two items of one class: no kappa there
    assert agreement.kappa == pytest.approx(0.8)
    # 22 ratings, 11 pass: coincidences by hand: item 5 disagrees alone
    disagreement, expected = 2 / 22, 2 * 11 * 11 / (22 * 21)
    assert agreement.alpha == pytest.approx(1 - disagreement / expected)


def test_without_a_second_opinion_the_reason_is_said() -> None:
    assert people(spec(), labels(ann="ppff")) == People()
    assert str(People().reason) == "one_annotator"
    alike = people(spec(), labels(ann="pppp", bob="pppp"))
    assert (alike.alpha, alike.kappa, alike.items, str(alike.reason)) == (None, None, 4, "one_class")


def test_graded_people_are_charged_by_the_size_of_their_difference() -> None:
    scale = {"kind": "graded", "labels": {"off_brand": 0.0, "so_so": 0.5, "on_brand": 1.0}}
    graded = spec(metric="spearman").model_copy(update={"scale": spec().scale.model_validate(scale)})

    def of(near: str) -> People:
        given = labels(ann="ppppffff", bob="ppppffff")
        differs = (given["annotator"] == "bob") & (given["item_id"] == "i0")
        return people(graded, given.assign(label=given["label"].mask(differs, near)))

    near, far = of("so_so"), of("off_brand")
    assert near.kappa is not None and far.kappa is not None and near.kappa > far.kappa
    assert near.alpha is not None and far.alpha is not None and near.alpha > far.alpha


@pytest.mark.parametrize("items", range(4, 24))
def test_items_that_somebody_left_unlabelled_change_no_distance_between_grades(items: int) -> None:
    """Kappa of two people stays the same when a third has labelled a single item."""
    grades = {f"grade_{step}": step / 5 for step in range(6)}
    scale = {"kind": "graded", "labels": grades}
    graded = spec(metric="spearman").model_copy(update={"scale": spec().scale.model_validate(scale)})
    pair = labels(ann="p" * items, bob="p" * items)
    steps = [*range(items), *(step + step % 3 for step in range(items))]
    pair = pair.assign(label=[f"grade_{step % 6}" for step in steps])
    with_gaps = pd.concat([pair, labels(cat="p").assign(label="grade_0")], ignore_index=True)
    assert people(graded, with_gaps).kappa == pytest.approx(people(graded, pair).kappa)
