"""The frames that the quality suite looks at, read for one week; none of them holds text of users."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from behavior_pipeline.quality.bounds import HISTORY_WEEKS, days_with_bounds, shares_with_bounds
from behavior_pipeline.settings.model import Quality
from behavior_pipeline.traces.trace_day import trace_sql
from behavior_pipeline.values import sql_beside

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
    this_week = {"first": week, "last": week + timedelta(days=6)}
    trailing = {**this_week, "first": week - timedelta(weeks=HISTORY_WEEKS)}
    days, shares = (query(sql_beside(__file__, name), trailing) for name in ("days", "shares"))
    volume = {"spreads": rules.volume_spreads, "tolerance": rules.volume_tolerance}
    share = {"spreads": rules.share_spreads, "tolerance": rules.share_tolerance}
    return {
        "days": days_with_bounds(days, week, **volume, lateness_days=lateness_days),
        "shares": shares_with_bounds(shares, week, **share),
        **{name: query(sql_beside(__file__, name), this_week) for name in ("spans", "traces", "scores")},
        "references": _references(query, {**this_week, "lateness": lateness_days, "most": MOST_ORPHANS}),
    }


def _references(query: Query, given: Mapping[str, Any]) -> pd.DataFrame:
    """Return one column a relation, with the keys that lack a partner from the top; NULL below."""
    statement = sql_beside(__file__, "references").replace("{trace_days}", trace_sql("trace_days"))
    orphans = query(statement, given)
    columns = {name: orphans.loc[orphans["relation"] == name, "id"].tolist() for name in RELATIONS}
    rows = max(map(len, columns.values()))
    padded = {name: [*keys, *[None] * (rows - len(keys))] for name, keys in columns.items()}
    return pd.DataFrame(padded, columns=list(RELATIONS), dtype="string")
