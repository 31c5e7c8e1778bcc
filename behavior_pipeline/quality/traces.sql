-- The traces of the week without any text, and on how many days up to $last each was built.
WITH repeated AS (
    SELECT trace_id, count(DISTINCT day) AS days_built FROM analysis.trace_facts
    WHERE day <= CAST($last AS DATE)
    GROUP BY trace_id HAVING count(DISTINCT day) > 1
)
SELECT
    day, trace_id, role, dialect, duration_ms / 1000 AS duration_s, n_model_calls, n_failed_calls, cost_usd,
    (cost_usd IS NULL) <> (cost_missing IS NULL) AS cost_or_reason, sampling_weight,
    coalesce(days_built, 1) AS days_built
FROM analysis.trace_facts LEFT JOIN repeated USING (trace_id)
WHERE day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
ORDER BY day, trace_id
