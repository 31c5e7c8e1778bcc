-- The spans of the traces that are built on $day, one row a span.
-- A trace is built on the day its root arrived, at the latest $lateness days after its first span; this is decided
-- from all earlier days, so that a trace is built once, whatever the order in which days are materialised.
WITH candidates AS (
    SELECT DISTINCT trace_id FROM content.spans
    WHERE day BETWEEN CAST($day AS DATE) - CAST($lateness AS INTEGER) AND CAST($day AS DATE)
), arrivals AS (
    SELECT trace_id, min(day) AS first_day, min(day) FILTER (parent_span_id IS NULL) AS root_day
    FROM content.spans SEMI JOIN candidates USING (trace_id)
    WHERE day <= CAST($day AS DATE)
    GROUP BY trace_id
), built AS (
    SELECT trace_id FROM arrivals
    WHERE least(coalesce(root_day, DATE '9999-12-31'), first_day + CAST($lateness AS INTEGER)) = CAST($day AS DATE)
)
SELECT spans.*
FROM content.spans AS spans SEMI JOIN built USING (trace_id)
WHERE day <= CAST($until AS DATE)
QUALIFY row_number() OVER (PARTITION BY trace_id, span_id ORDER BY day, file, line) = 1
ORDER BY trace_id, start_ns, span_id
