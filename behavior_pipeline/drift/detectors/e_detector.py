"""The daily fast path: an e-detector a series bets that its mean fell below the weekday's baseline.

Shin, Ramdas & Rinaldo (2022, arXiv 2203.03532): the mean of Shiryaev-Roberts detectors over some steps, each
M = (M + 1) e with the likelihood ratio e of the day's passes. Its promise is an average run length and an
error over patience, not a weekly error rate (Dandapanthula & Ramdas, arXiv 2501.04130): over all series at
least RUN_LENGTH quiet days on average to a false alarm, and within d days one with a chance of at most
d / RUN_LENGTH.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

import msgspec
import numpy as np
import pandas as pd

from behavior_pipeline.drift.detector import Detector, Measured, no_findings
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import shaped
from behavior_pipeline.drift.series.carried import state_rows, states_of
from behavior_pipeline.drift.series.days import HISTORY, SERIES, series_days
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.estimate import Flags, Vector
from behavior_pipeline.tables.drift import DRIFT_FINDINGS
from behavior_pipeline.words import ALL, Family, FindingKind

NAME = "e_detector"
RUN_LENGTH = 1000.0  # quiet days over all series
STEPS = np.array([0.03, 0.06, 0.12, 0.25])  # below the level that is still quiet
GAP = timedelta(days=7)
LEAST_WEEKS = 3
MARGIN = 2.0  # standard errors of the baseline, beside the effect floor
LOWEST = 0.005


class State(msgspec.Struct, frozen=True):
    """Natural logarithms of the detectors of all steps, and the days of alarms, which no baseline holds."""

    levels: tuple[float | None, ...] = (None,) * len(STEPS)
    alarms: tuple[str, ...] = ()


class Baseline(NamedTuple):
    """The weekday's mean of each series, its error, the number of its weeks, and the Mondays of them."""

    mean: Vector
    se: Vector
    weeks: Vector
    mondays: list[str]


def detect(evidence: Evidence) -> Measured:
    """Return a finding for each aggregate and watched slice of the day; `log_e` is what it goes by.

    `baseline` is the mean of the same weekday over up to nine weeks that end a week before, without days of
    alarms; `band_low` the level from which on it is quiet: the baseline less the effect floor and two errors.
    """
    days = series_days(evidence)
    now = days[days["day"] == evidence.start].reset_index(drop=True)
    if now.empty:
        return no_findings()
    states = states_of(evidence, NAME, State)
    before = _baseline(days, now, states, start=evidence.start)
    mean = now["mean"].to_numpy(dtype=float)
    size = size_of(now)
    floor = np.array([evidence.specs[name].drift.effect_floor for name in now["dimension"]])
    quiet = np.clip(before.mean - floor - MARGIN * before.se, LOWEST, 1 - LOWEST)
    tested = before.weeks >= LEAST_WEEKS
    was = np.array([_levels(states.get(key)) for key in now["series_id"]]).reshape(len(now), len(STEPS))
    bar = float(np.log(RUN_LENGTH * max(int(tested.sum()), 1)))
    levels = np.where(tested[:, None], advanced(was, mean, size, quiet=quiet, bar=bar), was)
    log_e = log_mean(levels)
    alarms = tested & (log_e >= bar)
    findings = _findings(
        now, evidence, before, numbers={"current": mean, "n_eff": size, "band_low": quiet, "log_e": log_e},
        tested=tested, alarms=alarms,
    )  # fmt: skip
    after = _states_after(states, now, levels, alarms, start=evidence.start)
    return Measured(findings, state_rows(after, evidence, NAME))


def advanced(was: Vector, mean: Vector, size: Vector, *, quiet: Vector, bar: float) -> Vector:
    """Return the logarithms of the detectors after a day, series x STEPS, none beyond an alarm at `bar`.

    Scores between 0 and 1 count as so much of a pass: that only makes a bet weaker, since the logarithm is
    concave. What is kept at the bar alarms as long, and is soon over where the level is back.
    """
    step = np.maximum(quiet[:, None] - STEPS, LOWEST / 2)
    passed, failed = (size * mean)[:, None], (size * (1 - mean))[:, None]
    logs = passed * np.log(step / quiet[:, None]) + failed * np.log((1 - step) / (1 - quiet[:, None]))
    highest = bar + np.log(len(STEPS))  # of one step alone it is an alarm
    return np.asarray(np.minimum(np.logaddexp(was, 0.0) + logs, highest), dtype=float)


def log_mean(levels: Vector) -> Vector:
    """Return the logarithm of the mean over steps."""
    return np.asarray(np.logaddexp.reduce(levels, axis=1) - np.log(levels.shape[1]), dtype=float)


