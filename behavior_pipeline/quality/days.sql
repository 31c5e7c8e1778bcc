-- What arrived on each day from $first to $last, and the day of the newest span in it. A clock that runs ahead must not
-- make an old file look fresh, so ends beyond the next day do not count.
WITH days AS (
    SELECT CAST(unnest(generate_series(CAST($first AS DATE), CAST($last AS DATE), INTERVAL 1 DAY)) AS DATE) AS day
), files AS (
    SELECT day, count(*) AS files FROM analysis.dump_files
    WHERE role = 'production' AND day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
    GROUP BY day
), spans AS (
    SELECT day, count(*) AS spans,
        max(end_ns) FILTER (end_ns < epoch_ns(day + INTERVAL 2 DAY)) AS newest_ns
    FROM content.spans
    WHERE role = 'production' AND day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
    GROUP BY day
), traces AS (
    SELECT day, count(*) AS traces FROM analysis.trace_facts
    WHERE role = 'production' AND day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
    GROUP BY day
)
SELECT
    day, coalesce(files, 0) AS files, coalesce(spans, 0) AS spans, coalesce(traces, 0) AS traces,
    date_diff('day', CAST(make_timestamp_ns(newest_ns) AS DATE), day) AS newest_age_days,
    (SELECT min(day) FROM analysis.dump_files WHERE role = 'production' AND day <= CAST($last AS DATE)) AS first_day
FROM days LEFT JOIN files USING (day) LEFT JOIN spans USING (day) LEFT JOIN traces USING (day)
ORDER BY day
