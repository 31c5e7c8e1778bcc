"""Draws who is judged: a Poisson sample by permanent random numbers, anomalies and small slices more often.

The first draw of a trace freezes its stratum, u and probability, drawn or not: a signal that comes later must
not give who was passed over a second chance at a higher rate. Traces that are new to the day, or to the
dimension's frame, take the rate of those like them: of their stratum and slices. The low-score signal counts
in a day's first draw.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import NamedTuple

import numpy as np
import orjson
import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.provenance.digests import canonical_json
from behavior_pipeline.provenance.uniform import hash_u
from behavior_pipeline.sampling.allocation import factors
from behavior_pipeline.sampling.frames import (
    CHECK,
    ELIGIBLE,
    failures,
    frame_counts,
    frame_of,
    inputs_of,
    parsed,
)
from behavior_pipeline.tables.contract import Table
from behavior_pipeline.tables.scores import SAMPLED_TRACES, SAMPLING_POPULATION, SAMPLING_RATES, STRATA

ROUTINE, ANOMALY = STRATA
LOW_SCORE = "low score"
NOT_READ = "low scores not read"
DIGITS = 6  # of a factor: equal ones make one group for the caps
NOT_KNOWN = "earlier draw not known"


class Drawn(NamedTuple):
    """Rows of a day in SAMPLED_TRACES, SAMPLING_POPULATION and SAMPLING_RATES."""

    sampled: pd.DataFrame
    population: pd.DataFrame
    rates: pd.DataFrame


class Draw(NamedTuple):
    """What a day's draw writes: Drawn, and SAMPLING_FRAMES."""

    sampled: pd.DataFrame
    population: pd.DataFrame
    rates: pd.DataFrame
    frames: pd.DataFrame


NOT_DRAWN = Drawn(SAMPLED_TRACES.empty(), SAMPLING_POPULATION.empty(), SAMPLING_RATES.empty())


def draw_day(
    specs: Mapping[str, DimensionSpec],
    traces: pd.DataFrame,
    *,
    day: date,
    check_scores: Mapping[str, pd.DataFrame],
    low_score: AbstractSet[str] | None,
    salt: str,
    before: Drawn = NOT_DRAWN,
) -> Draw:
    """Draw the day's traces for every dimension with a judge, and count the frames of all dimensions.

    `check_scores` has a frame as check_scores makes it for each dimension with checks. `low_score` are the
    conversations with a low judge score on an earlier day, None where they were not read. `before` is what an
    earlier draw of the day left. The salt is the same for all dimensions, so that their samples are nested.
    """
    failed = failures(check_scores)
    reasons = {name: frame_of(spec, traces, check_failures=failed) for name, spec in specs.items()}
    facts = _facts(traces, failed, salt=salt)
    there = before._replace(
        sampled=before.sampled[before.sampled["trace_id"].isin(traces["trace_id"])],
        population=before.population[before.population["trace_id"].isin(traces["trace_id"])],
    )
    parts = [NOT_DRAWN]
    for name, spec in specs.items():
        if spec.judge is not None:
            in_frame = (reasons[name] == ELIGIBLE).to_numpy() & ~facts["trace_id"].isin(failed.get(name, ()))
            parts.append(_draw(facts[in_frame], spec, before=there, low_score=low_score, day=day))
    sampled, population, rates = zip(*parts, strict=True)
    return Draw(
        sampled=_stacked(sampled, SAMPLED_TRACES),
        population=_stacked([there.population, *population], SAMPLING_POPULATION),
        rates=_stacked([there.rates, *rates], SAMPLING_RATES),
        frames=frame_counts(
            _measured(specs, reasons, check_scores=check_scores),
            traces,
            day=day,
            inputs=inputs_of(check_scores),
        ),
    )


