import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.statistics.kitagawa import Side, kitagawa

CELLS = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=8
).filter(lambda cells: sum(cell[0] for cell in cells) > 0.01 and sum(cell[1] for cell in cells) > 0.01)


@given(CELLS)
def test_mix_and_within_add_up_to_the_change(cells: list[tuple[float, float, float, float]]) -> None:
    b, c, m0, m1 = np.array(cells).T
    split = kitagawa(Side(b, m0), Side(c, m1))
    assert split.total == pytest.approx(np.average(m1, weights=c) - np.average(m0, weights=b), abs=1e-9)
    assert split.mix + split.within == pytest.approx(split.total, abs=1e-9)


def test_cell_that_comes_or_goes_is_mix() -> None:
    split = kitagawa(Side([0.5, 0.5, 0.0], [0.9, 0.8, np.nan]), Side([0.5, 0.0, 0.5], [0.9, np.nan, 0.4]))
    assert split.within == 0.0
    assert split.mix == pytest.approx(split.total) == pytest.approx(-0.2)


def test_error_of_the_within_part_is_its_spread_over_samples() -> None:
    rng = np.random.default_rng(3)
    share, mean, n = np.array([0.7, 0.3]), np.array([0.9, 0.8]), np.array([700, 300])
    draws = rng.binomial(n, mean, size=(4000, 2, 2)) / n
    variance = mean * (1 - mean) / n
    splits = [kitagawa(Side(share, a, variance), Side(share, b, variance)) for a, b in draws]
    assert np.std([split.within for split in splits]) == pytest.approx(splits[0].within_se, rel=0.04)
    ends = np.std([split.within_by_cell for split in splits], axis=0)
    assert ends == pytest.approx(splits[0].within_se_by_cell, rel=0.05)
