"""A support assistant's weeks as tables: prompt v7.3 ships on a Friday, a judge moves three weeks later."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from behavior_pipeline.alerts.alert import Alert, ScoreEvidence
from behavior_pipeline.alerts.week import alerts_of_week
from behavior_pipeline.attribution.cause import CauseTables, SeriesDays
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.drift.finding import Finding, alarms_of
from behavior_pipeline.drift.week import drift_of_period
from behavior_pipeline.provenance.tuples import VersionTuple
from behavior_pipeline.tables.calibration import ANCHOR_CHANGES, CALIBRATION_AGREEMENT
from behavior_pipeline.tables.drift import DRIFT_ALERTS, EVENTS
from behavior_pipeline.tables.weekly import DAILY_SERIES, WEEKLY_SCORES, WEEKLY_TUPLE_SHARES
from behavior_pipeline_tests.aggregation.worlds import spec
from behavior_pipeline_tests.attribution.worlds import sums
from behavior_pipeline_tests.drift import worlds

OLD = VersionTuple("v5.2", "v7.2", worlds.JUDGE, "v3", worlds.RUBRIC)
NEW = OLD._replace(prompt="v7.3")
DEPLOY = date(2026, 3, 13)
SHARES = {("all", "all"): 1.0, ("customer.segment", "enterprise"): 0.5, ("customer.segment", "consumer"): 0.5}
SERIES_N = 1600


def watched(*detectors: str) -> DimensionSpec:
    """Return a dimension that the rule of two deviations watches: weeks of the stories are made for it."""
    return spec(drift={"detectors": detectors or ("two_sigma",), "recover_after": 1})


@dataclass
class World:
    """Days of each slice's mean; everything else follows. `prompts` says on which days v7.3 answered."""

    levels: dict[tuple[str, str], dict[date, float]]
    new_prompt: set[date] = field(default_factory=set)
    old_beside: bool = False  # the old prompt answers beside the new one, and as well
    gates: list[dict[str, object]] = field(default_factory=list)
    anchors: list[dict[str, object]] = field(default_factory=list)
    judge_from: dict[date, str] = field(default_factory=dict)
    specs: dict[str, DimensionSpec] = field(default_factory=lambda: {"faithfulness": watched()})
    events: pd.DataFrame = field(default_factory=EVENTS.empty)

    def judge(self, monday: date) -> str:
        known = [name for since, name in sorted(self.judge_from.items()) if since <= monday]
        return known[-1] if known else worlds.JUDGE

    def tables(self) -> dict[str, pd.DataFrame]:
        weekly, daily, shares = [], [], []
        states = {row["week"]: row["gate_state"] for row in self.gates}
        for (key, value), levels in self.levels.items():
            share = SHARES[(key, value)]
            for monday in sorted({day - timedelta(days=day.weekday()) for day in levels}):
                where = {"slice_key": key, "slice_value": value, "judge": self.judge(monday)}
                days = [monday + timedelta(days=number) for number in range(7)]
                means = [levels[day] for day in days]
                number = (monday - worlds.START).days // 7 + 1
                (row,) = worlds.series_rows(
                    [float(np.mean(means))], first=number, n_eff=share * SERIES_N, **where
                )
                weekly.append(row | {"gate_state": states.get(monday, "open")})
                daily += worlds.day_rows(means, first=monday, n=int(share * SERIES_N / 7), **where)
                shares += self._shares(days, levels, where=where)
        return {
            "weekly": worlds.typed(pd.DataFrame(weekly), WEEKLY_SCORES),
            "daily": worlds.typed(pd.DataFrame(daily), DAILY_SERIES),
            "tuple_shares": worlds.typed(pd.DataFrame(shares), WEEKLY_TUPLE_SHARES),
            "agreement": worlds.agreement(self.gates) if self.gates else CALIBRATION_AGREEMENT.empty(),
        }

    def version_days(self) -> SeriesDays:
        """Return what each prompt scored day by day, by series."""
        return {
            (worlds.identity(key, value)["series_id"], "score"): pd.DataFrame(
                [
                    {"day": pd.Timestamp(day), "component": component, "value": of, **sums(100, level)}
                    for day, level in levels.items()
                    for component, of in (("slice", "inside"), *self._prompts(day))
                ]
            )
            for (key, value), levels in self.levels.items()
        }

    def _prompts(self, day: date) -> list[tuple[str, str]]:
        new = day in self.new_prompt
        versions = [NEW, *([OLD] * self.old_beside)] if new else [OLD]
        return [("prompt", version.prompt) for version in versions]

    def _shares(
        self, days: Sequence[date], levels: dict[date, float], *, where: dict[str, str]
    ) -> list[dict[str, object]]:
        rows = []
        for version, answered_on in (
            (OLD, [day for day in days if day not in self.new_prompt]),
            (NEW, [day for day in days if day in self.new_prompt]),
        ):
            if answered_on:
                answered = version._replace(judge=where["judge"])
                rows.append(
                    answered._asdict()
                    | {
                        "week": pd.Timestamp(days[0]), "dimension": "faithfulness",
                        "tuple_id": answered.tuple_id,
                        "slice_key": where["slice_key"], "slice_value": where["slice_value"],
                        "first_day": pd.Timestamp(answered_on[0]), "n": 100 * len(answered_on),
                        "share": len(answered_on) / 7,
                        "mean": float(np.mean([levels[day] for day in answered_on])),
                    }
                )  # fmt: skip
        return rows


