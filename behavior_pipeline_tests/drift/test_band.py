from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.drift.band import DEVIATIONS, quiet

shares = st.floats(0.01, 1)


@given(baseline=shares, sd=st.floats(0, 0.5), floor=shares, level=shares)
def test_quiet_is_usual_or_below_the_effect_floor(
    baseline: float, sd: float, floor: float, level: float
) -> None:
    band, change = quiet(baseline, sd, effect_floor=floor), abs(level - baseline)
    moved = change > DEVIATIONS * sd and change >= floor
    assert (band.low <= level <= band.high) is not moved


def test_a_change_of_the_floor_itself_is_not_quiet_and_no_change_is() -> None:
    assert not quiet(1.0, 0.0, effect_floor=0.02).low <= 0.98
    assert quiet(1.0, 0.0, effect_floor=0.0).low <= 1.0


def test_levels_in_hundredths_are_judged_as_their_differences_are() -> None:
    """1 - .9 is a little below .1: whoever subtracts calls it quiet, so the band does, too."""
    grid = product(range(80, 101, 2), range(1, 12), range(70, 101), range(4))
    for baseline, floor, level, deviation in grid:
        mean, sd, current = baseline / 100, deviation / 100, level / 100
        fall = mean - current
        out = fall > DEVIATIONS * sd and fall >= floor / 100
        assert (current < quiet(mean, sd, effect_floor=floor / 100).low) is out
