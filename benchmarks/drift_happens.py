"""Worlds in which something happens: by when it is found, on which series, and what else alarms."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import drift_worlds as of
import numpy as np
import pandas as pd
from drift_rows import HEURISTIC, Options, Row, alarms, share_row, worlds

WHOLE = ("all", "all")
NEVER = 99


@dataclass(frozen=True)
class Happening:
    """What happens in the first week after the history, on which series, and by when it is to be found."""

    changes: Callable[[int], list[of.Change]]
    on: tuple[str, str | None]
    by: Mapping[int, float]
    later: int = 6
    judge: Callable[[int], of.JudgeShift] | None = None
    weeks: tuple[int, ...] = field(default=(1, 2, 6))


HAPPENS: dict[str, Happening] = {
    "step": Happening(lambda week: [of.falls(0.05, week)], WHOLE, {2: 0.98}, later=2),
    "ramp": Happening(lambda week: [of.falls(0.05, week, over=6)], WHOLE, {6: 0.98}),
    "largest": Happening(lambda week: [of.falls(0.05, week, of=of.LARGEST)], of.LARGEST, {2: 0.98}, later=2),
    "smallest": Happening(
        lambda week: [of.falls(0.08, week, of=of.SMALLEST)], of.SMALLEST, {2: 0.75, 6: 0.98}
    ),
    "smallest_sampled": Happening(
        lambda week: [of.slice_sampling, of.falls(0.08, week, of=of.SMALLEST)], of.SMALLEST, {2: 0.9, 6: 0.98}
    ),
    "dip": Happening(lambda week: [of.falls(0.05 * 5 / 7, week, last=week + 1)], WHOLE, {}, later=2),
    "judge_told": Happening(
        lambda _: [], ("judge", None), {2: 0.95}, later=3,
        judge=lambda week: of.JudgeShift(week, 0.05, announced=True),
    ),
    "judge_silent": Happening(
        lambda _: [], ("judge", None), {2: 0.9}, later=3,
        judge=lambda week: of.JudgeShift(week, 0.05, announced=False),
    ),
}  # fmt: skip


def happens(name: str, options: Options) -> Iterator[Row]:
    """Yield the shares found by week, and what else alarmed."""
    what = HAPPENS[name]
    judge = None if what.judge is None else what.judge(options.weeks)
    ours, old = [], []
    for world in worlds(options, what.changes(options.weeks), later=what.later, judge=judge):
        ours.append(_seen(alarms(world, options), what.on))
        if options.heuristic and what.judge is None:
            old.append(_seen(alarms(world, options, HEURISTIC), what.on))
    for week in (one for one in what.weeks if one <= what.later):
        by_then, by_old = ([first <= week for first, *_ in firsts] for firsts in (ours, old))
        least = what.by.get(week)
        yield share_row(name, f"found by week {week}, %", by_then, by_old, least=least)
    others, same = (
        [np.mean([row[place] for row in seen]) if seen else np.nan for seen in (ours, old)]
        for place in (1, 2)
    )
    missed = others[0] > 0.05 + 2 * np.sqrt(0.05 / max(len(ours), 1))
    yield Row(
        name, "alarms on other dimensions a week", f"{others[0]:.3f}", f"{others[1]:.3f}", "≤ .05", missed
    )
    yield Row(name, "further alarms on the same a week", f"{same[0]:.3f}", f"{same[1]:.3f}")


def _seen(weeks: list[pd.DataFrame], on: tuple[str, str | None]) -> tuple[int, float, float]:
    """Return the first week with an alarm on the right series; others a week, elsewhere and in the same."""
    first, elsewhere, further = NEVER, 0, 0
    for number, week in enumerate(weeks, 1):
        right = (week["dimension"] == of.MOVED) & (week["slice_key"] == on[0])
        right &= (week["slice_value"] == on[1]) | (on[1] is None)
        if right.any():
            first = min(first, number)
        elsewhere += int((week["dimension"] != of.MOVED).sum())
        further += int(((week["dimension"] == of.MOVED) & ~right).sum())
    return first, elsewhere / len(weeks), further / len(weeks)
