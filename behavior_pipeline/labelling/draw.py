"""Draws traces for people to label: by who failed them, in an order of which any beginning is a sample.

What a check failed is a stratum of its own, since labels of it say nothing of the judge.

Judged traces were themselves drawn with unequal probabilities, anomalies up to three times as often. So a
trace's place is u / weight, u a permanent random number that sampling does not know and weight one over the
probability with which the trace came to be judged: sequential Poisson sampling (Ohlsson 1998) of what is left
to draw. Within a stratum the two draws together give each trace of the traffic the same probability, the
u / weight of the first trace that was left out, unless that is more than the first draw allowed: then it
stays 1 / weight (priority sampling, Duffield, Lund and Thorup 2007, JACM 54(6): one over it is unbiased).
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from behavior_pipeline.calibration.items.strata import stratum_of
from behavior_pipeline.dimensions.spec import Gate
from behavior_pipeline.labelling.allocation import allocation
from behavior_pipeline.provenance.digests import short_digest
from behavior_pipeline.provenance.uniform import hash_u
from behavior_pipeline.words import PASS

BLOCK = 20  # items of the order in which the strata have their shares
SALT_DIGITS = 40


def labelling_salt(sampling_salt: str) -> str:
    """Return the salt of the labels' own random numbers: those of sampling would favour what it favours."""
    return short_digest([sampling_salt, "labels"], length=SALT_DIGITS)


def drawn(
    population: pd.DataFrame,
    *,
    size: int,
    salt: str,
    gate: Gate | None = None,
    labelled: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the traces to label, in order: trace_id, stratum, u, inclusion_probability.

    `population` has trace_id, score, weight and evaluator of traces with a verdict. The strata's parts are
    those of `allocation`, from last month's labels of the judge, without a gate half of what failed; what one
    stratum lacks the others give. The probability is that of the whole sample. A beginning of it is one too:
    of a stratum it holds the first traces, and its probability is the same expression with the first trace
    that it leaves out.
    """
    ranked = _ranked(population[population["score"].notna() & (population["weight"] > 0)], salt)
    strata = {str(name): rows for name, rows in ranked.groupby("stratum", sort=True)}
    shares = (ranked.groupby("stratum")["weight"].sum() / ranked["weight"].sum()).to_dict()
    wanted = allocation(gate, {str(name): float(share) for name, share in shares.items()}, labelled)
    sizes = _sizes({name: len(rows) for name, rows in strata.items()}, wanted, size=size)
    parts = [_first(strata[name], count, of=sum(sizes.values())) for name, count in sizes.items() if count]
    chosen = pd.concat(parts) if parts else _first(ranked, 0, of=1)
    return chosen.sort_values(["block", "place"], ignore_index=True)[_COLUMNS]


_COLUMNS = ["trace_id", "stratum", "u", "inclusion_probability"]


def _sizes(there: Mapping[str, int], wanted: Mapping[str, float], *, size: int) -> dict[str, int]:
    """Return whole numbers that add up to the size, or to all there is, none above what is there."""
    left, sizes = min(size, sum(there.values())), dict.fromkeys(there, 0)
    while left:
        open_ = {name: wanted[name] for name in there if sizes[name] < there[name]}
        exact = {name: left * part / sum(open_.values()) for name, part in open_.items()}
        by_rest = sorted(exact, key=lambda name: (int(exact[name]) - exact[name], name))
        more = left - sum(map(int, exact.values()))
        for place, name in enumerate(by_rest):
            sizes[name] = min(there[name], sizes[name] + int(exact[name]) + (place < more))
        left = min(size, sum(there.values())) - sum(sizes.values())
    return sizes


def _ranked(population: pd.DataFrame, salt: str) -> pd.DataFrame:
    u = np.array([hash_u(str(trace_id), salt) for trace_id in population["trace_id"]], dtype=float)
    weight = population["weight"].to_numpy(dtype=float)
    passed = population["score"].to_numpy(dtype=float) >= PASS
    rows = pd.DataFrame(
        {
            "trace_id": population["trace_id"].to_numpy(), "u": u, "weight": weight, "rank": u / weight,
            "stratum": stratum_of(passed, population.get("evaluator")),
        }
    )  # fmt: skip
    return rows.sort_values(["rank", "trace_id"], ignore_index=True)


def _first(stratum: pd.DataFrame, size: int, *, of: int) -> pd.DataFrame:
    """Return a stratum's first traces with probability, and their places in the order of all strata.

    Within blocks of 20 the strata alternate at random, so that whoever labels cannot tell a verdict from its
    place; within a stratum the order stays that of the ranks.
    """
    threshold = stratum["rank"].iloc[size] if size < len(stratum) else np.inf
    taken = stratum.head(size)
    places = [hash_u(f"{name}", "place") for name in taken["trace_id"]]
    block = (np.arange(size) * of / max(size, 1)) // BLOCK
    by_block = pd.Series(places, dtype=float).groupby(block)
    within = by_block.transform(lambda of_block: np.sort(of_block.to_numpy()))
    return taken.assign(
        inclusion_probability=np.minimum(threshold, 1 / taken["weight"]),
        block=block,
        place=within.to_numpy(),
    )
