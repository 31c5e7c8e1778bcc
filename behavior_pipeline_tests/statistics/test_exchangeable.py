"""Bets on items that are scored again: fair where scorings are exchangeable, rich where an event began."""

from itertools import product

import numpy as np
import pytest

from behavior_pipeline.statistics.exchangeable import ODDS, log_bets


@pytest.mark.parametrize("size", [1, 3, 8])
def test_bet_is_fair_for_every_set_of_scorings(size: int) -> None:
    """Each of the scorings is the new one alike: the mean bet over them is 1 exactly."""
    for with_event in range(size + 2):
        scorings = np.arange(size + 1) < with_event
        bets = np.exp([log_bets([with_event - one], [size], [one])[0] for one in scorings])
        assert bets.mean(axis=0) == pytest.approx(np.ones(len(ODDS)))


def test_products_over_days_have_expectation_one_for_an_item_of_any_rate() -> None:
    for rate in (0.1, 0.5):
        total = np.zeros(len(ODDS))
        for scorings in product([False, True], repeat=6):
            chance = np.prod(np.where(scorings, rate, 1 - rate))
            steps = [
                log_bets([sum(scorings[:at])], [at], [scorings[at]])[0] for at in range(1, len(scorings))
            ]
            total += chance * np.exp(np.sum(steps, axis=0))
        assert total == pytest.approx(np.ones(len(ODDS)))


def test_item_that_never_or_always_shows_the_event_costs_nothing() -> None:
    assert not log_bets([0, 8], [8, 8], [False, True]).any()


def test_event_where_there_was_none_gains_and_its_absence_where_there_was_loses() -> None:
    began, stayed_away = log_bets([0, 1], [8, 8], [True, False])
    assert (began > 0.8).all()
    assert (stayed_away < 0).all()
