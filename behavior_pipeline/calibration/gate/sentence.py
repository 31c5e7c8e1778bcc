"""What a gate's state rests on and what so many labels cannot show, in sentences for people."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
import pandas as pd
from scipy import stats

from behavior_pipeline.calibration.agreement.drop import DROP
from behavior_pipeline.calibration.gate.decide import SURPLUS, opens_at
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.correlation import FEWEST, fisher_se, to_fisher
from behavior_pipeline.statistics.intervals import two_sided_quantile
from behavior_pipeline.values import plain, scorer
from behavior_pipeline.words import GateState

METRICS = {"mcc": "Matthews correlation", "spearman": "Spearman's rho"}
STATES = {
    GateState.OPEN: "The gate is open",
    GateState.EXEMPT: "The gate is exempt",
    GateState.UNMEASURED: "The gate is unmeasured",
    GateState.BLOCKED: "The gate is shut (blocked)",
    GateState.SUSPENDED: "The gate is shut (suspended)",
}
PINNED_MINIMUM = 0.6
GOOD_SHARES = (0.5, 0.8, 0.9, 0.94, 0.97)
# Chance that one look opens a gate at .6 on a judge at .75, by labels as the queue draws them, share of good
# traces: `python benchmarks/calibration.py --open-chances`, 600 worlds each, error up to .02.
FIRST_LOOK = {
    40: (0.63, 0.61, 0.50, 0.42, 0.30),
    80: (0.84, 0.84, 0.68, 0.64, 0.55),
    160: (0.94, 0.93, 0.87, 0.80, 0.66),
    240: (0.99, 0.97, 0.93, 0.88, 0.80),
    320: (1.00, 0.99, 0.97, 0.95, 0.86),
    480: (1.00, 1.00, 1.00, 0.98, 0.92),
    960: (1.00, 1.00, 1.00, 1.00, 0.99),
}
LATER_LOOK = {
    40: (0.28, 0.24, 0.21, 0.04, 0.00),
    80: (0.62, 0.48, 0.32, 0.30, 0.11),
    160: (0.78, 0.77, 0.60, 0.50, 0.37),
    240: (0.94, 0.86, 0.75, 0.64, 0.48),
    320: (0.97, 0.95, 0.87, 0.77, 0.56),
    480: (1.00, 0.99, 0.97, 0.90, 0.72),
    960: (1.00, 1.00, 1.00, 1.00, 0.94),
}
SURE = 0.995  # chances above it are told as `over 99 %`


def gate_text(row: Mapping[Any, Any]) -> str:
    """Return all sentences of a row of calibration_agreement, those of what is known."""
    judged = judged_part(row)
    of_judge = f"What no check failed: {judged}; the gate goes by the smaller." if judged else ""
    return " ".join(part for part in (gate_summary(row), of_judge, gate_limits(row)) if part)


def gate_summary(row: Mapping[Any, Any]) -> str:
    """Return the state and why, the estimate, P(above gate), the number of labels and the human ceiling."""
    parts = [f"{STATES[GateState(row['gate_state'])]}{_why(row)}"]
    if not pd.isna(row["point"]):
        parts.append(f": {METRICS[row['metric']]} with people {_two(row['point'])}{_ends(row)}")
        if not pd.isna(row["probability_above_gate"]):
            parts.append(f", P(at least {_two(row['minimum'])}) {_two(row['probability_above_gate'])}")
    if row["n"]:
        weeks = f"{row['weeks_pooled']} week{'s' if row['weeks_pooled'] != 1 else ''}"
        parts.append(f", from {row['n']:,} labels of {weeks}")
    if not pd.isna(row["human_ceiling"]):
        parts.append(f"; people agree with each other at {_two(row['human_ceiling'])}")
    return "".join(parts) + "."


def judged_part(row: Mapping[Any, Any]) -> str:
    """Return the agreement on what no check failed, in words; nothing where no check failed any item."""
    n, point, above = (row.get(f"judged_{name}") for name in ("n", "point", "probability_above_gate"))
    if pd.isna(n):
        return ""
    labels = f", from {int(n):,} labels"
    if pd.isna(point):
        reason = row["judged_reason"]
        return f"not known{labels}" if pd.isna(reason) else f"not known ({Reason(reason).hint}){labels}"
    ends = "" if pd.isna(row["judged_low"]) else f" ({_two(row['judged_low'])} to {_two(row['judged_high'])})"
    chance = "" if pd.isna(above) else f", P(at least {_two(row['minimum'])}) {_two(above)}"
    return f"{_two(point)}{ends}{chance}{labels}"


def gate_limits(row: Mapping[Any, Any]) -> str:
    """Return what the row's labels cannot show, or nothing where no interval says how sure they are."""
    noise, chance = noise_of_drop(row), open_chance(row)
    limits = []
    if noise is not None:
        limits.append(f"a fall by {_two(DROP)} between two such pools is noise in {_percent(noise)} of cases")
    if chance is not None:
        level = _two(row["minimum"] + SURPLUS)
        limits.append(f"a judge at {level} has a chance of {_percent(chance)} to open the gate at a look")
    return f"With {row['n']:,} labels {', and '.join(limits)}." if limits else ""