def _draw(
    judged: pd.DataFrame, spec: DimensionSpec, *,
    before: Drawn, low_score: AbstractSet[str] | None, day: date,
) -> Drawn:  # fmt: skip
    """Return who is drawn of the frame, and the rows that the population and the rates get more.

    Who has a row in the population had a chance. Days of older versions kept the rows of drawn traces only.
    """
    stored, known = _stored(before.rates, spec), _of_dimension(before.population, spec)
    older = _of_dimension(before.sampled, spec)
    older = older[~older["trace_id"].isin(known["trace_id"])]
    now = _stratified(judged, spec, low_score=None if stored else low_score)
    new = now[~now["trace_id"].isin([*known["trace_id"], *older["trace_id"]])]
    if not stored:
        probability = _solved(now, spec)[new.index]
    elif known.empty:
        new = _at_the_lowest_rate(new, stored)
        probability = new["stratum"].map(stored)
    else:
        probability = _as_frozen(new, known, now, rates=stored)
    rates = NOT_DRAWN.rates if stored or now.empty else _rate_rows(now, spec, probability, day=day)
    first = _stacked([older, _frozen(new, spec, probability, day=day)], SAMPLING_POPULATION)
    return Drawn(_drawn(_stacked([known, first], SAMPLING_POPULATION), judged), first, rates)


def _facts(traces: pd.DataFrame, failed: Mapping[str, AbstractSet[str]], *, salt: str) -> pd.DataFrame:
    """Return what strata are made of, one row a trace in the order of `traces`."""
    failing: dict[str, list[str]] = {}
    for dimension in sorted(failed):
        for trace_id in failed[dimension]:
            failing.setdefault(trace_id, []).append(dimension)
    ids = [str(trace_id) for trace_id in traces["trace_id"]]
    slices = parsed(traces["slices"])
    cells = {
        id(values): canonical_json(values).decode() for values in slices
    }  # equal texts share their object
    return pd.DataFrame(
        {
            "trace_id": traces["trace_id"].to_numpy(),
            "conversation_id": traces["conversation_id"].to_numpy(),
            "sampling_weight": traces["sampling_weight"].to_numpy(),
            "u": [hash_u(trace_id, salt) for trace_id in ids],
            "slices": slices,
            "cell": [cells[id(values)] for values in slices],
            "signals": [_signals(text) for text in traces["signals"]],
            "failing": [failing.get(trace_id, []) for trace_id in ids],
        }
    )


def _signals(text: object) -> list[str]:
    if not isinstance(text, str) or text in ("", "[]"):
        return []
    try:
        words = orjson.loads(text)
    except orjson.JSONDecodeError:
        return []
    return [str(word) for word in words] if isinstance(words, list) else []


def _stratified(
    facts: pd.DataFrame, spec: DimensionSpec, *, low_score: AbstractSet[str] | None
) -> pd.DataFrame:
    """Return the population with stratum and reason; checks it depends on make no anomaly."""
    no_anomaly = {spec.name, *spec.requires.passed}
    low = facts["conversation_id"].isin(low_score) if low_score else pd.Series(False, index=facts.index)
    words = [
        [
            *signals,
            *(f"{CHECK}{name}" for name in failing if name not in no_anomaly),
            *([LOW_SCORE] if is_low else []),
        ]
        for signals, failing, is_low in zip(facts["signals"], facts["failing"], low, strict=True)
    ]
    suffix = f"; {NOT_READ}" if low_score is None else ""
    routine = f"{ROUTINE}{suffix}"
    return facts.assign(
        stratum=[ANOMALY if anomalies else ROUTINE for anomalies in words],
        reason=[
            f"{ANOMALY}: {', '.join(anomalies)}{suffix}" if anomalies else routine for anomalies in words
        ],
    )


def _stored(rates: pd.DataFrame, spec: DimensionSpec) -> dict[str, float]:
    """Return the frozen rates of the dimension and its sampling version, or nothing before the first draw."""
    mine = _of_dimension(rates, spec)
    frozen = {str(stratum): float(rate) for stratum, rate in zip(mine["stratum"], mine["rate"], strict=True)}
    return frozen if set(frozen) == set(STRATA) else {}


def _of_dimension(frame: pd.DataFrame, spec: DimensionSpec) -> pd.DataFrame:
    return frame[(frame["dimension"] == spec.name) & (frame["sampling_version"] == spec.sampling.drawn_as)]


def _solved(population: pd.DataFrame, spec: DimensionSpec) -> "pd.Series[float]":
    """Return each trace's probability, by its stratum and its slices."""
    boosts = {ROUTINE: 1.0, ANOMALY: spec.sampling.anomaly_boost}
    factor = np.ones(len(population))
    if spec.sampling.allocation == "proportional":
        factor = factors([*population["slices"]]).round(DIGITS)
    boost = population["stratum"].map(boosts).to_numpy(float) * factor
    values, groups, sizes = np.unique(boost, return_inverse=True, return_counts=True)
    rates = solve_rates(
        {str(group): int(size) for group, size in enumerate(sizes)},
        boosts={str(group): float(value) for group, value in enumerate(values)},
        share=spec.sampling.share,
    )
    return pd.Series([rates[str(group)] for group in groups], population.index, dtype="float64")