def level_days(weeks: int, *, level: float = 0.94, noise: float = 0.004, seed: int = 0) -> dict[date, float]:
    """Steady days: each week has its own small shift, alike on all its days."""
    shifts = np.random.default_rng(seed).uniform(-noise, noise, weeks)
    return {
        worlds.START + timedelta(days=number): level + float(shifts[number // 7])
        for number in range(7 * weeks)
    }


def regression(weeks: int = 12, *, back_on: date = date(2026, 3, 16), drop: float = 0.12) -> World:
    """v7.3 from Friday of week 10 until it is rolled back: enterprise falls, the other half does not."""
    enterprise, consumer = level_days(weeks, level=0.942, seed=1), level_days(weeks, level=0.95, seed=2)
    new = {day for day in enterprise if DEPLOY <= day < back_on}
    enterprise = {day: mean - drop * (day in new) for day, mean in enterprise.items()}
    whole = {day: (enterprise[day] + consumer[day]) / 2 for day in enterprise}
    levels = {
        ("all", "all"): whole,
        ("customer.segment", "enterprise"): enterprise,
        ("customer.segment", "consumer"): consumer,
    }
    return World(levels, new_prompt=new)


def run(
    world: World, weeks: Iterable[int], *, tables: dict[str, pd.DataFrame] | None = None
) -> dict[int, pd.DataFrame]:
    """Evaluate weeks in order, each with the alerts of the one before; returns alerts by week number."""
    tables = tables or world.tables()
    previous, alerts_by_week = DRIFT_ALERTS.empty(), {}
    for number in weeks:
        previous = evaluate(world, number, previous=previous, tables=tables)
        alerts_by_week[number] = previous
    return alerts_by_week


def evaluate(
    world: World, number: int, *, previous: pd.DataFrame, tables: dict[str, pd.DataFrame]
) -> pd.DataFrame:
    week = worlds.week_number(number)
    evidence = worlds.evidence(
        number, world.specs, weekly_scores=tables["weekly"], daily_series=tables["daily"],
        calibration_agreement=tables["agreement"],
        anchor_changes=worlds.anchor_changes(world.anchors) if world.anchors else ANCHOR_CHANGES.empty(),
    )  # fmt: skip
    made = drift_of_period(evidence)
    causes = CauseTables(
        weekly=tables["weekly"], cells=None, anchors=evidence.table("anchor_changes"), events=world.events,
        days=world.version_days(), alarms=alarms_of(made.findings, made.decisions),
    )  # fmt: skip
    return alerts_of_week(
        week=week, specs=world.specs, findings=made.findings, decisions=made.decisions, previous=previous,
        causes=causes, **tables,
    )  # fmt: skip


def finding(
    effect: float, *, slice_key: str = "all", slice_value: str = "all", baseline: float = 0.94, **changes: Any
) -> Finding:
    """One alarmed fall."""
    row = worlds.identity(slice_key, slice_value) | {
        "week": pd.Timestamp(worlds.week_number(10)), "detector": "two_sigma", "family": "slice",
        "kind": "score" if slice_key == "all" else "slice", "baseline": baseline,
        "current": baseline + effect, "effect": effect, "statistic": -10.0, "reason": "outside_band",
    }  # fmt: skip
    return Finding(**(row | changes))


def score_alert(**changes: Any) -> Alert:
    """One open alert."""
    days = {"week": "2026-03-09", "opened": "2026-03-16", "onset": "2026-03-13"}
    row = {name: pd.Timestamp(day) for name, day in days.items()} | {
        "alert_id": "a", "kind": "slice", "dimension": "faithfulness", "slice_key": "customer.segment",
        "slice_value": "enterprise", "severity": "warn", "verdict": "unknown", "suspects": (),
        "tuple_before": None, "tuple_after": None, "owner": "team:answers", "route": "default",
        "state": "opened", "evidence": ScoreEvidence(),
    }  # fmt: skip
    return Alert(**(row | changes))
