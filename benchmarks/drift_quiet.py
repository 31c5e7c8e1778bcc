"""Worlds in which nothing happens: how many weeks have a false alarm all the same."""

from collections.abc import Callable, Iterator

import drift_worlds as of
from drift_rows import HEURISTIC, Options, Row, alarms, share_row, worlds

LATER = 6
FAMILIES = ("aggregate", "slice", "slow", "calibration")
Quiet = tuple[Callable[[int], list[of.Change]], float]
QUIET: dict[str, Quiet] = {
    "quiet": (lambda _: [], 0.05),
    "overdispersed": (lambda _: [of.overdispersed()], 0.075),
    "mix": (lambda weeks: [of.mix_shift(weeks)], 0.05),
    "deploys": (lambda _: [], 0.05),
    "season": (lambda _: [of.season()], 0.075),
    "rates": (lambda weeks: [of.sampling_changes(weeks)], 0.05),
    "users": (lambda _: [of.repeat_users], 0.05),
    "slice_sampling": (lambda _: [of.slice_sampling], 0.05),
}


def quiet(name: str, options: Options) -> Iterator[Row]:
    """Yield the share of weeks with any false alarm, and with one of each family."""
    changes, most = QUIET[name]
    steady = of.JudgeShift(first=10_000, points=0.0, announced=False)
    weeks, old = [], []
    for world in worlds(options, changes(options.weeks), later=LATER, judge=steady):
        if name == "deploys":
            world = of.with_deploys(world)  # noqa: PLW2901
        weeks += alarms(world, options)
        if options.heuristic:
            old += alarms(world, options, HEURISTIC)
    any_old = [len(week) > 0 for week in old]
    yield share_row(
        name, "weeks with any false alarm, %", [len(week) > 0 for week in weeks], any_old, most=most
    )
    for family in FAMILIES:
        of_family = [(week["family"] == family).any() for week in weeks]
        yield share_row(name, f"of family {family}, %", of_family, [])
