"""How often the two-sigma heuristic alarms when nothing happened.

    python benchmarks/heuristic_false_alarms.py [--conversations-per-day 600] [--worlds 200] [--seed 1]
    python benchmarks/heuristic_false_alarms.py --published data/demo/behavior.duckdb

Tables from the detector itself on simulated quiet weeks: the rate per series-week by level and effective
size, with and without the effect floor and the size minimum; and the number to expect over weeks 9 to 16 in
a world of seven dimensions and ten watched slices or, with --published, for the series of a finished run at
their median level and size. Scores are pass/fail and independent and a week differs from the next by chance
only: real weeks differ more, so these are lower bounds.
"""

import argparse
import itertools
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd
from behavior_pipeline.drift.history import REFERENCE_WEEKS, SeriesHistory

from behavior_pipeline.dimensions.spec import DimensionSpec, Drift
from behavior_pipeline.drift.detectors.two_sigma import detect

START = date(2026, 1, 5)
WEEKS = 16
LEVELS = (0.85, 0.90, 0.94, 0.98)
SIZES = (100, 210, 420, 840, 2100, 4200, 25200)
SLICES = {
    "customer.segment": (0.5, 0.3, 0.2),
    "query.category": (0.30, 0.25, 0.20, 0.15, 0.10),
    "user.language": (0.8, 0.2),
}


class Dimension(NamedTuple):
    """Its name, the share of conversations that is scored, and its steady level."""

    name: str
    share: float
    level: float


DIMENSIONS = (
    Dimension("format_compliance", 1.0, 0.97), Dimension("latency", 1.0, 0.93), Dimension("cost", 1.0, 0.95),
    Dimension("faithfulness", 0.2, 0.94), Dimension("tool_call_accuracy", 0.2, 0.92),
    Dimension("refusal_correctness", 0.2, 0.95), Dimension("tone", 0.05, 0.93),
)  # fmt: skip


def spec(name: str, drift: Drift) -> DimensionSpec:
    """A dimension of which only the drift settings matter."""
    return DimensionSpec.model_validate(
        {
            "name": name, "description": "simulated", "owner": "nobody", "scale": {"kind": "continuous"},
            "checks": [{"check": "none"}], "gate": {"rule": "exempt", "why": "simulated"}, "drift": drift,
        }
    )  # fmt: skip


def weekly(series: str, *, dimension: str, slice_key: str, means: np.ndarray, n: float) -> pd.DataFrame:
    """Weekly rows of a series, as many of them as the detector reads."""
    return pd.DataFrame(
        {
            "week": [pd.Timestamp(START + timedelta(weeks=week)) for week in range(len(means))],
            "series_id": series, "dimension": dimension, "slice_key": slice_key, "slice_value": series,
            "judge": "none", "rubric": "none", "mean": means, "missing_reason": None,
            "n_eff": float(n),
        }
    )  # fmt: skip


def findings(rows: pd.DataFrame, number: int, specs: dict[str, DimensionSpec]) -> pd.DataFrame:
    """The detector's findings of week `number` (1 is the first)."""
    week = START + timedelta(weeks=number - 1)
    known = rows[rows["week"] <= pd.Timestamp(week)]
    return detect(SeriesHistory(week=week, specs=specs, weekly=known))


def rates(rng: np.random.Generator, series: int) -> Iterator[dict[str, object]]:
    """Share of quiet series-weeks that alarm, by level and size."""
    bare = {"d": spec("d", Drift(effect_floor=0, minimum_n_eff=0))}
    floored = {"d": spec("d", Drift())}
    for level, n in itertools.product(LEVELS, SIZES):
        means = rng.binomial(n, level, size=(series, REFERENCE_WEEKS + 1)) / n
        rows = pd.concat(
            weekly(f"s{index}", dimension="d", slice_key="all", means=series, n=n)
            for index, series in enumerate(means)
        )
        plain, with_floor = (findings(rows, REFERENCE_WEEKS + 1, specs)["alarm"] for specs in (bare, floored))
        yield {
            "level": level,
            "n_eff": n,
            "two sigma alone": plain.mean(),
            "with floor and size": with_floor.mean(),
        }