def drop_text(row: Mapping[Any, Any]) -> str:
    """Return which two pools the drop rule compared, and how they agree; nothing where it compared none."""
    text = row.get("drop_pools")
    if text is None or pd.isna(text) or pd.isna(row["change"]):
        return ""
    pools, prevalence = orjson.loads(text), row["drop_prevalence"]
    levels = f"from {_two(row['drop_before'])} to {_two(row['drop_after'])}"
    verb = "fell" if row["change"] < 0 else "went"
    if row["drop_compared"] == "anchors":
        how = f" on the same {pools['now']['n']:,} anchors"
    else:
        part = " of what no check failed" if row["drop_compared"] == "judged" else ""
        how = part + ("" if pd.isna(prevalence) else f", both told where {100 * prevalence:.0f} % are good")
    comma = "," if ", both" in how else ""
    now, earlier = (_pool(pools[name]) for name in ("now", "earlier"))
    return f"the agreement{how}{comma} {verb} {levels}: {now} against {earlier}"


def _pool(side: Mapping[str, Any]) -> str:
    judges = ", ".join(scorer(judge) for judge in side["judges"])
    first, last, sets = side["weeks"][0], side["weeks"][-1], ", ".join(map(plain, side["datasets"]))
    weeks = f"the week of {first}" if first == last else f"{len(side['weeks'])} weeks from {first} to {last}"
    return f"{side['n']:,} labels ({side['failures']:,} failures) of {judges} on {sets}, {weeks}"


def noise_of_drop(row: Mapping[Any, Any]) -> float | None:
    """Return how often two estimates as sure as this one differ by a drop although nothing changed.

    Their error is taken from the interval, which holds all that matters: n, prevalence and how labels came.
    """
    if pd.isna(row["low"]) or pd.isna(row["high"]) or row["high"] <= row["low"]:
        return None
    error = (row["high"] - row["low"]) / (2 * two_sided_quantile(0.95))
    return float(stats.norm.cdf(-DROP / (math.sqrt(2) * error)))


def open_chance(row: Mapping[Any, Any]) -> float | None:
    """Return the chance of a judge well above the gate to open it at such a look with this number of labels.

    Pinned for Matthews correlation at the default gate, interpolated in the logarithm of n; by Bonett and
    Wright's error for Spearman's rho. None where neither applies.
    """
    n, minimum = row["n"], row["minimum"]
    if pd.isna(minimum) or pd.isna(row["point"]):
        return None
    looks = row.get("looks")
    before = 0 if looks is None or pd.isna(looks) else max(int(looks) - 1, 0)
    if row["metric"] == "spearman":
        return _rho_chance(float(minimum), int(n), opens_at(before)) if n >= FEWEST else None
    pinned = LATER_LOOK if before else FIRST_LOOK
    if minimum != PINNED_MINIMUM or pd.isna(row["prevalence"]) or n < min(pinned):
        return None
    good = max(row["prevalence"], 1 - row["prevalence"])  # naming the classes the other way changes nothing
    at = [np.interp(good, GOOD_SHARES, chances) for chances in pinned.values()]
    return float(np.interp(math.log(n), np.log(list(pinned)), at))


def _rho_chance(minimum: float, n: int, threshold: float) -> float | None:
    level = minimum + SURPLUS
    if level >= 1:
        return None
    away = (to_fisher(level) - to_fisher(minimum)) / fisher_se(level, n)
    return float(stats.norm.cdf(away - stats.norm.ppf(threshold)))


def _why(row: Mapping[Any, Any]) -> str:
    reason = Reason(row["reason"])
    return "" if reason in (Reason.UNCHANGED, Reason.EXEMPT) else f" ({reason.hint})"


def _ends(row: Mapping[Any, Any]) -> str:
    return "" if pd.isna(row["low"]) else f" ({_two(row['low'])} to {_two(row['high'])})"


def _two(value: float) -> str:
    text = f"{value:.2f}"
    return text[1:] if text.startswith("0.") else text.replace("-0.", "-.")


def _percent(share: float) -> str:
    return "over 99 %" if share > SURE else "under 1 %" if share < 1 - SURE else f"{100 * share:.0f} %"
