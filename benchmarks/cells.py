"""Measures the cells of one day of 18,000 conversations: seven dimensions, three slice keys, one thread.

    python benchmarks/cells.py [--conversations 18000] [--repeats 3]

Prints the rows read, the cells made and the seconds of the core function. Goal: below 1 s.
"""

import argparse
import json
import time
from datetime import date

import numpy as np
import pandas as pd

from behavior_pipeline.aggregation.cells import daily_cells
from behavior_pipeline.dimensions.spec import DimensionSpec

DAY = date(2026, 3, 9)
JUDGED = {"faithfulness": 0.2, "tool_call_accuracy": 0.2, "refusal_correctness": 0.2, "tone": 0.05}
CHECKED = {"latency": "latency_target", "cost": "cost_budget", "format_compliance": "length"}
KEYS = {"customer.segment": 6, "query.category": 12, "user.language": 9}


def specs() -> dict[str, DimensionSpec]:
    """Return seven dimensions as the package's are."""
    base = {
        "description": "x",
        "owner": "team:x",
        "scale": {"kind": "binary", "labels": {"a": 1.0, "b": 0.0}},
    }
    judged = {name: base | {"judge": {"version": "1", "model": "m"}} for name in JUDGED}
    checked = {
        name: base | {"checks": [{"check": check}], "gate": {"rule": "exempt", "why": "a clock"}}
        for name, check in CHECKED.items()
    }
    return {name: DimensionSpec(name=name, **given) for name, given in (judged | checked).items()}


def day_of(conversations: int, seed: int = 1) -> dict[str, pd.DataFrame]:
    """Return a day's scores, facts, versions and traffic."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"{number:032x}" for number in range(conversations)])
    columns = {key: rng.integers(0, count, conversations) for key, count in KEYS.items()}
    slices = [
        json.dumps({key: f"value {column[row]}" for key, column in columns.items()})
        for row in range(conversations)
    ]
    seconds = np.exp(rng.normal(size=conversations))
    users = [f"{number:024x}" for number in rng.integers(0, conversations // 3, conversations)]
    facts = pd.DataFrame(
        {
            "trace_id": ids, "user_key": users, "cluster_key": users, "slices": slices, "role": "production",
            "sampling_weight": 1.0, "duration_ms": 1000 * seconds, "cost_usd": 0.01 * seconds,
        }
    )  # fmt: skip
    parts = []
    for name, share in (JUDGED | dict.fromkeys(CHECKED, 1.0)).items():
        drawn = ids[rng.random(conversations) < share]
        parts.append(
            pd.DataFrame(
                {
                    "dimension": name, "day": pd.Timestamp(DAY), "trace_id": drawn, "tuple_id": f"t-{name}",
                    "score": (rng.random(len(drawn)) < 0.9).astype(float), "missing_reason": pd.NA,
                    "weight": 1 / share, "input": pd.NA,
                }
            )
        )  # fmt: skip
    tuples = pd.DataFrame(
        [
            {"dimension": name, "tuple_id": f"t-{name}", "model": "m", "prompt": "p", "judge": "j",
             "dataset": "d", "rubric": "r"}
            for name in JUDGED | CHECKED
        ]
    )  # fmt: skip
    traffic = pd.DataFrame(
        [
            (pd.Timestamp(DAY), key, f"value {value}", 100 - value)
            for key, count in KEYS.items()
            for value in range(count)
        ],
        columns=["week", "slice_key", "slice_value", "traces"],
    )
    return {"scores": pd.concat(parts), "facts": facts, "tuples": tuples, "traffic": traffic}


def main() -> None:
    """Print the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--conversations", type=int, default=18_000)
    arguments.add_argument("--repeats", type=int, default=3)
    chosen = arguments.parse_args()
    frames = day_of(chosen.conversations)
    seconds = []
    for _ in range(chosen.repeats):
        started = time.perf_counter()
        cells = daily_cells(day=DAY, specs=specs(), keys=list(KEYS), **frames)
        seconds.append(time.perf_counter() - started)
    print(f"{chosen.conversations} conversations, {len(frames['scores'])} score rows: {len(cells)} cells")
    print(f"best of {chosen.repeats}: {min(seconds):.2f} s")


if __name__ == "__main__":
    main()
