"""Solves the rates of a Poisson draw: anomalies more often, the expected size exactly what was asked."""

from collections.abc import Mapping

from behavior_pipeline.tables.scores import STRATA

ROUTINE, ANOMALY = STRATA


def solve_rates(
    populations: Mapping[str, int], *, boosts: Mapping[str, float], share: float
) -> dict[str, float]:
    """Return each stratum's rate min(1, boost x r), where sum(population x rate) = share x all.

    A stratum whose rate would pass 1 is taken whole and r is solved again for the others, so the expected
    size keeps to the share. An empty stratum gets the rate it would have.
    """
    left = share * sum(populations.values())
    free = set(populations)
    base = share
    while free:
        size = sum(boosts[stratum] * populations[stratum] for stratum in free)
        base = left / size if size > 0 else base
        full = {stratum for stratum in free if populations[stratum] and boosts[stratum] * base >= 1}
        if not full:
            break
        left -= sum(populations[stratum] for stratum in full)
        free -= full
    return {
        stratum: 1.0 if stratum not in free else max(0.0, min(1.0, boosts[stratum] * base))
        for stratum in populations
    }
