"""Signals that come after a day's first draw, and what a run of the day again makes of them."""

from collections.abc import Iterator
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
from calibration_sections import Promise
from sampling_rows import Row, compared, estimates

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.provenance.uniform import hash_u
from behavior_pipeline.sampling.draw import ANOMALY, NOT_DRAWN, Draw, Drawn, draw_day
from behavior_pipeline.statistics.estimate import Estimate, hajek_mean
from behavior_pipeline.tables.traces import TRACES

DAY = date(2026, 1, 5)
TRACES_A_DAY = 2_000
SIGNALLED, LATE, NEW = 0.04, 0.06, 0.2  # of a day's traces; NEW of them come only after the first draw
GOOD, BAD = 0.98, 0.5  # pass rates of traces without and with a signal, early or late
UNBIASED = Promise(-0.002, 0.002)
TONE = DimensionSpec.model_validate(
    {
        "name": "tone", "description": "simulated", "owner": "team:benchmark", "sampling": {"share": 0.2},
        "scale": {"kind": "binary", "labels": {"good": 1, "bad": 0}}, "rubric_version": "v1",
        "judge": {"version": "v1", "model": "none"}, "rubric": "Is it good?", "rubric_digest": "00000000",
    }
)  # fmt: skip


def late(worlds: int, random: np.random.Generator) -> Iterator[Row]:
    """Return what a run again makes of a day's level: of one of ours, and of one of an older version."""
    truth = (SIGNALLED + LATE) * BAD + (1 - SIGNALLED - LATE) * GOOD
    for new, name in ((0.0, "6 % get a signal later"), (NEW, "the same, 20 % come later")):
        rules: dict[str, list[Estimate]] = {"before": [], "after": [], "older": []}
        for _ in range(worlds):
            _run_twice(f"salt {random.integers(2**62)}", new, rules, random)
        made = {rule: estimates(levels) for rule, levels in rules.items()}
        yield from compared(name, truth, made["before"], made["after"], bias=UNBIASED)
        yield from compared(f"{name}; older day", truth, made["before"], made["older"], bias=UNBIASED)


def _run_twice(salt: str, new: float, rules: dict[str, list[Estimate]], random: np.random.Generator) -> None:
    """Draw a day, let signals and a share of new traces come, draw it again, and add the levels."""
    when = random.random(TRACES_A_DAY)
    early, after = _day(when < SIGNALLED), _day(when < SIGNALLED + LATE)
    good = random.random(TRACES_A_DAY) < np.where(when < SIGNALLED + LATE, BAD, GOOD)
    first = _draw(early[random.random(TRACES_A_DAY) >= new], salt)
    stored = Drawn(first.sampled, first.population, first.rates)
    older = stored._replace(population=NOT_DRAWN.population)
    rules["before"].append(_level(_second_chance(first, after, salt), good))
    rules["after"].append(_level(_draw(after, salt, stored).sampled, good))
    rules["older"].append(_level(_draw(after, salt, older).sampled, good))


def _day(signalled: np.ndarray) -> pd.DataFrame:
    signals = pd.array(np.where(signalled, '["negative_feedback"]', "[]"), dtype="string")
    return _plain_day().assign(signals=signals)


@cache
def _plain_day() -> pd.DataFrame:
    rows = pd.DataFrame({name: [None] * TRACES_A_DAY for name in TRACES.columns})
    return TRACES.validate(
        rows.assign(
            day=pd.Timestamp(DAY), trace_id=[f"{number:032x}" for number in range(TRACES_A_DAY)],
            signals="[]", slices="{}", feature_flags="{}", unmeasurable="{}", n_model_calls=1,
            started_at=pd.Timestamp(DAY, tz="UTC"), n_failed_calls=0, n_spans=1, consent=True, has_root=True,
            role="production", sampling_weight=1.0,
        )
    )  # fmt: skip


def _draw(traces: pd.DataFrame, salt: str, before: Drawn = NOT_DRAWN) -> Draw:
    return draw_day(
        {"tone": TONE}, traces, day=DAY, check_scores={}, low_score=set(), salt=salt, before=before
    )


def _second_chance(first: Draw, after: pd.DataFrame, salt: str) -> pd.DataFrame:
    """Return what an earlier version drew the second time: who has no row is drawn at its stratum's rate."""
    rate = first.rates.set_index("stratum")["rate"]
    passed_over = after[~after["trace_id"].isin(first.sampled["trace_id"])]
    chance = np.where(passed_over["signals"] != "[]", rate[ANOMALY], rate.drop(ANOMALY).iloc[0])
    u = np.array([hash_u(str(trace_id), salt) for trace_id in passed_over["trace_id"]])
    drawn = passed_over.assign(inclusion_probability=chance)[u < chance]
    columns = ["trace_id", "inclusion_probability"]
    return pd.concat([first.sampled[columns], drawn[columns]])


def _level(sampled: pd.DataFrame, good: np.ndarray) -> Estimate:
    number = [int(trace_id, 16) for trace_id in sampled["trace_id"]]
    return hajek_mean(good[number], 1 / sampled["inclusion_probability"].to_numpy(float))
