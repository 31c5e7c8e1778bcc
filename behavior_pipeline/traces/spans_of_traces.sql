-- The spans of the given traces from $first to $last, copies of a span that came on several days included.
SELECT * FROM content.spans
WHERE day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE) AND trace_id IN (SELECT unnest($traces))
ORDER BY trace_id, start_ns, span_id, day, file, line
