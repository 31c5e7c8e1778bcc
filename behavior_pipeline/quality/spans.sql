-- The spans of the week without any text.
SELECT
    day, trace_id, span_id, operation, status, role, dialect, sampling_weight,
    (end_ns - start_ns) / 1e9 AS duration_s, input_tokens, output_tokens, cached_tokens, reasoning_tokens
FROM content.spans
WHERE day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
ORDER BY day, trace_id, span_id
