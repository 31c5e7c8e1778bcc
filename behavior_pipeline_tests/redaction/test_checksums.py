from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.redaction.finders import checksums

# The examples of the standards and of the authorities that give the numbers out.
RIGHT = [
    (checksums.luhn, "4111111111111111"),
    (checksums.luhn, "79927398713"),
    (checksums.br_cpf, "111.444.777-35"),
    (checksums.cn_resident, "11010519491231002X"),
    (checksums.fr_nir, "255081416802538"),
    (checksums.ch_ahv, "756.9217.0769.85"),
    (checksums.nl_bsn, "111222333"),
    (checksums.sg_nric, "S1234567D"),
    (checksums.sg_nric, "F1234567N"),
]


@pytest.mark.parametrize(("fits", "number"), RIGHT)
def test_published_example_fits(fits: Callable[[str], bool], number: str) -> None:
    assert fits(number)


class TestOneWrongDigit:
    """All of these schemes find every single wrong digit."""

    @given(case=st.sampled_from(RIGHT), place=st.integers(0, 30), shift=st.integers(1, 9))
    def test_is_found(self, case: tuple[Callable[[str], bool], str], place: int, shift: int) -> None:
        fits, number = case
        places = [at for at, sign in enumerate(number) if sign.isdigit()]
        at = places[place % len(places)]
        wrong = number[:at] + str((int(number[at]) + shift) % 10) + number[at + 1 :]
        assert not fits(wrong)


@pytest.mark.parametrize("fits", [checksums.br_cpf, checksums.nl_bsn, checksums.ch_ahv])
@pytest.mark.parametrize("number", ["", "1", "00000000000", "000000000"])
def test_what_is_too_short_or_empty_fits_nothing(fits: Callable[[str], bool], number: str) -> None:
    assert not fits(number)
