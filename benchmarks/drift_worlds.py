"""Simulated weeks of traffic for benchmarks/drift.py: counts of passes in crossed cells, and what happens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import orjson
import pandas as pd

CATEGORIES = ("billing", "orders", "returns", "account", "other_topic")
SLICES: Mapping[str, tuple[tuple[str, float], ...]] = {
    "query.category": tuple(zip(CATEGORIES, (0.36, 0.25, 0.18, 0.13, 0.08), strict=True)),
    "customer.segment": (("consumer", 0.6), ("business", 0.28), ("trial", 0.12)),
    "user.language": (("en", 0.75), ("de", 0.25)),
}
LEVELS = {"faithfulness": 0.94, "tool_calls": 0.92, "refusal": 0.95, "tone": 0.90, "format": 0.97}
JUDGED = 2800
LARGEST, SMALLEST = ("query.category", CATEGORIES[0]), ("query.category", CATEGORIES[-1])
MOVED = "faithfulness"  # the dimension in which something happens
START = pd.Timestamp("2026-01-05")
CELL_EFFECT = 0.01  # standard deviation of a cell's level around its dimension's


@dataclass(frozen=True)
class Setting:
    """What a world is like before anything happens, weeks x dimensions x cells where it has an array."""

    weeks: int
    rng: np.random.Generator
    shares: np.ndarray = field(repr=False)
    level: np.ndarray = field(repr=False)
    rate: np.ndarray = field(repr=False)
    cluster: int = 1


@dataclass(frozen=True)
class World:
    """Frames for drift.api.detect."""

    history: pd.DataFrame
    cells: pd.DataFrame
    anchors: pd.DataFrame | None = None
    versions: pd.DataFrame | None = None


Change = Callable[[Setting], Setting]


def cell_values() -> list[dict[str, str]]:
    """Return the slice values of each crossed cell."""
    keys = list(SLICES)
    values: list[dict[str, str]] = [{}]
    for key in keys:
        values = [{**value, key: name} for value in values for name, _ in SLICES[key]]
    return values


def cell_shares() -> np.ndarray:
    """Return the usual share of each cell."""
    return np.array(
        [np.prod([dict(SLICES[key])[name] for key, name in value.items()]) for value in cell_values()]
    )


VALUES = cell_values()
SHARES = cell_shares()


def members(key: str, value: str) -> np.ndarray:
    """Return which cells are of a slice."""
    return np.array([cell[key] == value for cell in VALUES])


def setting(rng: np.random.Generator, weeks: int) -> Setting:
    """Return a steady world: each cell has a level of its own near its dimension's."""
    shape = weeks, len(LEVELS), len(SHARES)
    cell = np.array(list(LEVELS.values()))[:, None] + rng.normal(0, CELL_EFFECT, shape[1:])
    return Setting(
        weeks, rng, np.broadcast_to(SHARES, shape).copy(),
        np.broadcast_to(np.clip(cell, 0.6, 0.995), shape).copy(), np.ones(shape),
    )  # fmt: skip


def overdispersed(deviation: float = 0.008, correlation: float = 0.5) -> Change:
    """Return levels of every cell's dimension that wander as an AR(1) process, and of cells as well."""

    def change(world: Setting) -> Setting:
        weeks, dimensions, cells = world.level.shape
        common = ar1(world.rng, (weeks, dimensions, 1), deviation, correlation)
        single = ar1(world.rng, (weeks, dimensions, cells), deviation, correlation)
        return replace(world, level=np.clip(world.level + common + single, 0.3, 0.999))

    return change


def ar1(rng: np.random.Generator, shape: tuple[int, ...], deviation: float, correlation: float) -> np.ndarray:
    """Return stationary processes along the first axis."""
    values = np.empty(shape)
    values[0] = rng.normal(0, deviation, shape[1:])
    for week in range(1, shape[0]):
        shock = rng.normal(0, deviation * np.sqrt(1 - correlation**2), shape[1:])
        values[week] = correlation * values[week - 1] + shock
    return values


def mix_shift(first: int) -> Change:
    """Return traffic whose smallest category, at a level 10 points lower, grows to three times its share."""

    def change(world: Setting) -> Setting:
        level, shares = world.level.copy(), world.shares.copy()
        cells = members(*SMALLEST)
        level[:, :, cells] -= 0.10
        shares[first:, :, cells] *= 3
        return replace(world, level=level, shares=shares / shares.sum(axis=2, keepdims=True))

    return change


