from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.drift.band import DEVIATIONS, quiet, usual

shares = st.floats(0, 1)


@given(baseline=shares, sd=st.floats(0, 0.5), floor=shares, level=shares)
def test_quiet_is_usual_or_below_the_effect_floor(
    baseline: float, sd: float, floor: float, level: float
) -> None:
    band, change = quiet(baseline, sd, effect_floor=floor), abs(level - baseline)
    assert band.low <= usual(baseline, sd).low and band.high >= usual(baseline, sd).high
    if change < max(DEVIATIONS * sd, floor) - 1e-9:
        assert band.low <= level <= band.high
    if change > max(DEVIATIONS * sd, floor) + 1e-9:
        assert not band.low <= level <= band.high


def test_a_change_of_the_floor_itself_is_not_quiet_and_no_change_is() -> None:
    assert not quiet(1.0, 0.0, effect_floor=0.02).low <= 0.98
    assert quiet(1.0, 0.0, effect_floor=0.0).low <= 1.0
