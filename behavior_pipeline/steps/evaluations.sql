-- The evaluation results of some traces ($traces) under one name, as rows of content.evaluations.
-- A result belongs to the trace whose response it names, wherever it was written, else to the trace it came in. Those
-- that arrived later than $late_days after their trace are not read, so that a trace's score does not depend on when
-- later days are run.
WITH wanted AS (
    SELECT trace_id, day FROM analysis.trace_facts WHERE trace_id IN (SELECT unnest($traces))
), named AS (
    SELECT * FROM content.evaluations
    WHERE name = $name
      AND day <= (SELECT max(day) FROM wanted) + CAST($late_days AS INTEGER)
), responses AS (
    SELECT DISTINCT trace_id, response_id
    FROM content.spans SEMI JOIN named USING (response_id)
    WHERE day <= (SELECT max(day) FROM wanted) + CAST($late_days AS INTEGER)
), placed AS (
    SELECT named.* REPLACE (coalesce(responses.trace_id, named.trace_id) AS trace_id)
    FROM named LEFT JOIN responses USING (response_id)
)
SELECT placed.*
FROM placed JOIN wanted USING (trace_id)
WHERE placed.day <= wanted.day + CAST($late_days AS INTEGER)
ORDER BY trace_id, placed.day, file, line, record, number
