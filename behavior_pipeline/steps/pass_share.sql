-- The weighted shares of scored production traffic that pass, and that a check failed, by judge, rubric and week.
--   $first, $last    days
--   $dimensions      whose scores; NULL: all
--   $digits          to which they are rounded, since a sum of doubles depends on its order
WITH versions AS (
    SELECT DISTINCT dimension, tuple_id, judge, rubric FROM analysis.tuple_days
), production AS (
    SELECT day, trace_id FROM analysis.trace_facts WHERE role = 'production' AND day BETWEEN $first AND $last
), shares AS (
    SELECT score.dimension, versions.judge, versions.rubric,
           CAST(date_trunc('week', score.day) AS DATE) AS week,
           sum(weight) AS weight,
           coalesce(sum(weight) FILTER (score.score >= 0.5), 0) AS passed,
           coalesce(sum(weight) FILTER (score.score < 0.5 AND score.evaluator LIKE 'check:%'), 0) AS failed_by_check
    FROM analysis.scores AS score
    JOIN versions ON versions.dimension = score.dimension AND versions.tuple_id = score.tuple_id
    JOIN production ON production.day = score.day AND production.trace_id = score.trace_id
    WHERE score.day BETWEEN $first AND $last AND score.score IS NOT NULL
      AND ($dimensions IS NULL OR list_contains($dimensions, score.dimension))
    GROUP BY ALL
    HAVING sum(weight) > 0
)
SELECT dimension, judge, rubric, week, weight,
       round(passed / weight, $digits) AS passed,
       round(failed_by_check / weight, $digits) AS failed_by_check
FROM shares ORDER BY ALL
