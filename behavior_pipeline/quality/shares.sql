-- Shares by week from $first to $last: of operations and errors among spans, of traces that hold a field, of score
-- rows with a score; and the medians of durations and tokens.
WITH spans AS (
    SELECT date_trunc('week', day) AS week, operation, status, (end_ns - start_ns) / 1e6 AS duration_ms,
        input_tokens, output_tokens
    FROM content.spans
    WHERE role = 'production' AND day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
), traces AS (
    SELECT date_trunc('week', day) AS week, n_model_calls > n_failed_calls AS answered, *
    FROM analysis.trace_facts
    WHERE role = 'production' AND day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
), filled AS (
    SELECT week, avg(CAST(duration_ms IS NOT NULL AS INTEGER)) AS duration_ms,
        avg(CAST(model IS NOT NULL AS INTEGER)) AS model,
        avg(CAST(prompt_version IS NOT NULL AS INTEGER)) AS prompt_version,
        avg(CAST(user_key IS NOT NULL AS INTEGER)) AS user_key,
        avg(CAST(feature IS NOT NULL AS INTEGER)) AS feature,
        avg(CAST(refused IS NOT NULL AS INTEGER)) AS refused,
        avg(CAST(input_tokens IS NOT NULL AS INTEGER)) FILTER (answered) AS input_tokens,
        avg(CAST(cost_usd IS NOT NULL AS INTEGER)) FILTER (answered) AS cost_usd,
        avg(CAST(finish_reason IS NOT NULL AS INTEGER)) FILTER (answered) AS finish_reason
    FROM traces GROUP BY week
), medians AS (
    SELECT week, median(duration_ms) AS duration_ms, median(input_tokens) AS input_tokens,
        median(output_tokens) AS output_tokens
    FROM spans WHERE operation = 'chat' GROUP BY week
)
SELECT week, 'operation ' || operation AS name, count(*) / sum(count(*)) OVER (PARTITION BY week) AS value, 'part' AS kind
FROM spans GROUP BY week, operation
UNION ALL
SELECT week, 'status error', avg(CAST(status = 'error' AS INTEGER)), 'share' FROM spans GROUP BY week
UNION ALL
SELECT week, 'filled ' || name, value, 'share' FROM (UNPIVOT filled ON COLUMNS (* EXCLUDE week) INTO NAME name VALUE value)
UNION ALL
SELECT date_trunc('week', day), 'scored ' || dimension, avg(CAST(score IS NOT NULL AS INTEGER)), 'share'
FROM analysis.scores WHERE day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE) GROUP BY ALL
UNION ALL
SELECT week, 'median ' || name, value, 'median'
FROM (UNPIVOT medians ON COLUMNS (* EXCLUDE week) INTO NAME name VALUE value)
ORDER BY ALL