def season(amplitude: float = 0.01) -> Change:
    """Return levels with a yearly wave, traffic with the same and a fortnightly rhythm of segments."""

    def change(world: Setting) -> Setting:
        wave = np.sin(2 * np.pi * (np.arange(world.weeks) / 52 + world.rng.uniform()))[:, None, None]
        shares = world.shares.copy()
        shares[::2, :, members("customer.segment", "business")] *= 1.3
        shares *= 1 + 0.3 * wave * (members("user.language", "de") - 0.5)
        return replace(
            world, level=np.clip(world.level + amplitude * wave, 0.3, 0.999),
            shares=shares / shares.sum(axis=2, keepdims=True),
        )  # fmt: skip

    return change


def sampling_changes(first: int) -> Change:
    """Return rates that change in a week: half as many are judged of two categories, twice of the others."""

    def change(world: Setting) -> Setting:
        rate = world.rate.copy()
        low = members(*LARGEST) | members("query.category", CATEGORIES[1])
        rate[first:, :, low] *= 0.5
        rate[first:, :, ~low] *= 1.78
        return replace(world, rate=rate)

    return change


def slice_sampling(world: Setting) -> Setting:
    """Return rates that favour small slices, share^-.5 of the rarest one of a cell, at the same total."""
    rarest = np.array([min(dict(SLICES[key])[name] for key, name in value.items()) for value in VALUES])
    rate = rarest**-0.5
    return replace(world, rate=world.rate * rate / (SHARES * rate).sum())


def repeat_users(world: Setting) -> Setting:
    """Return traffic of users with four conversations each, whose levels differ from user to user."""
    return replace(world, cluster=4)


def falls(
    points: float, first: int, *, of: tuple[str, str] | None = None, over: int = 1, last: int | None = None
) -> Change:
    """Return a fall in one dimension, of a slice or of all, within `over` weeks, up to before week `last`."""

    def change(world: Setting) -> Setting:
        level = world.level.copy()
        cells = np.ones(len(SHARES), dtype=bool) if of is None else members(*of)
        weeks = np.arange(world.weeks)
        depth = points * np.clip((weeks - first + 1) / over, 0, 1)
        if last is not None:
            depth[weeks >= last] = 0
        level[:, list(LEVELS).index(MOVED)][:, cells] -= depth[:, None]
        return replace(world, level=np.clip(level, 0.01, 0.999))

    return change


def with_deploys(world: World) -> World:
    """Return the world with another model or prompt every other week, which change nothing."""
    periods = sorted(world.history["period"].unique())
    models = [f"m{number // 4}" for number in range(len(periods))]
    prompts = [f"p{number // 2}" for number in range(len(periods))]
    return replace(
        world, versions=pd.DataFrame({"period": periods, "model": models, "prompt": prompts, "judge": "j1"})
    )


@dataclass(frozen=True)
class JudgeShift:
    """A judge that from a week on fails a share of what it passed before; its version tells it, or not."""

    first: int
    points: float
    announced: bool
    items: int = 320
    human: float = 0.7  # of the anchors pass
    noise: float = 0.01  # of verdicts are another one when asked again

    def anchors(self, world: Setting) -> pd.DataFrame:
        """Return the anchors of all dimensions, scored each week."""
        rng, weeks = world.rng, np.arange(world.weeks)[:, None]
        periods = [START + pd.Timedelta(weeks=week) for week in range(world.weeks)]
        frames = []
        for dimension in LEVELS:
            human = rng.uniform(size=self.items) < self.human
            usual = np.where(human, rng.uniform(size=self.items) < 0.96, rng.uniform(size=self.items) < 0.25)
            fails = rng.uniform(size=self.items) < self.points
            moved = (weeks >= self.first) & (dimension == MOVED) & fails
            flipped = rng.uniform(size=(world.weeks, self.items)) < self.noise
            score = (usual & ~moved) ^ flipped
            frames.append(
                pd.DataFrame(
                    {
                        "period": np.repeat(periods, self.items), "dimension": dimension,
                        "item": np.tile(np.arange(self.items), world.weeks),
                        "human": np.tile(human.astype(float), world.weeks),
                        "score": score.ravel().astype(float),
                        "judge": np.repeat(self.names(world.weeks, dimension), self.items),
                    }
                )
            )  # fmt: skip
        return pd.concat(frames, ignore_index=True)

    def names(self, weeks: int, dimension: str) -> list[str]:
        """Return the judge of each week."""
        return [
            "j2" if self.announced and dimension == MOVED and week >= self.first else "j1"
            for week in range(weeks)
        ]

    def seen(self, world: World, weeks: int) -> World:
        """Return the frames with the judge's names in them."""
        judge = {
            (START + pd.Timedelta(weeks=week), dimension): name
            for dimension in LEVELS
            for week, name in enumerate(self.names(weeks, dimension))
        }

        def named(rows: pd.DataFrame) -> pd.DataFrame:
            keys = zip(rows["period"], rows["dimension"], strict=True)
            return rows.assign(judge=[judge[key] for key in keys])

        return replace(world, history=named(world.history), cells=named(world.cells))


