"""The frames that the quality suite looks at, read for one week; none of them holds text of users."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from behavior_pipeline.quality.bounds import HISTORY_WEEKS, days_with_bounds, shares_with_bounds
from behavior_pipeline.settings.model import Quality
from behavior_pipeline.traces.trace_day import trace_sql

Query = Callable[[str, Mapping[str, Any]], pd.DataFrame]
MOST_ORPHANS = 1000
RELATIONS = (
    "span_without_trace", "trace_without_span", "trace_without_facts", "facts_without_trace",
    "sample_without_trace", "sample_without_score", "score_without_trace", "judged_score_without_sample",
    "score_without_versions",
)  # fmt: skip


def frames_of_week(
    query: Query, week: date, *, rules: Quality, lateness_days: int
) -> dict[str, pd.DataFrame]:
    """Return days, shares, spans, traces, scores and references; `query` runs SQL against the lake.

    Nothing after the week is read, so that a week says the same whenever it is looked at.
    """
    own = {"first": week, "last": week + timedelta(days=6)}
    trailing = {**own, "first": week - timedelta(weeks=HISTORY_WEEKS)}
    days, shares = query(_sql("days"), trailing), query(_sql("shares"), trailing)
    volume = {"spreads": rules.volume_spreads, "tolerance": rules.volume_tolerance}
    share = {"spreads": rules.share_spreads, "tolerance": rules.share_tolerance}
    return {
        "days": days_with_bounds(days, week, **volume, lateness_days=lateness_days),
        "shares": shares_with_bounds(shares, week, **share),
        **{name: query(_sql(name), own) for name in ("spans", "traces", "scores")},
        "references": _references(query, {**own, "lateness": lateness_days, "most": MOST_ORPHANS}),
    }


def _references(query: Query, given: Mapping[str, Any]) -> pd.DataFrame:
    """Return one column a relation, with the keys that lack a partner from the top; NULL below."""
    statement = _sql("references").replace("{trace_days}", trace_sql("trace_days"))
    found = query(statement, given)
    columns = {name: found.loc[found["relation"] == name, "id"].tolist() for name in RELATIONS}
    rows = max(map(len, columns.values()))
    padded = {name: [*held, *[None] * (rows - len(held))] for name, held in columns.items()}
    return pd.DataFrame(padded, columns=list(RELATIONS), dtype="string")


def _sql(name: str) -> str:
    return Path(__file__).with_name(f"{name}.sql").read_text(encoding="utf-8")
