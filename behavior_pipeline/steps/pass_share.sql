-- The weighted share of scores that pass, by dimension and as the parameters ask by week, or by judge and rubric.
--   $first, $last    days
--   $dimensions      whose scores; NULL: all
--   $by_week         one row a week
--   $by_judge        one row a judge and rubric, of production's traces only
--   $none_passed     the share where nothing passed
--   $digits          to which it is rounded; NULL: it is not
WITH versions AS (
    SELECT DISTINCT dimension, tuple_id, judge, rubric FROM analysis.tuple_days WHERE $by_judge
), production AS (
    SELECT day, trace_id FROM analysis.trace_facts
    WHERE $by_judge AND role = 'production' AND day BETWEEN $first AND $last
), shares AS (
    SELECT score.dimension,
           CASE WHEN $by_week THEN CAST(date_trunc('week', score.day) AS DATE) END AS week,
           versions.judge, versions.rubric,
           coalesce(sum(weight) FILTER (score.score >= 0.5) / sum(weight), $none_passed) AS pass_share
    FROM analysis.scores AS score
    LEFT JOIN versions ON versions.dimension = score.dimension AND versions.tuple_id = score.tuple_id
    LEFT JOIN production ON production.day = score.day AND production.trace_id = score.trace_id
    WHERE score.day BETWEEN $first AND $last AND score.score IS NOT NULL
      AND ($dimensions IS NULL OR list_contains($dimensions, score.dimension))
      AND (NOT $by_judge OR (versions.judge IS NOT NULL AND production.trace_id IS NOT NULL))
    GROUP BY ALL
    HAVING sum(weight) > 0
)
SELECT * REPLACE (
    CASE WHEN $digits IS NULL THEN pass_share ELSE round(pass_share, CAST($digits AS INTEGER)) END AS pass_share
)
FROM shares ORDER BY ALL
