"""What model calls cost, by feature and by the users who cost most; an unknown cost is a share, never 0."""

from datetime import date

import pandas as pd

from behavior_pipeline.provenance.tuples import model_versions
from behavior_pipeline.tables.few_values import few_names
from behavior_pipeline.tables.weekly import COST_BREAKDOWN
from behavior_pipeline.words import ALL, OTHER, PRODUCTION, UNKNOWN

MOST_NAMES = 30  # of models, and of features


def cost_breakdown(facts: pd.DataFrame, *, week: date, top_users: int = 20) -> pd.DataFrame:
    """Return COST_BREAKDOWN rows of a week's trace_facts, by `all`, `feature` and `user_key`.

    Models and features beyond the most used are `other`. The users with the highest known cost of the week
    stand alone, the rest together as `other`; traces without a user are `unknown`. `cost_usd` sums the traces
    whose cost is known (NULL when none is), `share_unknown` is the share of traces that called a model and
    have no cost. Counts are of traces seen, without upstream weights.
    """
    seen = facts[facts["role"] == PRODUCTION] if "role" in facts else facts
    table = pd.DataFrame(
        {
            "trace_id": seen["trace_id"],
            "model": model_versions(seen).fillna(UNKNOWN),
            "feature": seen["feature"].fillna(UNKNOWN),
            "user_key": seen["user_key"].fillna(UNKNOWN),
            "calls": seen["n_model_calls"].astype("Int64"),
            "cost_usd": seen["cost_usd"].astype("Float64"),
        }
    ).sort_values("trace_id")
    for name in ("model", "feature"):
        table[name] = few_names(table[name], MOST_NAMES)
    table["user_key"] = table["user_key"].where(table["user_key"].isin(_dearest(table, top_users)), OTHER)
    table[ALL] = ALL
    parts = [_by(table, key).assign(group_key=key) for key in (ALL, "feature", "user_key")]
    rows = pd.concat(parts, ignore_index=True).assign(week=pd.Timestamp(week))
    return COST_BREAKDOWN.validate(rows[list(COST_BREAKDOWN.columns)])


def _dearest(table: pd.DataFrame, top: int) -> list[str]:
    known = table[table["user_key"] != UNKNOWN]
    totals = known.groupby("user_key", as_index=False)[["cost_usd", "calls"]].sum()
    ranked = totals.sort_values(["cost_usd", "calls", "user_key"], ascending=[False, False, True])
    return [*ranked["user_key"].head(top), UNKNOWN]


def _by(table: pd.DataFrame, key: str) -> pd.DataFrame:
    unknown = table["cost_usd"].isna() & (table["calls"] > 0)
    grouped = table.assign(unknown=unknown, calling=table["calls"] > 0).groupby([key, "model"], sort=True)
    rows = grouped.agg(
        traces=("trace_id", "size"),
        calls=("calls", "sum"),
        unknown=("unknown", "sum"),
        calling=("calling", "sum"),
    )
    rows["cost_usd"] = grouped["cost_usd"].sum(min_count=1)
    rows["share_unknown"] = (rows["unknown"] / rows["calling"].clip(lower=1)).astype(float)
    return rows.drop(columns=["unknown", "calling"]).reset_index(names=["group_value", "model"])
