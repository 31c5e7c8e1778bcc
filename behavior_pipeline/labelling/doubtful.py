"""Items worth a second look: where judge and checks, people, or two builds of the judge do not agree.

They are picked because they are uncertain, so their labels say what is unclear in a rubric and nothing of how
often the judge is right: role `diagnostic`, which enters neither agreement nor corrected estimates.
"""

from collections.abc import Set as AbstractSet
from datetime import date, timedelta

import pandas as pd

from behavior_pipeline.labelling.draw import drawn
from behavior_pipeline.labels.consensus import ADJUDICATED
from behavior_pipeline.provenance.uniform import hash_u
from behavior_pipeline.reasons import Reason
from behavior_pipeline.sampling.frames import CHECK
from behavior_pipeline.tables.labelling import JUDGE_FAIL
from behavior_pipeline.words import ANCHOR, DIAGNOSTIC, FRESH, PASS

NEAR = 0.1
RECENT = timedelta(weeks=4)
LOOKED_AT = 5  # times as many failed traces as may be asked about are run through the checks again
COLUMNS = ["item_id", "trace_id", "role", "u", "reason"]


def worth_checking(population: pd.DataFrame, *, most: int, salt: str) -> list[str]:
    """Return some traces that the judge failed although no check had: to be run through the checks again."""
    judged = population[~population["evaluator"].str.startswith(CHECK) & (population["score"] < PASS)]
    sample = drawn(judged, size=LOOKED_AT * most, salt=salt)
    return list(sample.loc[sample["stratum"] == JUDGE_FAIL, "trace_id"])


def diagnostic_items(
    population: pd.DataFrame,
    labels: pd.DataFrame,
    *,
    rescored: pd.DataFrame,
    checked: pd.DataFrame | None,
    week: date,
    most: int,
    salt: str,
    taken: AbstractSet[str],
) -> pd.DataFrame:
    """Return up to `most` items with the reason for each, the reasons in turn; none of `taken`."""
    by_reason = {
        Reason.ANNOTATORS_DISAGREE: _disputed(labels, week),
        Reason.VERDICT_CHANGED: _changed(rescored, week, labels),
        Reason.NEAR_THRESHOLD: _near(population),
        Reason.CHECK_DISAGREES: _against_checks(population, checked),
    }
    rows = pd.concat(
        [
            frame.reindex(columns=["item_id", "trace_id"]).astype("string").assign(reason=str(reason))
            for reason, frame in by_reason.items()
        ]
    )
    rows = rows[~rows["trace_id"].isin(taken)].drop_duplicates("trace_id")
    rows["u"] = [hash_u(str(item_id), salt) for item_id in rows["item_id"]]
    rows = rows.sort_values(["u", "item_id"], kind="stable")
    turn = rows.groupby("reason").cumcount()
    rows = rows.assign(turn=turn, role=DIAGNOSTIC).sort_values(["turn", "reason"], kind="stable")
    return rows.head(most)[COLUMNS].reset_index(drop=True)


def _disputed(labels: pd.DataFrame, week: date) -> pd.DataFrame:
    """Return items of the last four weeks with different labels that nobody has adjudicated."""
    recent = labels[(labels["week"] > pd.Timestamp(week - RECENT)) & labels["role"].isin([FRESH, ANCHOR])]
    last_labels = recent.sort_values("labelled_at", kind="stable").drop_duplicates(
        ["item_id", "annotator"], keep="last"
    )
    votes = last_labels.groupby("item_id").agg(
        trace_id=("trace_id", "first"),
        words=("label", "nunique"),
        decided=("annotator", lambda names: (names == ADJUDICATED).any()),
    )
    return votes[(votes["words"] > 1) & ~votes["decided"].astype(bool)].reset_index()


def _changed(rescored: pd.DataFrame, week: date, labels: pd.DataFrame) -> pd.DataFrame:
    """Return anchors of which the judge of the week says something else than another build did before."""
    rows = rescored[(rescored["role"] == ANCHOR) & rescored["judge_label"].notna()]
    rows = rows.sort_values("week", kind="stable")
    now = rows[rows["week"] == pd.Timestamp(week)].drop_duplicates("item_id", keep="last")
    before = rows[rows["week"] < pd.Timestamp(week)].drop_duplicates("item_id", keep="last")
    pairs = now.merge(before, on="item_id", suffixes=("", "_before"))
    build = [pairs[f"judge{end}"] + "/" + pairs[f"judge_build{end}"].fillna("") for end in ("", "_before")]
    moved = pairs[(pairs["judge_label"] != pairs["judge_label_before"]) & (build[0] != build[1])]
    return moved[["item_id"]].merge(labels[["item_id", "trace_id"]].drop_duplicates("item_id"), on="item_id")


def _near(population: pd.DataFrame) -> pd.DataFrame:
    """Return traces whose score is a number close to the line; labels of a binary scale never are."""
    near = population[(population["score"] - PASS).abs() <= NEAR]
    return near.assign(item_id=near["trace_id"])


def _against_checks(population: pd.DataFrame, checked: pd.DataFrame | None) -> pd.DataFrame:
    if checked is None:
        return population.head(0)
    passed = checked.loc[(checked["score"] >= PASS).fillna(False).astype(bool), "trace_id"]
    failed = population[population["trace_id"].isin(passed) & (population["score"] < PASS)]
    return failed.assign(item_id=failed["trace_id"])