def drawn(world: Setting, judge: JudgeShift | None = None) -> World:
    """Return the frames of a world: one draw of conversations and of their passes."""
    if judge is not None:
        factor = np.ones(world.level.shape)
        factor[judge.first :, list(LEVELS).index(MOVED)] = 1 - judge.points
        made = drawn(replace(world, level=world.level * factor))
        return replace(judge.seen(made, world.weeks), anchors=judge.anchors(world))
    rng = world.rng
    mean = JUDGED * world.shares * world.rate
    n = rng.poisson(mean)
    level = world.level
    if world.cluster > 1:
        users = np.maximum(n // world.cluster, 1)
        strength = 20.0  # of a beta distribution of users' levels within a cell: correlation 1 / 21
        level = rng.beta(level * strength * users, (1 - level) * strength * users)
    passed = rng.binomial(n, level)
    return _frames(n, passed, 1 / np.broadcast_to(world.rate, n.shape), world)


def _frames(n: np.ndarray, passed: np.ndarray, weight: np.ndarray, world: Setting) -> World:
    sums = {
        "n": n.astype(float), "sum_w": n * weight, "sum_wy": passed * weight, "sum_w2": n * weight**2,
        "sum_w2y": passed * weight**2, "sum_wy2": passed * weight, "sum_w2y2": passed * weight**2,
    }  # fmt: skip
    weeks, dimensions, count = n.shape
    periods = np.array([START + pd.Timedelta(weeks=week) for week in range(weeks)])
    texts = np.array([orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode() for value in VALUES])
    shape = n.shape
    cells = pd.DataFrame(
        {
            "period": np.broadcast_to(periods[:, None, None], shape).ravel(),
            "dimension": np.broadcast_to(np.array(list(LEVELS))[None, :, None], shape).ravel(),
            "judge": "j1", "rubric": "r1", "cell": np.broadcast_to(texts, shape).ravel(),
            **{name: value.ravel() for name, value in sums.items()},
        }
    )  # fmt: skip
    cells = cells[cells["n"] > 0].reset_index(drop=True)
    series = [("all", "all")] + [(key, name) for key in SLICES for name, _ in SLICES[key]]
    member = np.array(
        [np.ones(count, dtype=bool) if key == "all" else members(key, name) for key, name in series]
    )
    totals = {name: value @ member.T.astype(float) for name, value in sums.items()}
    out = weeks, dimensions, len(series)
    history = pd.DataFrame(
        {
            "period": np.broadcast_to(periods[:, None, None], out).ravel(),
            "dimension": np.broadcast_to(np.array(list(LEVELS))[None, :, None], out).ravel(),
            "slice_key": np.broadcast_to(np.array([key for key, _ in series], dtype=object), out).ravel(),
            "slice_value": np.broadcast_to(np.array([name for _, name in series], dtype=object), out).ravel(),
            "judge": "j1", "rubric": "r1", "graded": False,
            **{name: value.ravel() for name, value in totals.items()},
        }
    )  # fmt: skip
    if world.cluster > 1:
        deff = 1 + (world.cluster - 1) / 21
        mean = history["sum_wy"] / history["sum_w"]
        history["se"] = np.sqrt(deff * mean * (1 - mean) * history["sum_w2"]) / history["sum_w"]
    return World(history, cells)
