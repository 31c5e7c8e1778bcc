"""What can be told of stored days: whether their records add up, and which of them are out of date."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from behavior_pipeline.lake.lake import Lake

ACCOUNT = """
SELECT coalesce(sum(present), 0) AS present,
       coalesce(sum(
           stored + duplicated + not_consented + logs_attached + logs_unmatched + quarantined
       ), 0) AS known
FROM analysis.ingested WHERE day IN (SELECT CAST(unnest($days) AS DATE))
"""
REPEATED = """
SELECT count(*) AS n FROM (
    SELECT trace_id FROM analysis.trace_facts GROUP BY trace_id HAVING count(DISTINCT day) > 1
)
"""
WITH_LATE = """
SELECT traces.day, count(*) AS traces
FROM content.traces AS traces
JOIN (SELECT trace_id, count(DISTINCT span_id) AS spans FROM content.spans GROUP BY trace_id) AS held
USING (trace_id)
WHERE traces.n_spans < held.spans GROUP BY traces.day ORDER BY traces.day
"""
REPLACED = """
WITH written AS (
    SELECT asset, partition, max(snapshot_written) AS snapshot FROM analysis.analysis_runs GROUP BY ALL
), built AS (
    SELECT partition, arg_max(CAST(snapshots_read ->> '$[0]' AS BIGINT), finished_at) AS seen
    FROM analysis.analysis_runs WHERE asset = 'traces' GROUP BY partition
)
SELECT DISTINCT built.partition AS day
FROM built JOIN written ON written.asset = 'spans' AND written.snapshot > built.seen
    AND CAST(written.partition AS DATE) BETWEEN CAST(built.partition AS DATE) - CAST($lateness AS INTEGER)
    AND CAST(built.partition AS DATE)
ORDER BY day
"""
TRIMMED = """
SELECT count(*) AS n FROM analysis.trace_facts
WHERE unmeasurable ->> 'sampling_weight' IS NOT NULL AND day IN (SELECT CAST(unnest($days) AS DATE))
"""


class Account(NamedTuple):
    """How many records the files of some days had, and of how many it is known where they went."""

    present: int
    known: int


def account(lake: Lake, days: Sequence[str]) -> Account:
    """Return the account of some days, named as YYYY-MM-DD."""
    row = lake.sql(ACCOUNT, {"days": list(days)}).iloc[0]
    return Account(int(row["present"]), int(row["known"]))


def trimmed_weights(lake: Lake, days: Sequence[str]) -> int:
    """Return how many traces of some days count with less than their tracer said."""
    return int(lake.sql(TRIMMED, {"days": list(days)})["n"].iloc[0])


def repeated_traces(lake: Lake) -> int:
    """Return how many trace ids were built on more than one day."""
    return int(lake.sql(REPEATED)["n"].iloc[0])


def days_with_late_spans(lake: Lake) -> dict[str, int]:
    """Return how many traces of each day miss spans that arrived after them."""
    rows = lake.sql(WITH_LATE)
    return dict(zip(_days(rows["day"]), rows["traces"].astype(int).tolist(), strict=True))


def days_of_replaced_spans(lake: Lake, *, lateness_days: int) -> list[str]:
    """Return the days whose traces were built from spans that were replaced since."""
    return _days(lake.sql(REPLACED, {"lateness": lateness_days})["day"])


def _days(values: Iterable[object]) -> list[str]:
    return [str(value)[:10] for value in values]
