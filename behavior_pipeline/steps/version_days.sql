-- What each version, flag and slice of a series' traffic scored day by day. Sums have an order: a week that is made
-- again must be the same to the last digit.
WITH version AS (
    SELECT DISTINCT tuple_id, model, prompt, dataset FROM analysis.tuple_days
    WHERE dimension = $dimension AND judge = $judge AND rubric = $rubric AND day BETWEEN $first AND $last
),
traffic AS (
    SELECT
        score.day, score.trace_id, version.model, version.prompt, version.dataset,
        coalesce(trace.feature_flags, '{}') AS feature_flags,
        CASE $scale
            WHEN 'log_seconds' THEN CASE WHEN fact.duration_ms > 0 THEN ln(fact.duration_ms / 1000) END
            WHEN 'log_usd' THEN CASE WHEN fact.cost_usd > 0 THEN ln(fact.cost_usd) END
            ELSE score.score
        END AS y,
        CASE $scale WHEN 'score' THEN score.weight ELSE coalesce(fact.sampling_weight, 1) END AS w,
        CASE $slice_key
            WHEN 'all' THEN 'all'
            WHEN 'input' THEN score.input
            ELSE coalesce(
                json_extract_string(fact.slices, '$."' || $slice_key || '"'),
                CASE $slice_key
                    WHEN 'feature' THEN fact.feature WHEN 'model' THEN fact.model
                    WHEN 'user_key' THEN fact.user_key
                END
            )
        END AS place
    FROM analysis.scores AS score
    JOIN version USING (tuple_id)
    JOIN analysis.trace_facts AS fact USING (day, trace_id)
    LEFT JOIN content.traces AS trace USING (day, trace_id)
    WHERE fact.role = 'production' AND score.dimension = $dimension
        AND score.day BETWEEN $first AND $last AND score.score IS NOT NULL
),
watched AS (
    SELECT DISTINCT slice_value FROM analysis.weekly_scores
    WHERE week = $week AND dimension = $dimension AND slice_key = $slice_key
),
measured AS (
    SELECT * EXCLUDE (place), coalesce(
        CASE $slice_value
            WHEN 'absent' THEN place IS NULL
            WHEN 'other' THEN place NOT IN (FROM watched WHERE slice_value <> 'other')
            ELSE place = $slice_value
        END, false
    ) AS inside
    FROM traffic WHERE y IS NOT NULL AND w > 0
),
flag AS (
    SELECT day, trace_id, unnest(json_keys(feature_flags)) AS name, feature_flags
    FROM measured WHERE inside
),
carried AS (
    UNPIVOT (SELECT day, trace_id, model, prompt, dataset FROM measured WHERE inside)
    ON model, prompt, dataset INTO NAME component VALUE value
    UNION ALL
    SELECT seen.day, seen.trace_id, name.name, coalesce(flag.feature_flags ->> ('$."' || name.name || '"'), 'absent')
    FROM (SELECT day, trace_id FROM measured WHERE inside) AS seen
    CROSS JOIN (SELECT DISTINCT name FROM flag) AS name
    LEFT JOIN flag ON flag.trace_id = seen.trace_id AND flag.day = seen.day AND flag.name = name.name
    UNION ALL
    SELECT day, trace_id, 'slice', CASE WHEN inside THEN 'inside' ELSE 'outside' END FROM measured
)
SELECT
    carried.day, carried.component, carried.value, count(*) AS n,
    sum(w ORDER BY trace_id) AS sum_w,
    sum(w * y ORDER BY trace_id) AS sum_wy,
    sum(w * w ORDER BY trace_id) AS sum_w2,
    sum(w * w * y ORDER BY trace_id) AS sum_w2y,
    sum(w * w * y * y ORDER BY trace_id) AS sum_w2y2
FROM carried JOIN measured USING (day, trace_id)
GROUP BY ALL ORDER BY ALL
