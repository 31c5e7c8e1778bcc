-- The spans of the given traces from $first to $last, one row a span: of a span that came twice, the first.
SELECT * FROM content.spans
WHERE day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE) AND trace_id IN (SELECT unnest($traces))
QUALIFY row_number() OVER (PARTITION BY trace_id, span_id ORDER BY day, file, line) = 1
ORDER BY trace_id, start_ns, span_id
