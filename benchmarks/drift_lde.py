"""Whether a fall of the stored least detectable effect is found in 80 % of simulated cases."""

from collections.abc import Iterator
from dataclasses import replace

import drift_worlds as of
import numpy as np
from drift_rows import Options, Row, share_row

from behavior_pipeline.drift.api import detect

SERIES = {"aggregate": ("all", "all"), "largest slice": of.LARGEST, "smallest slice": of.SMALLEST,
          "language": ("user.language", "de")}  # fmt: skip


def detectable(options: Options) -> Iterator[Row]:
    """Yield, for several series, the share found in the week of a fall by what the week before was told."""
    seen: dict[str, list[bool]] = {name: [] for name in SERIES}
    for number in range(options.worlds):
        rng = np.random.default_rng([options.seed, 77, number])
        world = of.setting(rng, options.weeks + 1)
        state = rng.bit_generator.state
        before = detect(of.drawn(world).history)
        last = before[before["period"] == before["period"].max()]
        for name, (key, value) in SERIES.items():
            row = last[
                (last["dimension"] == of.MOVED) & (last["slice_key"] == key) & (last["slice_value"] == value)
                & (last["detector"] == "contrast")
            ]  # fmt: skip
            effect = float(row["least_detectable_effect"].iloc[0])
            if np.isnan(effect):
                continue
            rng.bit_generator.state = state  # the same history, and another week
            where = None if key == "all" else (key, value)
            moved = of.falls(effect, options.weeks, of=where)(replace(world, rng=rng))
            rows = detect(of.drawn(moved).history)
            now = rows[(rows["period"] == rows["period"].max()) & rows["alarm"].astype(bool)]
            seen[name].append(
                bool(
                    (
                        (now["dimension"] == of.MOVED)
                        & (now["slice_key"] == key)
                        & (now["slice_value"] == value)
                    ).any()
                )
            )
    for name, hits in seen.items():
        if hits:
            value = float(np.mean(hits))
            row = share_row("lde", f"{name}: found at the stored figure, %", hits, [])
            error = float(np.sqrt(0.16 / len(hits)))
            yield replace(row, promised="80 ± 5", missed=abs(value - 0.8) > 0.05 + 2 * error)
