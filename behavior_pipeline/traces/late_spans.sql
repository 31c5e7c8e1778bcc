-- Spans that arrived on $day after their trace had been built, by the day of that trace.
WITH arrivals AS (
    SELECT trace_id, min(day) AS first_day, min(day) FILTER (parent_span_id IS NULL) AS root_day
    FROM content.spans
    SEMI JOIN (SELECT DISTINCT trace_id FROM content.spans WHERE day = CAST($day AS DATE)) USING (trace_id)
    WHERE day <= CAST($day AS DATE)
    GROUP BY trace_id
), built AS (
    SELECT
        trace_id,
        least(coalesce(root_day, DATE '9999-12-31'), first_day + CAST($lateness AS INTEGER)) AS trace_day
    FROM arrivals
)
SELECT CAST(trace_day AS DATE) AS trace_day, count(*) AS spans, count(DISTINCT trace_id) AS traces
FROM content.spans JOIN built USING (trace_id)
WHERE day = CAST($day AS DATE) AND trace_day < CAST($day AS DATE)
GROUP BY trace_day
ORDER BY trace_day
