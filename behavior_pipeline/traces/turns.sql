-- Each request of a conversation with the turn before it; {rows} are rows of day_rows.py.
SELECT trace_id, signals, request, before_id, before_signals, before_request
FROM (
    SELECT
        trace_id, signals, request,
        lag(trace_id) OVER turn AS before_id,
        lag(signals) OVER turn AS before_signals,
        coalesce(lag(request) OVER turn, '') AS before_request
    FROM {rows}
    WHERE conversation_id <> ''
    WINDOW turn AS (PARTITION BY conversation_id ORDER BY start_ns, trace_id)
)
WHERE before_id IS NOT NULL AND request IS NOT NULL
