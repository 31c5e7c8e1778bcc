import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from behavior_pipeline.errors import ContractError
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline_tests.lake.frames import DAY, quarantine


def test_replacing_twice_is_replacing_once(lake: Lake) -> None:
    lake.replace({"quarantine": quarantine()}, {"day": DAY})
    once = lake.read("quarantine")
    lake.replace({"quarantine": quarantine()}, {"day": DAY})
    assert_frame_equal(lake.read("quarantine"), once)


def test_rows_that_break_the_contract_leave_the_partition_as_it_was(lake: Lake) -> None:
    lake.replace({"quarantine": quarantine()}, {"day": DAY})
    before, snapshot = lake.read("quarantine"), lake.snapshot()
    with pytest.raises(ContractError):
        lake.replace({"quarantine": quarantine().assign(reason="no such reason")}, {"day": DAY})
    assert_frame_equal(lake.read("quarantine"), before)
    assert lake.snapshot() == snapshot