def _as_frozen(
    new: pd.DataFrame, known: pd.DataFrame, now: pd.DataFrame, *, rates: Mapping[str, float]
) -> "pd.Series[float]":
    """Return the frozen probability of those of the same stratum and slices, else the stratum's mean rate."""
    like = known[["trace_id", "stratum", "inclusion_probability"]].merge(now[["trace_id", "cell"]])
    frozen = like.groupby(["stratum", "cell"])["inclusion_probability"].min().to_dict()
    pairs = new[["stratum", "cell"]].itertuples(index=False, name=None)
    probabilities = [frozen.get(pair, rates[pair[0]]) for pair in pairs]
    return pd.Series(probabilities, index=new.index, dtype="float64")


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


def _at_the_lowest_rate(new: pd.DataFrame, rates: Mapping[str, float]) -> pd.DataFrame:
    """Return traces that may have been passed over already, on a day that does not say by whom.

    Whoever was passed over has a u above the rate of its stratum, so above the lowest one: at that rate only
    a trace that is new can be drawn, at its true probability, whatever signals it has.
    """
    lowest = min(rates, key=lambda stratum: (rates[stratum], stratum != ROUTINE))
    return new.assign(stratum=lowest, reason=f"{lowest}; {NOT_KNOWN}")


def _frozen(
    new: pd.DataFrame, spec: DimensionSpec, probability: "pd.Series[float]", *, day: date
) -> pd.DataFrame:
    """Return SAMPLING_POPULATION rows of traces that had no chance before."""
    rows = new.assign(
        day=pd.Timestamp(day),
        dimension=spec.name,
        sampling_version=spec.sampling.drawn_as,
        inclusion_probability=probability.astype("float64"),
    )
    return rows[list(SAMPLING_POPULATION.columns)]


def _drawn(population: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """Return who is drawn of those in the frame: u < probability."""
    rows = population[population["u"] < population["inclusion_probability"]]
    return rows.merge(judged[["trace_id", "sampling_weight"]], on="trace_id")


def _rate_rows(
    population: pd.DataFrame, spec: DimensionSpec, probability: "pd.Series[float]", *, day: date
) -> pd.DataFrame:
    """Return the mean rate of each stratum; an empty one has what it would have at average slices."""
    counts = population["stratum"].value_counts()
    means = probability.groupby(population["stratum"]).mean().to_dict()
    empty = solve_rates(
        {stratum: int(counts.get(stratum, 0)) for stratum in STRATA},
        boosts={ROUTINE: 1.0, ANOMALY: spec.sampling.anomaly_boost},
        share=spec.sampling.share,
    )
    return pd.DataFrame(
        {
            "day": pd.Timestamp(day),
            "dimension": spec.name,
            "stratum": STRATA,
            "sampling_version": spec.sampling.drawn_as,
            "population": [int(counts.get(stratum, 0)) for stratum in STRATA],
            "rate": [means.get(stratum, empty[stratum]) for stratum in STRATA],
        }
    )


def _measured(
    specs: Mapping[str, DimensionSpec],
    reasons: Mapping[str, "pd.Series[str]"],
    *,
    check_scores: Mapping[str, pd.DataFrame],
) -> dict[str, "pd.Series[str]"]:
    """Return the frames to count: where only checks decide, what they cannot score is outside too."""
    measured = {}
    for name, reason in reasons.items():
        if specs[name].kind == "checked" and name in check_scores:
            scored = check_scores[name].set_index("trace_id")
            why = scored["missing_reason"].reindex(reason.index)
            reason = reason.mask((reason == ELIGIBLE) & why.notna(), why)  # noqa: PLW2901 - the same, refined
        measured[name] = reason
    return measured


def _stacked(parts: Sequence[pd.DataFrame], table: Table) -> pd.DataFrame:
    """Return the rows of several frames as the table holds them, in the order of its key."""
    types = table.empty().dtypes.to_dict()
    rows = table.joined(part[list(types)].astype(types) for part in parts)
    return rows.sort_values(list(table.key), ignore_index=True)
