-- What becomes of all that the files of a day hold: `spilled`, `logs` and `evaluations` are views of their rows.
-- Variables: `asks_consent`, `stores_unsaid` (spans that say nothing of consent), `slices`, `log_names`.

-- Later copies of spans, in the order of files. Hashes first: only spans that share one are looked at closely.
CREATE TEMP TABLE copies AS
WITH many AS (
    SELECT hash(trace_id, span_id) AS h FROM spilled GROUP BY h HAVING count(*) > 1
), several AS (
    SELECT number, line, record, byte_offset, file, trace_id, span_id, {content} AS content
    FROM spilled SEMI JOIN many ON hash(trace_id, span_id) = many.h
)
SELECT * EXCLUDE (content), content IS NOT DISTINCT FROM first_value(content) OVER copy AS same
FROM several
WINDOW copy AS (PARTITION BY trace_id, span_id ORDER BY number, line, record)
QUALIFY row_number() OVER copy > 1;

CREATE TEMP VIEW first_copies AS FROM spilled ANTI JOIN copies USING (number, line, record);

-- Where no consent is asked for, the condition is known before a row is read.
CREATE TEMP TABLE denied AS
SELECT trace_id FROM spilled WHERE getvariable('asks_consent')
GROUP BY trace_id HAVING NOT coalesce(bool_and(consented), getvariable('stores_unsaid'));

CREATE TEMP VIEW kept_spans AS FROM first_copies ANTI JOIN denied USING (trace_id);

CREATE TEMP VIEW logs_of_spans AS
SELECT logs.*, operation FROM logs JOIN first_copies USING (trace_id, span_id)
WHERE logs.name IN (SELECT unnest(getvariable('log_names'))) OR logs.unread IS NOT NULL
ORDER BY trace_id, span_id, time_ns, logs.number, logs.line, logs.record;

-- A result quotes what its trace says, so where consent has to be said it needs that of its trace's spans.
CREATE TEMP VIEW consented_evaluations AS
FROM evaluations ANTI JOIN denied USING (trace_id)
WHERE NOT getvariable('asks_consent') OR trace_id IN (SELECT trace_id FROM spilled);

CREATE TEMP VIEW spans_of_files AS
SELECT number, count(*) FILTER (denied.trace_id IS NULL) AS stored, count(denied.trace_id) AS not_consented
FROM first_copies LEFT JOIN denied USING (trace_id) GROUP BY number;

CREATE TEMP VIEW copies_of_files AS
SELECT number, count(*) FILTER (same) AS duplicated, count(*) FILTER (NOT same) AS conflicting
FROM copies GROUP BY number;

CREATE TEMP VIEW not_consented AS
WITH refused AS (
    SELECT trace_id, attributes FROM first_copies SEMI JOIN denied USING (trace_id)
), spans AS (
    SELECT trace_id, count(*) AS n FROM refused GROUP BY trace_id
), members AS (
    SELECT DISTINCT trace_id, 'all' AS slice_key, 'all' AS slice_value FROM refused
    UNION
    SELECT trace_id, key AS slice_key, json_extract_string(attributes, '$."' || key || '"') AS slice_value
    FROM refused, (SELECT unnest(CAST(getvariable('slices') AS VARCHAR[])) AS key)
    WHERE slice_value IS NOT NULL
)
SELECT slice_key, CASE WHEN length(slice_value) > 120 THEN 'other' ELSE slice_value END AS slice_value, count(*) AS traces, sum(n)::BIGINT AS spans
FROM members JOIN spans USING (trace_id) GROUP BY ALL ORDER BY ALL;
