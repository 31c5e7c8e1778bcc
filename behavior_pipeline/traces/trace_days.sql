-- The day on which each trace with spans from $first - lateness to $last is built.
-- A trace is built on the day its root arrived, at the latest $lateness days after its first span; this is decided
-- from all earlier days, so that a trace is built once, whatever the order in which days are materialised. Roots
-- that arrive after $last do not matter: until then their trace would have been built without them.
WITH candidates AS (
    SELECT DISTINCT trace_id FROM content.spans
    WHERE day BETWEEN CAST($first AS DATE) - CAST($lateness AS INTEGER) AND CAST($last AS DATE)
), arrivals AS (
    SELECT trace_id, min(day) AS first_day, min(day) FILTER (parent_span_id IS NULL) AS root_day
    FROM content.spans SEMI JOIN candidates USING (trace_id)
    WHERE day <= CAST($last AS DATE)
    GROUP BY trace_id
)
SELECT
    trace_id,
    CAST(least(coalesce(root_day, DATE '9999-12-31'), first_day + CAST($lateness AS INTEGER)) AS DATE) AS trace_day
FROM arrivals
