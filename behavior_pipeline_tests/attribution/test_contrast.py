import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.attribution.contrast import NewValue, before_and_after, new_values
from behavior_pipeline_tests.attribution.worlds import END, MONDAY, days


def news(table: pd.DataFrame) -> list[NewValue]:
    return list(new_values(table, first=MONDAY, last=END, end=END))


def levels(*parts: tuple[int, float, float]) -> list[tuple[float, float]]:
    """Return days: so many of each part, with traces and mean."""
    return [(n, mean) for number, n, mean in parts for _ in range(number)]


def test_rollout_on_part_of_the_traffic_is_compared_with_the_rest_of_the_same_days() -> None:
    """All fell by .05 in the week; what has the new prompt fell by .10 more."""
    table = days(
        {
            ("prompt", "old"): levels((28, 100, 0.9), (7, 70, 0.85)),
            ("prompt", "new"): levels((28, 0, 0), (7, 30, 0.75)),
        }
    )
    (new,) = news(table)
    assert (new.value, new.replaced, new.share) == ("new", "old", pytest.approx(0.3))
    assert new.contrast is not None
    assert new.contrast.estimate == pytest.approx(-0.10)


def test_switch_on_a_day_on_which_others_fell_as_much_explains_nothing() -> None:
    table = days(
        {
            ("prompt", "docs-1"): levels((30, 100, 0.9), (5, 0, 0)),
            ("prompt", "docs-2"): levels((30, 0, 0), (5, 100, 0.8)),
            ("prompt", "chat-1"): levels((30, 100, 0.95), (5, 100, 0.85)),
        }
    )
    (new,) = news(table)
    assert new.replaced == "docs-1"
    assert new.contrast is not None
    assert new.contrast.estimate == pytest.approx(0.0)
    assert new.controls == 500


def test_switch_of_everything_is_before_and_after() -> None:
    table = days(
        {("model", "a"): levels((30, 100, 0.9), (5, 0, 0)), ("model", "b"): levels((30, 0, 0), (5, 100, 0.8))}
    )
    (new,) = news(table)
    assert new.controls == 0
    assert new.contrast is not None
    assert new.contrast.estimate == pytest.approx(-0.1)
    assert new.contrast.se == pytest.approx((0.9 * 0.1 / 3000 + 0.8 * 0.2 / 500) ** 0.5)


def test_traffic_of_its_own_replaces_nothing() -> None:
    table = days(
        {
            ("model", "a"): levels((30, 100, 0.9), (5, 100, 0.9)),
            ("model", "b"): levels((30, 50, 0.9), (5, 50, 0.9)),
            ("model", "new"): levels((30, 0, 0), (5, 150, 0.5)),
        }
    )
    (new,) = news(table)
    assert new.replaced == "a"  # it lost a third of the share while the new one has half
    rare = days(
        {
            ("model", name): levels((30, 100, 0.9), (5, 100, 0.9)) for name in "abcdefgh"
        } | {("model", "new"): levels((30, 0, 0), (5, 400, 0.5))}
    )  # fmt: skip
    (new,) = news(rare)
    assert new.replaced is None
    assert new.contrast is None


@pytest.mark.parametrize(
    "table",
    [
        days({("prompt", "a"): levels((35, 99, 0.9)), ("prompt", "b"): levels((28, 0, 0), (7, 1, 0.1))}),
        days({("prompt", "a"): levels((35, 60, 0.9)), ("prompt", "b"): levels((20, 0, 0), (15, 40, 0.9))}),
        days({("prompt", "a"): levels((7, 100, 0.9))}),
        days({("slice", "inside"): levels((30, 0, 0), (5, 100, 0.9))}),
    ],
    ids=["a blip", "weeks ago", "the first day of all", "no component"],
)
def test_is_no_suspect(table: pd.DataFrame) -> None:
    assert news(table) == []


@pytest.mark.slow
def test_contrast_of_noise_is_significant_as_often_as_it_says() -> None:
    rng, p_values = np.random.default_rng(5), []
    for _ in range(400):
        table = days(
            {
                ("prompt", "old"): levels((28, 60, 0.9), (7, 40, 0.9)),
                ("prompt", "new"): levels((28, 0, 0), (7, 20, 0.9)),
            },
            rng=rng,
        )
        (new,) = news(table)
        assert new.contrast is not None
        p_values.append(new.contrast.p_value)
    assert np.mean(np.array(p_values) < 0.1) == pytest.approx(0.1, abs=0.04)


def test_event_is_what_the_slice_did_beyond_the_rest() -> None:
    table = days(
        {
            ("slice", "inside"): levels((30, 40, 0.9), (5, 40, 0.7)),
            ("slice", "outside"): levels((30, 60, 0.8), (5, 60, 0.75)),
        }
    )
    contrast = before_and_after(table, day=END - pd.Timedelta(days=5), end=END)
    assert contrast is not None
    assert contrast.estimate == pytest.approx(-0.15)
    assert before_and_after(table, day=END, end=END) is None
