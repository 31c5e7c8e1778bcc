-- The scores of the week; a judge's label beside its dimension.
SELECT
    day, trace_id, dimension, score, missing_reason, (score IS NULL) <> (missing_reason IS NULL) AS score_or_reason,
    CASE WHEN evaluator LIKE 'judge:%' THEN label END AS judge_label, weight
FROM analysis.scores
WHERE day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
ORDER BY day, trace_id, dimension
