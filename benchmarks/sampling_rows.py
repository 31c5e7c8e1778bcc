"""Rows of benchmarks/sampling.py: a figure before and after, and what is promised of the second."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from calibration_sections import Figure, Promise

from behavior_pipeline.statistics.estimate import Estimate

COVERED = Promise(0.93, 0.97)


@dataclass(frozen=True)
class Row:
    """What is measured in a kind of world: by the earlier rule, where there was one, and by today's."""

    world: str
    what: str
    before: Figure | None
    after: Figure


@dataclass(frozen=True)
class Estimates:
    """Estimates of one truth in many worlds, with the ends of their intervals."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def bias(self, truth: float, promise: Promise | None = None) -> Figure:
        """Return the mean error."""
        return Figure(
            float(self.value.mean() - truth), float(self.value.std() / np.sqrt(len(self.value))), promise
        )

    def error(self, truth: float) -> Figure:
        """Return the root mean square error."""
        squares = (self.value - truth) ** 2
        root = float(np.sqrt(squares.mean()))
        return Figure(root, float(squares.std() / np.sqrt(len(squares)) / (2 * root)))

    def coverage(self, truth: float, promise: Promise | None = None) -> Figure:
        """Return the share of intervals that hold the truth."""
        return share((self.low <= truth) & (truth <= self.high), promise)


def estimates(made: list[Estimate]) -> Estimates:
    """Return the estimates of some worlds; where one has no interval, it holds nothing."""
    value, low, high = (
        np.array([np.nan if (end := getattr(one, name)) is None else end for one in made], dtype=float)
        for name in ("value", "low", "high")
    )
    return Estimates(value, low, high)


def share(values: np.ndarray, promise: Promise | None = None) -> Figure:
    """Return the share of true values; of few worlds it never has an error of 0."""
    smoothed = (values.sum() + 1) / (len(values) + 2)
    return Figure(float(values.mean()), float(np.sqrt(smoothed * (1 - smoothed) / len(values))), promise)


def compared(
    world: str,
    truth: float,
    before: Estimates | None,
    after: Estimates,
    *,
    bias: Promise | None = None,
    known: bool = False,
) -> Iterator[Row]:
    """Return bias, root mean square error and coverage of two rules on the same worlds."""
    yield Row(world, "bias, points", before and before.bias(truth), after.bias(truth, bias))
    yield Row(world, "error (rms), points", before and before.error(truth), after.error(truth))
    yield Row(
        world,
        "95 % interval holds the truth, %",
        before and before.coverage(truth),
        after.coverage(truth, replace(COVERED, known=known)),
    )