def world(rng: np.random.Generator, per_day: int, label: str) -> pd.DataFrame:
    """Sixteen quiet weeks of every dimension; slices are sums of the same cells, so they move together."""
    rows = []
    shares = np.multiply.outer(np.multiply.outer(*list(SLICES.values())[:2]), SLICES["user.language"])
    for name, share, level in DIMENSIONS:
        n = rng.multinomial(int(7 * per_day * share), shares.ravel(), size=WEEKS).reshape(
            WEEKS, *shares.shape
        )
        passed = rng.binomial(n, level)
        cells: list[tuple[str, str, Sequence[int]]] = [("all", "all", (1, 2, 3))]
        for axis, (key, values) in enumerate(SLICES.items()):
            others = tuple(other for other in (1, 2, 3) if other != axis + 1)
            cells += [(key, f"{key}{index}", (*others, index)) for index in range(len(values))]
        for key, value, axes in cells:
            totals, good = n, passed
            if key != "all":
                axis = list(SLICES).index(key) + 1
                totals, good = (np.take(cube, axes[-1], axis=axis) for cube in (n, passed))
            totals, good = (cube.reshape(WEEKS, -1).sum(axis=1) for cube in (totals, good))
            series = f"{label}/{name}/{value}"
            rows.append(
                weekly(series, dimension=name, slice_key=key, means=good / totals, n=float(totals.mean()))
            )
    return pd.concat(rows)


def expected(rng: np.random.Generator, per_day: int, worlds: int) -> pd.DataFrame:
    """Numbers per world over weeks 9 to 16."""
    rows = pd.concat(world(rng, per_day, str(index)) for index in range(worlds))
    specs = {item.name: spec(item.name, Drift()) for item in DIMENSIONS}
    outcomes = pd.concat(findings(rows, number, specs) for number in range(REFERENCE_WEEKS + 1, WEEKS + 1))
    alarms = outcomes[outcomes["alarm"]]
    falls = alarms[alarms["effect"] < 0]
    # Falls of one dimension in one week are one alert; one that lasts would only make it fewer.
    label = falls["series_id"].str.split("/").str[0]
    alerts = falls.assign(world=label).groupby(["world", "week", "dimension"]).ngroups
    tested = (~outcomes["reason"].isin(["too_small", "short_history"])).sum()
    return pd.DataFrame(
        {
            "per world": {
                "series": len(outcomes) / worlds / (WEEKS - REFERENCE_WEEKS),
                "series large enough to be tested": tested / worlds / (WEEKS - REFERENCE_WEEKS),
                "findings that alarm": len(alarms) / worlds,
                "of these falls": len(falls) / worlds,
                "alerts (falls folded by dimension and week)": alerts / worlds,
            }
        }
    )


def expected_of(path: Path, rng: np.random.Generator, repeats: int) -> pd.DataFrame:
    """Numbers to expect over eight quiet weeks of the series in a published file, by dimension."""
    with duckdb.connect(str(path), read_only=True) as connection:
        series = connection.sql(
            """select dimension, slice_key, slice_value, median(mean) as level, median(n_eff) as n from
            weekly_scores where mean is not null and n_eff is not null and slice_value <> 'other'
            group by all order by all
            """
        ).df()
    specs = {name: spec(name, Drift()) for name in series["dimension"].unique()}
    tables = []
    for index, row in enumerate(series.to_dict("records")):
        n = max(round(row["n"]), 1)
        means = rng.binomial(n, row["level"], size=(repeats, REFERENCE_WEEKS + 1)) / n
        rows = pd.concat(
            weekly(
                f"{index}/{number}",
                dimension=row["dimension"],
                slice_key=row["slice_key"],
                means=series,
                n=row["n"],
            )
            for number, series in enumerate(means)
        )
        tables.append(findings(rows, REFERENCE_WEEKS + 1, specs))
    table = pd.concat(tables)
    table = table.assign(fall=table["alarm"] & (table["effect"] < 0), tested=table["reason"] != "too_small")
    weeks = WEEKS - REFERENCE_WEEKS
    sums = table.groupby("dimension")[["tested", "alarm", "fall"]].sum() / repeats * [1, weeks, weeks]
    sums.insert(0, "series", series.groupby("dimension").size())
    return pd.concat([sums, sums.sum().to_frame("all").T]).astype(float)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--conversations-per-day", type=int, default=600)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--series", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--published", type=Path)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    if given.published:
        print("to expect over 8 quiet weeks; falls before folding into alerts")
        print(expected_of(given.published, rng, given.worlds).round(2).to_string())
        return
    table = pd.DataFrame(rates(rng, given.series)).set_index(["level", "n_eff"])
    print("alarms per quiet series-week\n", table.round(4).to_string(), sep="")
    print(f"\nweeks 9 to 16, {given.conversations_per_day} conversations a day, {given.worlds} worlds")
    print(expected(rng, given.conversations_per_day, given.worlds).round(2).to_string())


if __name__ == "__main__":
    main()
