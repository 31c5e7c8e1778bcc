"""How many of a week's labels each stratum gets: Neyman's allocation for the agreement with people."""

from collections.abc import Mapping
from math import sqrt

import pandas as pd

from behavior_pipeline.calibration.gate.decide import SURPLUS
from behavior_pipeline.dimensions.spec import Gate
from behavior_pipeline.tables.labelling import CHECK_FAIL, JUDGE_PASS
from behavior_pipeline.words import PASS

PLANNED_LABELS = 20  # what the plan of a stratum weighs against last month's labels of it
SMALLEST = 0.1  # of a week's labels for each stratum: rates that are known of no label can change unseen
Shares = Mapping[str, float]


def allocation(gate: Gate | None, strata: Shares, labelled: pd.DataFrame | None = None) -> dict[str, float]:
    """Return the share of the labels that each stratum gets; they add up to 1.

    `strata` are their shares of the scored traffic, `labelled` last month's items of the judge (stratum,
    human_score). A stratum's part is its share x |slope of the agreement in its share of good traces| x the
    standard deviation of one label (Neyman 1934, by the delta method), for the agreement of all and for that
    of what no check failed; a stratum gets the larger part of both, since the gate takes the smaller
    agreement. Ranks have no such slope: of grades, and without a gate, half are traces that failed.
    """
    known = {name: share for name, share in strata.items() if share > 0}
    one_sided = JUDGE_PASS not in known or len(known) == 1
    if gate is None or gate.metric == "spearman" or one_sided:
        return _halves(known)
    good = _good_shares(gate, known, labelled)
    judged = {name: share for name, share in known.items() if name != CHECK_FAIL}
    parts = [_neyman(known, good), _neyman(judged, good)]
    wanted = {name: max(part.get(name, 0.0) for part in parts) for name in known}
    floored = {name: max(part, SMALLEST * sum(wanted.values())) for name, part in wanted.items()}
    return {name: part / sum(floored.values()) for name, part in floored.items()}


def _halves(strata: Shares) -> dict[str, float]:
    """Return one half for what passed and one for what failed, divided by the shares of its strata."""
    failed = sum(share for name, share in strata.items() if name != JUDGE_PASS)
    sides = 1 + (JUDGE_PASS in strata and failed > 0)
    return {name: (1.0 if name == JUDGE_PASS else share / failed) / sides for name, share in strata.items()}


def _good_shares(gate: Gate, strata: Shares, labelled: pd.DataFrame | None) -> dict[str, float]:
    """Return what share of each stratum people would pass, by the plan and last month's labels.

    The plan is a judge a little above its gate that passes as many traces as are good.
    """
    passed = strata[JUDGE_PASS] / sum(strata.values())
    agreement = min(gate.minimum + SURPLUS, (1 + gate.minimum) / 2)
    good = dict.fromkeys(strata, passed * (1 - agreement))
    good[JUDGE_PASS] = passed + agreement * (1 - passed)
    if labelled is None:
        return good
    for name in strata:
        scores = labelled.loc[labelled["stratum"] == name, "human_score"]
        hits = int((scores >= PASS).sum())
        good[name] = (hits + PLANNED_LABELS * good[name]) / (len(scores) + PLANNED_LABELS)
    return good


def _neyman(strata: Shares, good: Shares) -> dict[str, float]:
    """Return the parts for the Matthews correlation of some strata, by the shares of good traces in them."""
    total = sum(strata.values())
    shares = {name: share / total for name, share in strata.items()}
    passed = shares[JUDGE_PASS]
    prevalence = sum(share * good[name] for name, share in shares.items())
    spread = passed * (1 - passed) * prevalence * (1 - prevalence)
    if spread <= 0:
        return dict.fromkeys(shares, 1 / len(shares))
    covariance = passed * (good[JUDGE_PASS] - prevalence)
    turn = covariance * (1 - 2 * prevalence) / (2 * prevalence * (1 - prevalence))
    parts = {
        name: share * abs((name == JUDGE_PASS) - passed - turn) * sqrt(good[name] * (1 - good[name]))
        for name, share in shares.items()
    }
    return {name: part / sum(parts.values()) for name, part in parts.items()}
