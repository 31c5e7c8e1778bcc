"""How long `detect` takes, by number of series."""

import time
from collections.abc import Iterator

import drift_worlds as of
import numpy as np
import pandas as pd
from drift_rows import Options, Row

from behavior_pipeline.drift.api import detect

WEEKS = 26


def speed(options: Options) -> Iterator[Row]:
    """Yield seconds of processor for 55 series with cells, and for 1,250 to 5,000 without."""
    world = of.drawn(of.setting(np.random.default_rng(options.seed), WEEKS))
    detect(world.history[world.history["period"] < world.history["period"].unique()[2]])  # imports
    yield _row("55 series x 26 weeks", world.history, world.cells, most=2)
    for number in (1_250, 2_500, 5_000):
        yield _row(f"{number:,} series x 26 weeks", many(number, options.seed), None, most=60)


def many(series: int, seed: int) -> pd.DataFrame:
    """Return a history of 50 dimensions of slices of one key."""
    rng = np.random.default_rng(seed)
    slices = series // 50 - 1
    n = rng.poisson(400, size=(WEEKS, 50, slices))
    passed = rng.binomial(n, 0.94)
    n, passed = (np.concatenate([cube.sum(axis=2, keepdims=True), cube], axis=2) for cube in (n, passed))
    week, dimension, value = np.unravel_index(np.arange(n.size), n.shape)
    return pd.DataFrame(
        {
            "period": [of.START + pd.Timedelta(weeks=int(one)) for one in week],
            "dimension": [f"d{one}" for one in dimension],
            "slice_key": np.where(value == 0, "all", "kind"),
            "slice_value": np.where(value == 0, "all", np.char.add("v", value.astype(str))).astype(object),
            "n": n.ravel().astype(float), "sum_w": n.ravel().astype(float),
            "sum_wy": passed.ravel().astype(float), "sum_wy2": passed.ravel().astype(float),
        }
    )  # fmt: skip


def _row(name: str, history: pd.DataFrame, cells: pd.DataFrame | None, *, most: float) -> Row:
    started = time.process_time()
    detect(history, cells=cells)
    took = time.process_time() - started
    return Row(name, "seconds of processor", f"{took:.1f}", promised=f"≤ {most:g}", missed=took > most)
