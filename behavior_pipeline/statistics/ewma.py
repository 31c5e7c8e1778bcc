"""The exponentially weighted moving average of a series, and the chart that tests it."""

from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from behavior_pipeline.statistics.estimate import Vector


class Chart(NamedTuple):
    """The moving average after each value, and half the width of its control limits."""

    average: Vector
    half_width: Vector

    def first_signal(self, target: float) -> int | None:
        """Return the place of the first average outside of its limits."""
        outside = np.flatnonzero(np.abs(self.average - target) > self.half_width)
        return int(outside[0]) if len(outside) else None


def ewma_chart(x: npt.ArrayLike, *, share: float, target: float, sigma: float, limit: float) -> Chart:
    """Return the chart of values with one known standard deviation (Roberts 1959).

    `share` in (0, 1] is the newest value's weight, `limit` the width in standard errors; the average starts
    at the target, so that the first values are judged by their own, smaller error.
    """
    average, averages = target, []
    for value in np.asarray(x, dtype=float):
        average = share * value + (1 - share) * average
        averages.append(average)
    count = np.arange(1, len(averages) + 1)
    remembered = share / (2 - share) * (1 - (1 - share) ** (2 * count))
    return Chart(np.array(averages), cast(Vector, limit * sigma * np.sqrt(remembered)))
