"""Agreement on slices of traffic: given where labels suffice, else how many are lacking."""

from datetime import date
from typing import Any

import pandas as pd

from behavior_pipeline.calibration.agreement.measurement import Measurement, measure
from behavior_pipeline.calibration.items import pool
from behavior_pipeline.calibration.items.pool import ENOUGH
from behavior_pipeline.calibration.items.strata import Shares
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.calibration import CALIBRATION_SLICES
from behavior_pipeline.words import ALL, NONE, OTHER, PASS

OF_EACH_CLASS = 10
CELL = ["slice_key", "slice_value"]


def slices_of_week(
    spec: DimensionSpec, *, week: date, scores: pd.DataFrame, places: pd.DataFrame, weekly: pd.DataFrame
) -> pd.DataFrame:
    """Return rows of calibration_slices: each watched slice of each judge and rubric that scored that week.

    `scores` are rows of calibration_scores up to the week, `places` say in which slices items are (item_id,
    slice_key, slice_value), `weekly` are the week's weekly_scores: which slices are watched, and the share of
    their traffic that the judge passes, which re-weights labels that were drawn per verdict. Judges are
    measured over the same weeks and set as in calibration_agreement.
    """
    slice_rows = weekly[(weekly["dimension"] == spec.name) & (weekly["slice_key"] != ALL)]
    usable = pool.usable(spec, scores, week=week)
    if slice_rows.empty or (spec.judge is None and usable.empty):
        return CALIBRATION_SLICES.empty()
    watched = _as_watched(places, slice_rows)
    rows = []
    for (judge, rubric), series in slice_rows.groupby(["judge", "rubric"], sort=True):
        items, dataset = _pooled(usable, week, judge=str(judge), rubric=str(rubric))
        placed = items.merge(watched, on="item_id")
        where = {"week": pd.Timestamp(week), "dimension": spec.name, "judge": judge, "rubric": rubric}
        for cell in series.sort_values(CELL).to_dict("records"):
            here = placed[
                (placed["slice_key"] == cell["slice_key"]) & (placed["slice_value"] == cell["slice_value"])
            ]
            known = spec.scale.kind == "binary" and not pd.isna(cell["mean"])
            share = Shares(float(cell["mean"])) if known else None
            named = {name: cell[name] for name in CELL}
            rows.append(where | named | {"dataset": dataset} | _slice_row(spec, here, share))
    return CALIBRATION_SLICES.validate(pd.DataFrame(rows, columns=list(CALIBRATION_SLICES.columns)))


def lacking(spec: DimensionSpec, items: pd.DataFrame) -> int:
    """Return how many more labels a slice needs at least, if they are of the class that it lacks.

    ENOUGH items, since no fewer move a gate either; by MCC also OF_EACH_CLASS of what people pass and of what
    they fail, since sensitivity rests on the ones and specificity on the others. Intervals cover with fewer,
    too, but say little: at MCC .44 to .75 they are .40 to .55 wide from there on, .55 to .72 with half of it.
    """
    missing = max(ENOUGH - len(items), 0)
    if spec.gate.metric == "spearman":
        return missing
    passed = int((items["human_score"] >= PASS).sum())
    by_class = sum(max(OF_EACH_CLASS - count, 0) for count in (passed, len(items) - passed))
    return max(missing, by_class)


def _as_watched(places: pd.DataFrame, slice_rows: pd.DataFrame) -> pd.DataFrame:
    """Return the places by the names of watched slices; values that are not watched are `other`."""
    known = set(slice_rows[CELL].itertuples(index=False, name=None))
    of_keys = places[places["slice_key"].isin(slice_rows["slice_key"])]
    of_keys = of_keys.drop_duplicates(["item_id", "slice_key"])
    pairs = list(of_keys[CELL].itertuples(index=False, name=None))
    values = [value if (key, value) in known else OTHER for key, value in pairs]
    return of_keys[["item_id", "slice_key"]].assign(slice_value=pd.array(values, dtype="string"))


def _pooled(usable: pd.DataFrame, week: date, *, judge: str, rubric: str) -> tuple[pd.DataFrame, str]:
    of_judge = usable[(usable["judge"] == judge) & (usable["rubric"] == rubric)]
    pooled = pool.in_force(of_judge, week)
    return pool.once(pooled), NONE if pooled.empty else str(pooled["dataset"].iloc[0])


def _slice_row(spec: DimensionSpec, items: pd.DataFrame, shares: Shares | None) -> dict[str, Any]:
    needed = lacking(spec, items)
    if needed:
        reason = Reason.TOO_FEW if len(items) else Reason.NO_LABELS
        measured = Measurement(spec.gate.metric, len(items), reason=reason)
    else:
        measured = measure(spec.gate, items, shares)
    return {
        "metric": spec.gate.metric, "n": len(items), "passed": int((items["human_score"] >= PASS).sum()),
        "needed": needed, "point": measured.point, "low": measured.low, "high": measured.high,
        "probability_above_gate": measured.probability_above, "prevalence": measured.prevalence,
        "reason": None if measured.reason is None else str(measured.reason),
    }  # fmt: skip
