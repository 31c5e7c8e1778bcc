"""The statements of the judgement cache: plain PostgreSQL, each one atomic by itself."""

KEY = "judge_version, rubric_id, dimension, scope, content_digest"
ANSWER = "label, rationale, response_model, fingerprint, cost_usd, latency_ms, answered_at, missing_reason"

# CREATE ... IF NOT EXISTS of two processes at once fails in PostgreSQL's own catalog, hence the lock.
TABLES = """
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('judgements tables'), hashtext(current_schema()));
CREATE SEQUENCE IF NOT EXISTS judgement_holders AS integer CYCLE;
CREATE TABLE IF NOT EXISTS judge_versions (
    dimension text NOT NULL,
    version text NOT NULL,
    config_digest text NOT NULL,
    declared_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (dimension, version)
);
CREATE TABLE IF NOT EXISTS judgements (
    judge_version text NOT NULL,
    rubric_id text NOT NULL,
    dimension text NOT NULL,
    scope text NOT NULL,
    content_digest text NOT NULL,
    holder integer,
    label text,
    rationale text,
    response_model text,
    fingerprint text,
    cost_usd double precision,
    latency_ms double precision,
    answered_at timestamptz,
    missing_reason text,
    PRIMARY KEY (judge_version, rubric_id, dimension, scope, content_digest),
    CHECK (answered_at IS NULL OR (label IS NULL) <> (missing_reason IS NULL))
);
COMMIT;
"""

HOLDER = "SELECT nextval('judgement_holders')"
# An answer need not reach the disk before the next is asked: the write-ahead log is one, so whatever a later
# commit of the lake relies on is in it before, and a crash of PostgreSQL costs its last moment's questions.
# The lock of a machine that lost its power ends with its connection: in a minute, not the default two hours.
HOLD = """
SET synchronous_commit = off;
SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3;
SELECT pg_advisory_lock(hashtext('judgement holder'), %s)
"""

DECLARE = """
INSERT INTO judge_versions (dimension, version, config_digest) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING
"""
DECLARED = "SELECT config_digest FROM judge_versions WHERE dimension = %s AND version = %s"

KNOWN = f"""
SELECT content_digest, {ANSWER} FROM judgements
WHERE judge_version = %s AND rubric_id = %s AND dimension = %s AND scope = %s
  AND content_digest = ANY(%s) AND answered_at IS NOT NULL
"""  # noqa: S608 - constants of this page

# One statement, so one winner: the second of two takers waits for the row, then sees a living holder.
CLAIM = f"""
INSERT INTO judgements AS kept ({KEY}, holder) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT ({KEY}) DO UPDATE SET holder = excluded.holder
WHERE kept.answered_at IS NULL AND NOT EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 2 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND classid::bigint = hashtext('judgement holder')::bigint & 4294967295
      AND objid::bigint = kept.holder
)
RETURNING holder
"""  # noqa: S608 - constants of this page

RELEASE = """
DELETE FROM judgements
WHERE judge_version = %s AND rubric_id = %s AND dimension = %s AND scope = %s AND content_digest = %s
  AND holder = %s AND answered_at IS NULL
"""

KEEP_ROW = "(" + ", ".join(["%s"] * 13) + ")"
KEEP = f"""
INSERT INTO judgements AS kept ({KEY}, {ANSWER}) VALUES {{}}
ON CONFLICT ({KEY}) DO UPDATE SET
    holder = NULL,
    ({ANSWER}) = ROW({", ".join("excluded." + column for column in ANSWER.split(", "))})
WHERE kept.answered_at IS NULL
"""  # noqa: S608 - constants of this page
