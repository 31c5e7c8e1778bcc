-- Keys of the week from $first to $last that have no partner where they must have one. Labels are not among them: people
-- may label traces that are not stored yet.
WITH due AS (  -- traces that are built within the week, decided from spans alone
    SELECT trace_id FROM ({trace_days})
    WHERE trace_day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
), traces AS (
    SELECT day, trace_id FROM content.traces WHERE day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
), facts AS (
    SELECT day, trace_id FROM analysis.trace_facts
    WHERE day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
), samples AS (
    SELECT day, trace_id, dimension FROM analysis.sampled_traces
    WHERE day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
), scored AS (
    SELECT day, trace_id, dimension, evaluator, tuple_id FROM analysis.scores
    WHERE day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
), tuples AS (
    SELECT day, dimension, tuple_id FROM analysis.tuple_days
    WHERE day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
), orphans AS (
    SELECT 'span_without_trace' AS relation, trace_id AS id FROM due ANTI JOIN traces USING (trace_id)
    UNION ALL
    SELECT 'trace_without_span', trace_id FROM traces
    WHERE trace_id NOT IN (SELECT trace_id FROM content.spans WHERE day <= CAST($last AS DATE))
    UNION ALL
    SELECT 'trace_without_facts', trace_id FROM traces ANTI JOIN facts USING (day, trace_id)
    UNION ALL
    SELECT 'facts_without_trace', trace_id FROM facts ANTI JOIN traces USING (day, trace_id)
    UNION ALL
    SELECT 'sample_without_trace', trace_id || ' ' || dimension FROM samples ANTI JOIN traces USING (day, trace_id)
    UNION ALL
    SELECT 'sample_without_score', trace_id || ' ' || dimension
    FROM samples ANTI JOIN scored USING (day, trace_id, dimension)
    UNION ALL
    SELECT 'score_without_trace', trace_id || ' ' || dimension FROM scored ANTI JOIN traces USING (day, trace_id)
    UNION ALL
    SELECT 'judged_score_without_sample', trace_id || ' ' || dimension
    FROM (FROM scored WHERE evaluator LIKE 'judge:%') ANTI JOIN samples USING (day, trace_id, dimension)
    UNION ALL
    SELECT 'score_without_versions', trace_id || ' ' || dimension
    FROM scored ANTI JOIN tuples USING (day, dimension, tuple_id)
)
SELECT relation, id FROM orphans
QUALIFY row_number() OVER (PARTITION BY relation ORDER BY id) <= $most
ORDER BY relation, id
