"""Links over a change of judge: the shift on the traffic, not on a balanced set, with an error that holds."""

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.calibration.judges.bridge import Cells, links_of_week, shift_of
from behavior_pipeline_tests.calibration.frames import RUBRIC, labelled, monday, run, scores, spec

GOOD = 0.9  # of the traffic
OLD, NEW = (0.98, 0.75), (0.95, 0.85)  # sensitivity and specificity
TRUTH = GOOD * (NEW[0] - OLD[0]) - (1 - GOOD) * (NEW[1] - OLD[1])
CELLS = Cells(np.outer([GOOD, 1 - GOOD], [1, 1]).ravel() * [OLD[0], 1 - OLD[0], 1 - OLD[1], OLD[1]], 960)


def verdicts(generator: np.random.Generator, n: int = 320) -> pd.DataFrame:
    """Return anchors, half of them bad, that two judges scored independently given the truth."""
    human = np.repeat([1.0, 0.0], n // 2)
    sides = [
        np.where(generator.random(n) < np.where(human > 0, *rates), human, 1 - human) for rates in (OLD, NEW)
    ]
    return pd.DataFrame({"human": human, "before": sides[0], "after": sides[1]})


def test_shift_is_that_of_the_traffic_and_its_interval_holds_it() -> None:
    generator = np.random.default_rng(41)
    shifts = [shift_of(verdicts(generator), CELLS) for _ in range(400)]
    values, errors = (np.array([getattr(one, name) for one in shifts]) for name in ("value", "se"))
    assert values.mean() == pytest.approx(TRUTH, abs=0.003)
    assert 0.92 <= np.mean(np.abs(values - TRUTH) <= 1.96 * errors) <= 0.99
    plain = verdicts(generator, 20_000)
    assert abs((plain["after"] - plain["before"]).mean() - TRUTH) > 0.01, "the set itself says otherwise"


def test_unknown_shares_and_few_items_give_a_reason() -> None:
    pairs = verdicts(np.random.default_rng(42))
    assert shift_of(pairs, None).reason == "no_labels"
    assert shift_of(pairs.head(39), CELLS).reason == "too_few"
    assert shift_of(pairs[pairs["human"] > 0], CELLS).reason == "too_few", (
        "nobody knows what it does to failures"
    )


JUDGES = ("v1@a", "v1@a", "v1@b")
ANCHORS = (150, 10, 40, 120)


def test_new_judge_is_linked_by_the_anchors_that_both_scored() -> None:
    fresh = [[labelled(week, (400, 8, 12, 28), judge=judge)] for week, judge in enumerate(JUDGES)]
    anchors = [labelled(week, ANCHORS, fresh=False, judge=judge) for week, judge in enumerate(JUDGES)]
    caught = anchors[2].index[(anchors[2]["human_score"] == 0) & (anchors[2]["judge_score"] == 1)]
    anchors[2].loc[caught, "judge_score"] = 0.0
    agreement = run(spec(), *fresh, in_use=[[judge] for judge in JUDGES])
    rows = scores(*(frames[0] for frames in fresh), *anchors)
    link = links_of_week(spec(), week=monday(2), scores=rows, agreement=agreement).iloc[0]
    assert (link["from_judge"], link["to_judge"], link["to_rubric"]) == ("v1@a", "v1@b", RUBRIC)
    assert (link["method"], link["n"], link["since"]) == ("anchors", 320, pd.Timestamp(monday(2)))
    assert link["shift"] == pytest.approx(-12 / 448), "all that the old judge passed wrongly, in the traffic"
    assert 0 < link["se"] < 0.01
    before = {"scores": rows[rows["week"] < pd.Timestamp(monday(2))], "agreement": agreement}
    assert links_of_week(spec(), week=monday(1), **before).empty


def test_change_of_long_ago_needs_no_link() -> None:
    frames = [labelled(week, ANCHORS, fresh=False, judge=judge) for week, judge in enumerate(JUDGES[1:])]
    agreement = run(spec(), *([frame] for frame in frames), in_use=[[judge] for judge in JUDGES[1:]])
    of = {"scores": scores(*frames), "agreement": agreement}
    assert len(links_of_week(spec(), week=monday(10), **of)) == 1
    assert links_of_week(spec(), week=monday(11), **of).empty
