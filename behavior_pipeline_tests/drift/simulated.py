"""Small histories for drift.api.detect: one dimension of 400 to 2,000 judged a week, two slice keys."""

from collections.abc import Callable

import numpy as np
import orjson
import pandas as pd

START = pd.Timestamp("2026-01-05")
SHARES = {("a", "x"): 0.3, ("a", "y"): 0.2, ("b", "x"): 0.3, ("b", "y"): 0.2}
Level = Callable[[int, str, str], float]


def steady(_week: int, _kind: str, _region: str) -> float:
    return 0.94


def cells(
    weeks: int, *, level: Level = steady, judged: int = 2000, seed: int = 1, dimension: str = "tone",
    shares: Callable[[int], dict[tuple[str, str], float]] = lambda _: SHARES,
) -> pd.DataFrame:  # fmt: skip
    """Return sums of the crossings of kind (a, b) and region (x, y), all of weight 1."""
    rng = np.random.default_rng(seed)
    rows = []
    for week in range(weeks):
        for (kind, region), share in shares(week).items():
            n = int(rng.poisson(judged * share))
            passed = int(rng.binomial(n, level(week, kind, region)))
            rows.append(
                {
                    "period": START + pd.Timedelta(weeks=week), "dimension": dimension,
                    "judge": "j", "rubric": "r",
                    "cell": orjson.dumps({"kind": kind, "region": region}).decode(),
                    "kind": kind, "region": region,
                    "n": n, "sum_w": n, "sum_wy": passed, "sum_wy2": passed, "sum_w2": n, "sum_w2y": passed,
                    "sum_w2y2": passed,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def history(of: pd.DataFrame) -> pd.DataFrame:
    """Return the whole and the slices of cells."""
    sums = [name for name in of if name == "n" or name.startswith("sum_")]
    base = ["period", "dimension", "judge", "rubric"]
    frames = [of.groupby(base, as_index=False)[sums].sum().assign(slice_key="all", slice_value="all")]
    for key in ("kind", "region"):
        part = of.groupby([*base, key], as_index=False)[sums].sum()
        frames.append(part.rename(columns={key: "slice_value"}).assign(slice_key=key))
    return pd.concat(frames, ignore_index=True)


def anchors(
    weeks: int,
    *,
    moved_from: int = 99,
    share: float = 0.1,
    judges: Callable[[int], str] = lambda _: "j",
    seed: int = 5,
) -> pd.DataFrame:
    """Return 320 anchors scored each week by a judge that from a week on fails a share of what it passed."""
    rng = np.random.default_rng(seed)
    human = rng.uniform(size=320) < 0.7
    usual, fails = human ^ (rng.uniform(size=320) < 0.05), rng.uniform(size=320) < share
    return pd.concat(
        pd.DataFrame(
            {
                "period": START + pd.Timedelta(weeks=week), "dimension": "tone", "item": np.arange(320),
                "human": human.astype(float), "judge": judges(week),
                "score": (usual & ~(fails if week >= moved_from else False)).astype(float),
            }
        )
        for week in range(weeks)
    )  # fmt: skip


def last(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["period"] == rows["period"].max()]


def alarmed(rows: pd.DataFrame) -> set[tuple[str, str]]:
    """Return slice key and value of the alarms of the last week."""
    now = last(rows)
    return set(
        now.loc[now["alarm"].astype(bool), ["slice_key", "slice_value"]].itertuples(index=False, name=None)
    )
