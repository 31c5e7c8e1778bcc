"""The size of a series that floors compare: its traces over a design effect pooled over eight weeks.

A week's own n_eff is as noisy as its error, and a bad week has the larger error: a floor on it mutes bad
weeks first.
"""

import pandas as pd

WEEKS = 8
SMALLEST_VARIANCE = 1e-12  # below it a variance is rounding: the scores do not differ


def with_floor_sizes(rows: pd.DataFrame, earlier: pd.DataFrame) -> pd.DataFrame:
    """Add design_effect, pooled_design_effect and n_floor.

    The design effect is the variance of the mean over that of a simple random sample of as many traces (Kish
    1965), by the scores' own variance: a graded score varies less than a verdict. It is not known of a week
    whose scores are all alike. Weeks are pooled by their number of traces; a series of which no week shows
    an effect has that of its weights, and none has less than one: few clusters are alike by chance. `rows`
    have series_id, n, n_kish, se and variance, `earlier` are rows of weekly_scores of the weeks before.
    """
    earlier = earlier[earlier["week"] > rows["week"].max() - pd.Timedelta(weeks=WEEKS)]
    n = rows["n"].astype("Float64")
    varies = rows["variance"] > SMALLEST_VARIANCE
    effect = (rows["se"] ** 2 * (n - 1) / rows["variance"]).where(varies).astype("Float64")
    weeks = pd.concat(
        [
            pd.DataFrame({"series_id": rows["series_id"], "n": n, "design_effect": effect}),
            earlier[["series_id", "n", "design_effect"]].astype({"n": "Float64"}),
        ]
    ).dropna()
    weeks["total"] = weeks["n"] * weeks["design_effect"]
    sums = weeks.groupby("series_id")[["n", "total"]].sum()
    pooled = rows["series_id"].map(sums["total"] / sums["n"]).astype("Float64")
    known = rows["se"].notna()
    pooled = (
        pooled.fillna(n / rows["n_kish"]).clip(lower=1.0).where(known)
    )  # few clusters are alike by chance
    return rows.assign(design_effect=effect, pooled_design_effect=pooled, n_floor=n / pooled)
