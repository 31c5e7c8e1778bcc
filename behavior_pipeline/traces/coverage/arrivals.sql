-- How many spans of each dialect arrived on each day from $first to $last, and how many of them came on a later day
-- than their trace began: the trace's first day is looked up among all earlier days.
-- Spans that lead a file because the one before it was cut off in its last line are not behind: that line is in
-- quarantine, and its whole copy can only come with the next file.
WITH files AS (
    SELECT day, file, lag(day) OVER following AS day_before, lag(file) OVER following AS file_before
    FROM analysis.dump_files
    WHERE day BETWEEN CAST($first AS DATE) - 1 AND CAST($last AS DATE)
    WINDOW following AS (PARTITION BY source ORDER BY day, file)
), refused AS (
    SELECT day, file, arg_max(reason, line) AS reason, max(line) AS line
    FROM analysis.quarantine
    WHERE day BETWEEN CAST($first AS DATE) - 1 AND CAST($last AS DATE)
    GROUP BY ALL
), stored AS (
    SELECT day, file, max(line) AS line
    FROM content.spans
    WHERE day BETWEEN CAST($first AS DATE) - 1 AND CAST($last AS DATE)
    GROUP BY ALL
), after_a_cut AS (
    SELECT files.day, files.file
    FROM files
    JOIN refused ON refused.day = files.day_before AND refused.file = files.file_before
    LEFT JOIN stored ON stored.day = files.day_before AND stored.file = files.file_before
    WHERE refused.reason IN ('invalid_json', 'invalid_utf8') AND refused.line > coalesce(stored.line, 0)
), arrived AS (
    SELECT spans.day, trace_id, dialect, line = 1 AND after_a_cut.file IS NOT NULL AS resent
    FROM content.spans AS spans
    LEFT JOIN after_a_cut ON after_a_cut.day = spans.day AND after_a_cut.file = spans.file
    WHERE spans.day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
), began AS (
    SELECT trace_id, min(day) AS first_day
    FROM content.spans SEMI JOIN arrived USING (trace_id)
    WHERE day <= CAST($last AS DATE)
    GROUP BY trace_id
)
SELECT day, dialect, count(*) AS spans, count(*) FILTER (day > first_day AND NOT resent) AS behind
FROM arrived JOIN began USING (trace_id)
GROUP BY ALL ORDER BY ALL
