"""How often a test of many series tells a fall of the size that is said to be told in four of five cases.

Before: .05, a known baseline, no spread between weeks, no floor. After: what the product says of it.
"""

from collections.abc import Iterator

import numpy as np
from calibration_sections import Figure, Line, Promise, figure

from behavior_pipeline.aggregation.detectable import FALSE_ALARMS
from behavior_pipeline.statistics.intervals import least_detectable_effect, two_sided_quantile

SERIES = 55
FLOOR = 0.02
MEANS = (0.5, 0.8, 0.9, 0.94, 0.97)
DRAWS = 50  # a world is one draw of one series
CASES = ((200, 8, 0.0), (200, 3, 0.01), (1000, 8, 0.0), (1000, 8, 0.01), (5000, 8, 0.01))


def detectable(worlds: int, random: np.random.Generator) -> Iterator[Line]:
    """Share of worlds in which a fall of the least detectable size is told, by level."""
    for n, weeks, spread in CASES:
        before: dict[float, Figure] = {}
        after: dict[float, Figure] = {}
        size: dict[float, Figure] = {}
        for mean in MEANS:
            known = {"baseline_n_eff": n * weeks, "baseline_weeks": weeks, "spread": spread, "floor": FLOOR}
            old, _ = least_detectable_effect(mean, n)
            new, _ = least_detectable_effect(mean, n, alpha=FALSE_ALARMS / SERIES, **known)
            if old is None or new is None:
                continue
            case = (n, weeks, spread)
            before[mean] = figure(_alarms(mean, old, case, worlds=DRAWS * worlds, random=random))
            promise = Promise(0.78, 0.83)
            after[mean] = figure(_alarms(mean, new, case, worlds=DRAWS * worlds, random=random), promise)
            size[mean] = Figure(100 * new, 0.0)
        section = f"least detectable effect, {weeks} weeks before, spread {spread:g}"
        yield Line(section, "a fall of the old size is told", f"{n} traces", before)
        yield Line(section, "a fall of the new size is told", f"{n} traces", after)
        yield Line(section, "the new size, points", f"{n} traces", size)


def _alarms(
    mean: float, effect: float, case: tuple[int, int, float], *, worlds: int, random: np.random.Generator
) -> list[float]:
    n, weeks, spread = case
    level = (mean * n + 1.92) / (n + 3.84)
    usual = np.clip(level + random.normal(0, spread, (worlds, weeks)), 0, 1)
    before = random.binomial(n, usual).sum(axis=1) / (n * weeks)
    now = random.binomial(n, np.clip(level - effect + random.normal(0, spread, worlds), 0, 1)) / n
    pooled = (now + weeks * before) / (1 + weeks)
    error = np.sqrt(pooled * (1 - pooled) * (1 + 1 / weeks) / n + spread**2 * (1 + 1 / weeks))
    needed = np.maximum(FLOOR, two_sided_quantile(1 - FALSE_ALARMS / SERIES) * error)
    return list((before - now >= needed).astype(float))


SECTIONS = {"detectable": detectable}