def size_of(rows: pd.DataFrame) -> Vector:
    """Return what a day's traces are worth: Kish's size, at the share that clusters are of traces.

    As if the traces of a user said one thing: a bet to the power of 1 / traces of a user is one still.
    """
    kish = rows["sum_w"] ** 2 / rows["sum_w2"]
    return (kish * np.minimum(rows["clusters"] / rows["n"], 1.0)).to_numpy(dtype=float)


def _baseline(
    days: pd.DataFrame, now: pd.DataFrame, states: Mapping[str, State], *, start: pd.Timestamp
) -> Baseline:
    same = (days["day"] < start - GAP) & (days["day"].dt.day_of_week == start.day_of_week)
    rows = days[same]
    alarmed = {(key, pd.Timestamp(day)) for key, state in states.items() for day in state.alarms}
    pairs = zip(rows["series_id"], rows["day"], strict=True)
    rows = rows[np.array([pair not in alarmed for pair in pairs], dtype=bool)]
    rows = rows.assign(size=size_of(rows), weeks=1)
    sums = rows.groupby("series_id")[["sum_w", "sum_wy", "size", "weeks"]].sum().reindex(now["series_id"])
    mean = (sums["sum_wy"] / sums["sum_w"]).to_numpy(dtype=float)
    middle = np.clip(mean, LOWEST, 1 - LOWEST)
    se = np.sqrt(middle * (1 - middle) / sums["size"].to_numpy(dtype=float))
    mondays = (rows["day"] - pd.to_timedelta(rows["day"].dt.day_of_week, unit="D")).dt.strftime("%Y-%m-%d")
    of_series = mondays.groupby(rows["series_id"]).agg(
        lambda weeks: msgspec.json.encode(sorted(weeks)).decode()
    )
    texts = of_series.reindex(now["series_id"]).fillna("[]")
    return Baseline(mean, se, sums["weeks"].fillna(0).to_numpy(dtype=float), list(texts))


def _levels(state: State | None) -> list[float]:
    levels = (State() if state is None else state).levels
    return [-np.inf if level is None else level for level in levels]


def _findings(
    now: pd.DataFrame, evidence: Evidence, before: Baseline, *,
    numbers: Mapping[str, Vector], tested: Flags, alarms: Flags,
) -> pd.DataFrame:  # fmt: skip
    known = {name: np.where(tested, values, np.nan) for name, values in numbers.items()}
    whole = (now["slice_key"] == ALL).to_numpy()
    reasons = np.where(
        ~tested, str(Reason.SHORT_HISTORY), np.where(alarms, str(Reason.RUN_LENGTH), str(Reason.COMPARED))
    )
    error = np.sqrt(before.se**2 + numbers["current"] * (1 - numbers["current"]) / numbers["n_eff"])
    frame = now[[*SERIES, "series_id"]].assign(
        week=evidence.monday, detector=NAME, family=str(Family.FAST), metric="mean", unit="score", worse=-1,
        window=1, kind=np.where(whole, str(FindingKind.SCORE), str(FindingKind.SLICE)), **known,
        baseline=np.where(tested, before.mean, np.nan),
        baseline_low=np.where(tested, before.mean - 1.96 * before.se, np.nan),
        baseline_high=np.where(tested, before.mean + 1.96 * before.se, np.nan),
        baseline_periods=before.mondays, effect=np.where(tested, numbers["current"] - before.mean, np.nan),
        effect_se=np.where(tested, error, np.nan), statistic=known["log_e"], contrast="own", reason=reasons,
    )  # fmt: skip
    return shaped(frame, DRIFT_FINDINGS)


def _states_after(
    states: Mapping[str, State], now: pd.DataFrame, levels: Vector, alarms: Flags, *, start: pd.Timestamp
) -> dict[str, State]:
    """Return the state of every series, of one without traces today as it was."""
    first = f"{start - HISTORY:%Y-%m-%d}"
    new = dict(states)
    for key, level, alarm in zip(now["series_id"], levels, alarms, strict=True):
        kept = [day for day in states.get(key, State()).alarms if day >= first]
        new[key] = State(
            tuple(None if np.isneginf(one) else float(one) for one in level),
            (*kept, *([f"{start:%Y-%m-%d}"] if alarm else [])),
        )
    return new


PLUGIN = Detector(
    NAME,
    "day by day against the weekday's baseline: a false alarm in 1,000 quiet days over all series on average",
    detect,
    needs=("daily_cells", "drift_state"),
    families=(Family.FAST,),
    grain="day",
    history=HISTORY.days,
    always=True,
)
