"""Day by day: the judge says otherwise of the anchors than it did, though no version string moved.

Each day judges a seventh of the anchors again. Three bets run on them: that the judge is wrong more often
than it was about the same item, that it fails more, that it passes more (`statistics.exchangeable`); the mean
of their Shiryaev-Roberts detectors, each M = (M + 1) e, is compared with RUN_LENGTH times the number of
series. RUN_LENGTH quiet days or more go by until a false alarm on average, and within d days there is one
with a chance of at most d / RUN_LENGTH (checked by `benchmarks/calibration.py --only silent`).
"""

from datetime import timedelta
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from behavior_pipeline.drift.detector import Detector, Measured, no_findings
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import findings_frame
from behavior_pipeline.drift.judges.calibration_rows import calibration_finding
from behavior_pipeline.drift.series.carried import state_rows, states_of
from behavior_pipeline.provenance.tuples import declared_judge, series_id
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.estimate import Vector
from behavior_pipeline.statistics.exchangeable import ODDS, log_bets
from behavior_pipeline.values import records
from behavior_pipeline.words import ALL, PASS, Family

NAME = "anchors_daily"
RUN_LENGTH = 1000.0  # quiet days over all series
HISTORY = timedelta(days=70)
SCORINGS = 8  # earlier ones of an item, the last of them
BETS = 3 * len(ODDS)
TOLD_FOR = timedelta(days=14)  # then the judge that moved is the judge
SERIES = ["dimension", "judge", "rubric", "dataset"]


class State(msgspec.Struct, frozen=True):
    """Logarithms of the detectors, the first day of the judge as it is, and the day of its alarm."""

    levels: tuple[float | None, ...] = (None,) * BETS
    since: str = ""
    alarm: str | None = None


def detect(evidence: Evidence) -> Measured:
    """Return a finding for each declared judge, live rubric and set of which a seventh was judged that day.

    Levels are shares of right verdicts of the seven days up to now, and of the same anchors before.
    `statistic` is the change of what it passes, `log_e` what it goes by.
    """
    rows = _usable(evidence)
    states = states_of(evidence, NAME, State)
    today = [
        (key, part) for key, part in rows.groupby(SERIES, sort=True) if (part["day"] == evidence.start).any()
    ]
    if not today and not states:
        return no_findings()
    bar = float(np.log(RUN_LENGTH * max(len(today), 1)))
    findings = []
    for key, part in today:
        name = _name(dict(zip(SERIES, key, strict=True)))
        states[name], numbers = _advanced(states.get(name, State()), part, start=evidence.start, bar=bar)
        last = records(part.tail(1))[0] | {"week": evidence.monday}
        findings.append(calibration_finding(last, NAME, **numbers))
    return Measured(findings_frame(findings), state_rows(states, evidence, NAME))


def _advanced(
    state: State, rows: pd.DataFrame, *, start: pd.Timestamp, bar: float
) -> tuple[State, dict[str, Any]]:
    """Return the state after a day's anchors, and what there is to tell of them."""
    if state.alarm is not None and start - pd.Timestamp(state.alarm) >= TOLD_FOR:
        state = State(since=state.alarm)
    rows = rows[rows["day"] >= state.since] if state.since else rows
    pairs = pairs_of(rows, first=start, last=start)
    levels = np.array([-np.inf if level is None else level for level in state.levels])
    if len(pairs):
        levels = np.minimum(np.logaddexp(levels, 0.0) + log_bets_of(pairs).sum(axis=0), bar + np.log(BETS))
    log_e = float(np.logaddexp.reduce(levels) - np.log(BETS))
    alarm = bool(len(pairs)) and log_e >= bar
    week = pairs_of(rows, first=start - timedelta(days=6), last=start)
    known = tuple(None if np.isneginf(level) else float(level) for level in levels)
    first_alarm = state.alarm or (f"{start:%Y-%m-%d}" if alarm else None)
    reason = Reason.JUDGE_MOVED if alarm else Reason.COMPARED if len(pairs) else Reason.FIRST_ANCHORS
    return State(known, state.since, first_alarm), {
        **_levels(week), "family": str(Family.FAST), "worse": 0, "moved": "judge", "reason": str(reason),
        "log_e": log_e if len(pairs) else None, "n_eff": float(len(week)),
        "onset": pd.Timestamp(first_alarm) if first_alarm and alarm else None,
    }  # fmt: skip


def pairs_of(rows: pd.DataFrame, *, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """Return what was said of items within some days and before: count, and so many right and passed.

    `right` and `passed` are of now, `right_before` and `passed_before` of `count` earlier scorings, at most
    SCORINGS. Items that were not scored before stay out.
    """
    now = rows[(rows["day"] >= first) & (rows["day"] <= last)].set_index("item_id")[["right", "passed"]]
    before = rows[(rows["day"] < first) & rows["item_id"].isin(now.index)]
    before = before.sort_values("day", kind="stable").groupby("item_id").tail(SCORINGS)
    sums = before.groupby("item_id").agg(
        count=("right", "size"), right_before=("right", "sum"), passed_before=("passed", "sum")
    )
    return now.join(sums, how="inner")


def log_bets_of(pairs: pd.DataFrame) -> Vector:
    """Return the bets on each item that the judge is wrong, fails and passes more often, items x BETS."""
    right, passed = (pairs[name].to_numpy(dtype=bool) for name in ("right", "passed"))
    count, was_right, was_passed = (
        pairs[name].to_numpy(dtype=float) for name in ("count", "right_before", "passed_before")
    )
    sides = (
        (count - was_right, ~right), (count - was_passed, ~passed), (was_passed, passed),
    )  # fmt: skip
    return np.concatenate([log_bets(before, count, now) for before, now in sides], axis=1)


def _levels(pairs: pd.DataFrame) -> dict[str, float | None]:
    if pairs.empty:
        return {}
    before = (pairs["right_before"] / pairs["count"]).mean()
    passed = (pairs["passed"].astype(float) - pairs["passed_before"] / pairs["count"]).mean()
    now = pairs["right"].astype(float).mean()
    return {"baseline": before, "current": now, "effect": now - before, "statistic": passed}


def _usable(evidence: Evidence) -> pd.DataFrame:
    rows = evidence.table("anchor_days")
    rows = rows[rows["judge_score"].notna() & (rows["day"] > evidence.start - HISTORY)]
    specs = {name: spec for name, spec in evidence.specs.items() if spec.judge is not None}
    live = [
        row["dimension"] in specs
        and row["rubric"] == specs[row["dimension"]].rubric_id
        and declared_judge(row["judge"]) == declared_version(specs[row["dimension"]])
        for row in rows[["dimension", "judge", "rubric"]].to_dict("records")
    ]
    rows = rows[np.array(live, dtype=bool)]
    passed = rows["judge_score"] >= PASS
    return rows.assign(passed=passed, right=passed == (rows["human_score"] >= PASS))


def declared_version(spec: Any) -> str | None:
    """Return the judge version that a dimension declares."""
    return None if spec.judge is None else str(spec.judge.version)


def _name(series: dict[str, Any]) -> str:
    return series_id(
        dimension=series["dimension"], slice_key=ALL, slice_value=ALL, judge=series["judge"],
        rubric=f"{series['rubric']}/{series['dataset']}",
    )  # fmt: skip


PLUGIN = Detector(
    NAME,
    "a seventh of the anchors a day: a false alarm in 1,000 quiet days over all judges on average",
    detect,
    needs=("anchor_days", "drift_state"),
    families=(Family.FAST,),
    grain="day",
    history=HISTORY.days,
    always=True,
)
