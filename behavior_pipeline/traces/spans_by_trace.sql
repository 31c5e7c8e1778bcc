-- How many spans of each trace arrived on each day from $first to $last.
SELECT day, trace_id, count(*) AS spans FROM content.spans
WHERE day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
GROUP BY day, trace_id
