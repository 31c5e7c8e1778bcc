import pandas as pd

from behavior_pipeline.cli.status import account_of


def test_account_is_a_sum_that_says_what_is_not_accounted_for() -> None:
    counts = {"present": 9, "stored": 4, "logs_attached": 3, "logs_unmatched": 1, "quarantined": 1}
    text = "9 present = 4 stored + 3 logs attached + 1 logs unmatched + 1 quarantined"
    assert account_of(pd.Series(counts)) == text
    assert account_of(pd.Series({**counts, "present": 10})) == f"10{text[1:]} + 1 unaccounted for"
