"""Draws who is judged: a Poisson sample by permanent random numbers, anomalies up to three times as often.

The first draw of a day freezes its rates and rows. A later draw keeps every row whose trace still exists and
gives traces new to the day the stored rate of their stratum. The low-score signal counts in a first draw,
since a trace that was passed over then must not get a second chance at a higher rate.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import NamedTuple

import orjson
import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.provenance.uniform import hash_u
from behavior_pipeline.sampling.frames import CHECK, ELIGIBLE, failures, frame_counts, frame_of
from behavior_pipeline.tables.scores import SAMPLED_TRACES, SAMPLING_RATES, STRATA

ROUTINE, ANOMALY = STRATA
LOW_SCORE = "low score"
NOT_READ = "low scores not read"


class Draw(NamedTuple):
    """What a day's draw writes: SAMPLED_TRACES, SAMPLING_RATES and SAMPLING_FRAMES."""

    sampled: pd.DataFrame
    rates: pd.DataFrame
    frames: pd.DataFrame


def draw_day(
    specs: Mapping[str, DimensionSpec],
    traces: pd.DataFrame,
    *,
    day: date,
    check_scores: Mapping[str, pd.DataFrame],
    low_score: AbstractSet[str] | None,
    salt: str,
    stored_rates: pd.DataFrame | None = None,
    stored_rows: pd.DataFrame | None = None,
) -> Draw:
    """Draw the day's traces for every dimension with a judge, and count the frames of all dimensions.

    `check_scores` has a frame as check_scores makes it for each dimension with checks. `low_score` are the
    conversations with a low judge score on an earlier day, None where they were not read. `stored_*` are the
    day's rows of SAMPLING_RATES and SAMPLED_TRACES from an earlier draw. The salt is the same for all
    dimensions, so that their samples are nested.
    """
    failed = failures(check_scores)
    reasons = {name: frame_of(spec, traces, check_failures=failed) for name, spec in specs.items()}
    facts = _facts(traces, failed, salt=salt)
    rates_before = SAMPLING_RATES.empty() if stored_rates is None else stored_rates
    rows_before = SAMPLED_TRACES.empty() if stored_rows is None else stored_rows
    rows_before = rows_before[rows_before["trace_id"].isin(traces["trace_id"])]
    sampled, rates = [], [rates_before]
    with_judge = {name: spec for name, spec in specs.items() if spec.judge is not None}
    for name, spec in with_judge.items():
        judged = facts[(reasons[name] == ELIGIBLE).to_numpy() & ~facts["trace_id"].isin(failed.get(name, ()))]
        stored = _stored(rates_before, spec)
        population = _stratified(judged, spec, low_score=None if stored else low_score)
        solved = stored or _solved(population, spec)
        kept = _of_dimension(rows_before, spec)
        sampled += [kept, _drawn(population, spec, solved=solved, known=kept["trace_id"], day=day)]
        if not stored and len(population):
            rates.append(_rate_rows(population, spec, solved=solved, day=day))
    return Draw(
        sampled=_stacked(sampled, SAMPLED_TRACES.empty(), by=["trace_id", "dimension"]),
        rates=_stacked(rates, SAMPLING_RATES.empty(), by=["dimension", "sampling_version", "stratum"]),
        frames=frame_counts(_measured(specs, reasons, check_scores=check_scores), traces, day=day),
    )


def _facts(traces: pd.DataFrame, failed: Mapping[str, AbstractSet[str]], *, salt: str) -> pd.DataFrame:
    """Return what strata are made of, one row a trace in the order of `traces`."""
    failing: dict[str, list[str]] = {}
    for dimension in sorted(failed):
        for trace_id in failed[dimension]:
            failing.setdefault(trace_id, []).append(dimension)
    ids = [str(trace_id) for trace_id in traces["trace_id"]]
    return pd.DataFrame(
        {
            "trace_id": traces["trace_id"].to_numpy(),
            "conversation_id": traces["conversation_id"].to_numpy(),
            "sampling_weight": traces["sampling_weight"].to_numpy(),
            "u": [hash_u(trace_id, salt) for trace_id in ids],
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
    return facts.assign(
        stratum=[ANOMALY if anomalies else ROUTINE for anomalies in words],
        reason=[
            (f"{ANOMALY}: {', '.join(anomalies)}" if anomalies else ROUTINE) + suffix for anomalies in words
        ],
    )


def _stored(rates: pd.DataFrame, spec: DimensionSpec) -> dict[str, float]:
    """Return the frozen rates of the dimension and its sampling version, or nothing before the first draw."""
    mine = _of_dimension(rates, spec)
    frozen = {str(stratum): float(rate) for stratum, rate in zip(mine["stratum"], mine["rate"], strict=True)}
    return frozen if set(frozen) == set(STRATA) else {}


def _of_dimension(frame: pd.DataFrame, spec: DimensionSpec) -> pd.DataFrame:
    return frame[(frame["dimension"] == spec.name) & (frame["sampling_version"] == spec.sampling.version)]


def _solved(population: pd.DataFrame, spec: DimensionSpec) -> dict[str, float]:
    counts = population["stratum"].value_counts()
    return solve_rates(
        {stratum: int(counts.get(stratum, 0)) for stratum in STRATA},
        boosts={ROUTINE: 1.0, ANOMALY: spec.sampling.anomaly_boost},
        share=spec.sampling.share,
    )


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


def _drawn(
    population: pd.DataFrame,
    spec: DimensionSpec,
    *,
    solved: Mapping[str, float],
    known: "pd.Series[str]",
    day: date,
) -> pd.DataFrame:
    """Return the rows of traces that are drawn now: u < probability, and no row yet."""
    new = population[~population["trace_id"].isin(known)]
    new = new.assign(inclusion_probability=new["stratum"].map(solved).astype("float64"))
    new = new[new["u"] < new["inclusion_probability"]]
    return new.assign(day=pd.Timestamp(day), dimension=spec.name, sampling_version=spec.sampling.version)[
        list(SAMPLED_TRACES.columns)
    ]


def _rate_rows(
    population: pd.DataFrame, spec: DimensionSpec, *, solved: Mapping[str, float], day: date
) -> pd.DataFrame:
    counts = population["stratum"].value_counts()
    return pd.DataFrame(
        {
            "day": pd.Timestamp(day),
            "dimension": spec.name,
            "stratum": STRATA,
            "sampling_version": spec.sampling.version,
            "population": [int(counts.get(stratum, 0)) for stratum in STRATA],
            "rate": [solved[stratum] for stratum in STRATA],
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


def _stacked(parts: Sequence[pd.DataFrame], empty: pd.DataFrame, *, by: list[str]) -> pd.DataFrame:
    filled = [part[list(empty.columns)].astype(empty.dtypes.to_dict()) for part in parts if len(part)]
    return pd.concat(filled).sort_values(by, ignore_index=True) if filled else empty
