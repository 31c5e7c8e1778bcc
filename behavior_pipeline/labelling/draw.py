"""Draws traces for people to label: by the judge's verdict, in an order of which any beginning is a sample.

Judged traces were themselves drawn with unequal probabilities, anomalies up to three times as often. So a
trace's place is u / weight, u a permanent random number that sampling does not know and weight one over the
probability with which the trace came to be judged: sequential Poisson sampling (Ohlsson 1998) of what is left
to draw. Within a stratum the two draws together give each trace of the traffic the same probability, the
u / weight of the first trace that was left out, unless that is more than the first draw allowed: then it
stays 1 / weight (priority sampling, Duffield, Lund and Thorup 2007, JACM 54(6): one over it is unbiased).
"""

import numpy as np
import pandas as pd

from behavior_pipeline.provenance.digests import short_digest
from behavior_pipeline.provenance.uniform import hash_u
from behavior_pipeline.tables.labelling import JUDGE_FAIL, JUDGE_PASS
from behavior_pipeline.words import PASS

HALF_BLOCK = 10  # of the order: after every 20 items both strata were asked equally often
SALT_DIGITS = 40


def labelling_salt(sampling_salt: str) -> str:
    """Return the salt of the labels' own random numbers: those of sampling would favour what it favours."""
    return short_digest([sampling_salt, "labels"], length=SALT_DIGITS)


def drawn(population: pd.DataFrame, *, size: int, salt: str) -> pd.DataFrame:
    """Return the traces to label, in order: trace_id, stratum, u, inclusion_probability.

    `population` has trace_id, score and weight of traces with a verdict. Half of the sample are traces that
    the judge failed; what one stratum lacks the other gives. The probability is that of the whole sample. A
    beginning of it is one too: of a stratum it holds the first traces, and its probability is the same
    expression with the first trace that it leaves out.
    """
    known = population["score"].notna() & (population["weight"] > 0)
    ranked = _ranked(population[known], salt)
    passed, failed = (ranked[ranked["stratum"] == name] for name in (JUDGE_PASS, JUDGE_FAIL))
    from_failed = min(len(failed), max(size - size // 2, size - len(passed)))
    from_passed = min(len(passed), size - from_failed)
    parts = [_first(*part) for part in ((failed, from_failed), (passed, from_passed)) if part[1]]
    chosen = pd.concat(parts) if parts else _first(ranked, 0)
    return chosen.sort_values(["block", "place"], ignore_index=True)[_COLUMNS]


_COLUMNS = ["trace_id", "stratum", "u", "inclusion_probability"]


def _ranked(population: pd.DataFrame, salt: str) -> pd.DataFrame:
    u = np.array([hash_u(str(trace_id), salt) for trace_id in population["trace_id"]], dtype=float)
    weight = population["weight"].to_numpy(dtype=float)
    passed = population["score"].to_numpy(dtype=float) >= PASS
    rows = pd.DataFrame(
        {
            "trace_id": population["trace_id"].to_numpy(), "u": u, "weight": weight, "rank": u / weight,
            "stratum": np.where(passed, JUDGE_PASS, JUDGE_FAIL),
        }
    )  # fmt: skip
    return rows.sort_values(["rank", "trace_id"], ignore_index=True)


def _first(stratum: pd.DataFrame, size: int) -> pd.DataFrame:
    """Return a stratum's first traces with probability, and their places in the order of both strata.

    Within blocks of 20 the strata alternate at random, so that whoever labels cannot tell a verdict from its
    place; within a stratum the order stays that of the ranks.
    """
    threshold = stratum["rank"].iloc[size] if size < len(stratum) else np.inf
    taken = stratum.head(size)
    number = np.arange(size)
    places = [hash_u(f"{name}", "place") for name in taken["trace_id"]]
    block = number // HALF_BLOCK
    by_block = pd.Series(places, dtype=float).groupby(block)
    within = by_block.transform(lambda of_block: np.sort(of_block.to_numpy()))
    return taken.assign(
        inclusion_probability=np.minimum(threshold, 1 / taken["weight"]),
        block=block,
        place=within.to_numpy(),
    )
