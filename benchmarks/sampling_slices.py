"""What judging small slices more often gives and costs: sizes, and the power to see a slice fall.

Three slice keys of independent values (16 slices, .04 to .6 of the traffic) at one total of 2,800 judged a
week, level .93; at the same rate for all (before) or at rates that favour small slices (after). Power is that
of a logit contrast of two weeks with eight, a gap between, at one in so many as 55 series allow.
"""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from calibration_sections import Figure, Promise
from sampling_rows import Row, share
from scipy import stats

from behavior_pipeline.sampling.allocation import factors
from behavior_pipeline.sampling.draw import solve_rates

KEYS = ([0.45, 0.25, 0.15, 0.1, 0.05], [0.35, 0.25, 0.15, 0.12, 0.08, 0.05], [0.6, 0.2, 0.1, 0.06, 0.04])
TRAFFIC, SHARE, LEVEL, FALL = 14_000, 0.2, 0.93, 0.08
SERIES, BUDGET, WEEKS = 55, 0.015, 8
Z = float(stats.norm.isf(BUDGET / SERIES))


class Cells(NamedTuple):
    """Traces by crossing of slices, the slices that each is in, and each one's rate."""

    population: np.ndarray
    inside: np.ndarray
    even: np.ndarray
    proportional: np.ndarray


def slices(worlds: int, random: np.random.Generator) -> Iterator[Row]:
    """Return the same rate for all (before) beside rates that favour small slices (after)."""
    cells = _cells()
    smallest, largest = (int(pick(cells.inside @ cells.population)) for pick in (np.argmin, np.argmax))
    totals = [float((cells.population * rate).sum()) for rate in (cells.even, cells.proportional)]
    yield Row("same budget", "judged a week, hundreds", *(Figure(total / 10_000, 0) for total in totals))
    sizes = [_size(cells, rate) for rate in (cells.even, cells.proportional)]
    kept = Figure(sizes[1] / sizes[0], 0, Promise(0.93, 1))
    yield Row("same budget", "n_eff of the aggregate, of that at one rate, %", Figure(1, 0), kept)
    for name, place in (("smallest", smallest), ("largest", largest)):
        sizes = [_size(cells, rate, cells.inside[place]) for rate in (cells.even, cells.proportional)]
        gain = Figure(sizes[1] / sizes[0], 0, Promise(1.4, 2) if place == smallest else Promise(0.8, 1))
        yield Row("same budget", f"n_eff of the {name} slice, of that at one rate, %", Figure(1, 0), gain)
    for world, place, fall in (
        ("quiet", smallest, 0.0), ("smallest slice -.08", smallest, FALL),
        ("largest slice -.05", largest, 0.05),
    ):  # fmt: skip
        before, after = (
            share(_z(cells, rate, place, fall, worlds=worlds, random=random) > Z)
            for rate in (cells.even, cells.proportional)
        )
        promise = None if fall else Promise(0, 2 * BUDGET / SERIES)
        yield Row(world, "found by week 2, %", before, Figure(after.value, after.error, promise))


def _cells() -> Cells:
    places = list(itertools.product(*[range(len(key)) for key in KEYS]))
    values = [[key[at] for key, at in zip(KEYS, place, strict=True)] for place in places]
    shares = np.array([np.prod(value) for value in values])
    population = np.round(TRAFFIC * shares).astype(int)
    inside = np.array(
        [
            [place[number] == value for place in places]
            for number, key in enumerate(KEYS)
            for value in range(len(key))
        ]
    )
    names = [{f"k{number}": str(at) for number, at in enumerate(place)} for place in places]
    traces = [name for name, size in zip(names, population, strict=True) for _ in range(size)]
    firsts = np.concatenate([[0], np.cumsum(population)[:-1]])
    of_cell = np.where(population > 0, factors(traces)[np.minimum(firsts, len(traces) - 1)], 1.0)
    rates = solve_rates(
        {str(n): int(size) for n, size in enumerate(population)},
        boosts={str(n): float(factor) for n, factor in enumerate(of_cell)},
        share=SHARE,
    )
    return Cells(population, inside, np.full(len(places), SHARE), np.array(list(rates.values())))


def _size(cells: Cells, rate: np.ndarray, inside: np.ndarray | None = None) -> float:
    """Return the expected effective size of a mean, (sum w)^2 / sum w^2."""
    population = cells.population if inside is None else cells.population[inside]
    rate = rate if inside is None else rate[inside]
    return float(population.sum() ** 2 / (population / rate).sum())


def _z(
    cells: Cells, rate: np.ndarray, place: int, fall: float, *, worlds: int, random: np.random.Generator
) -> np.ndarray:
    """Return by how many errors the slice's logit fell in two weeks, against eight."""
    inside = cells.inside[place]
    population, rate = cells.population[inside], rate[inside]
    now = _means(population, rate, LEVEL - fall, weeks=2, worlds=worlds, random=random)
    before = _means(population, rate, LEVEL, weeks=WEEKS, worlds=worlds, random=random)
    middle = (now[0] + before[0]) / 2
    error = np.sqrt(now[1] + before[1]) / (middle * (1 - middle))
    return (np.log(before[0] / (1 - before[0])) - np.log(now[0] / (1 - now[0]))) / error


def _means(
    population: np.ndarray, rate: np.ndarray, level: float, *,
    weeks: int, worlds: int, random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return Hajek means and their variances, at the level that is expected: of one all pass, too."""
    n = random.binomial(weeks * population, rate, size=(worlds, len(population)))
    passed = random.binomial(n, level)
    weight = (n / rate).sum(axis=1)
    mean = (passed / rate).sum(axis=1) / weight
    spread = np.clip(mean, 0.5 / 1000, 1 - 0.5 / 1000)
    return mean, spread * (1 - spread) * (n / rate**2).sum(axis=1) / weight**2
