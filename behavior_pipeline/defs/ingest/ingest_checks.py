"""Checks of what was read: records accounted for, traces unique, late spans, replaced inputs, redaction."""

from collections.abc import Iterable

import dagster as dg

from behavior_pipeline.defs.resources import Pipeline

ACCOUNT = """
SELECT coalesce(sum(present), 0) AS present,
       coalesce(sum(
           stored + duplicated + not_consented + logs_attached + logs_unmatched + quarantined
       ), 0) AS known
FROM analysis.ingested WHERE day IN (SELECT CAST(unnest($days) AS DATE))
"""
REPEATED = """
SELECT count(*) AS n FROM (
    SELECT trace_id FROM analysis.trace_facts GROUP BY trace_id HAVING count(DISTINCT day) > 1
)
"""
WITH_LATE = """
SELECT traces.day, count(*) AS traces
FROM content.traces AS traces
JOIN (SELECT trace_id, count(DISTINCT span_id) AS spans FROM content.spans GROUP BY trace_id) AS held
USING (trace_id)
WHERE traces.n_spans < held.spans GROUP BY traces.day ORDER BY traces.day
"""
REPLACED = """
WITH written AS (
    SELECT asset, partition, max(snapshot_written) AS snapshot FROM analysis.analysis_runs GROUP BY ALL
), built AS (
    SELECT partition, arg_max(CAST(snapshots_read ->> '$[0]' AS BIGINT), finished_at) AS seen
    FROM analysis.analysis_runs WHERE asset = 'traces' GROUP BY partition
)
SELECT DISTINCT built.partition AS day
FROM built JOIN written ON written.asset = 'spans' AND written.snapshot > built.seen
    AND CAST(written.partition AS DATE) BETWEEN CAST(built.partition AS DATE) - CAST($lateness AS INTEGER)
    AND CAST(built.partition AS DATE)
ORDER BY day
"""
NO_NAMES = (
    "Without a name model only names that words announce are found, and no places or organisations"
    " (docs/privacy.md)."
)


def _days(values: Iterable[object]) -> list[str]:
    return [str(value)[:10] for value in values]


@dg.asset_check(
    asset="spans", description="Records present = stored + every way in which a record is not stored."
)
def every_record_is_accounted_for(
    context: dg.AssetCheckExecutionContext, pipeline: Pipeline
) -> dg.AssetCheckResult:
    """Compare what the files held with where it went."""
    row = pipeline.lake.sql(ACCOUNT, {"days": list(context.partition_keys)}).iloc[0]
    return dg.AssetCheckResult(
        passed=bool(row["present"] == row["known"]),
        metadata={"present": int(row["present"]), "accounted_for": int(row["known"])},
    )


@dg.asset_check(asset="spans", description="Whether personal data in texts is redacted before it is stored.")
def redaction_is_on(pipeline: Pipeline) -> dg.AssetCheckResult:
    """Warn while texts are stored as they came."""
    privacy = pipeline.settings.privacy
    names = f"Names are found by {privacy.name_model}." if privacy.name_model else NO_NAMES
    return dg.AssetCheckResult(
        passed=privacy.redact,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "name_model": privacy.name_model or "none",
            "kinds_kept": ", ".join(privacy.keep) or "none",
        },
        description=f"Personal data gives way to pseudonyms before it is stored. {names}"
        if privacy.redact
        else "Redaction is off ([privacy] redact = false): texts are stored as they came, in the content"
        " schema only; user ids are pseudonyms. Keep the data root private.",
    )


@dg.asset_check(asset="spans", description="Whether the team decided which attribute carries consent.")
def consent_is_configured(pipeline: Pipeline) -> dg.AssetCheckResult:
    """Warn while every trace is taken as consented because no attribute is named."""
    named = pipeline.settings.privacy.consent.attribute
    return dg.AssetCheckResult(
        passed=named is not None,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"Consent is read from {named}."
        if named
        else "No consent attribute is named in pipeline.toml ([privacy.consent]): every trace is stored.",
    )


@dg.asset_check(asset="traces", description="A trace id belongs to one day.")
def trace_ids_are_unique(pipeline: Pipeline) -> dg.AssetCheckResult:
    """Count trace ids that were built on more than one day."""
    repeated = int(pipeline.lake.sql(REPEATED)["n"].iloc[0])
    return dg.AssetCheckResult(passed=repeated == 0, metadata={"repeated": repeated})


@dg.asset_check(
    asset="traces", description="Days whose traces miss spans that arrived later, with the command."
)
def late_spans_are_included(pipeline: Pipeline) -> dg.AssetCheckResult:
    """List the days to run again with late spans."""
    days = pipeline.lake.sql(WITH_LATE)
    commands = [f"behavior-pipeline run --start {d} --end {d} --with-late" for d in _days(days["day"])]
    return dg.AssetCheckResult(
        passed=days.empty,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "traces": int(days["traces"].sum()),
            "commands": dg.MetadataValue.md("\n".join(f"    {c}" for c in commands)),
        },
    )


@dg.asset_check(asset="traces", description="No day of spans was replaced after the traces that read it.")
def inputs_are_unchanged(pipeline: Pipeline) -> dg.AssetCheckResult:
    """List the days whose traces were built from spans that were replaced since."""
    days = _days(pipeline.lake.sql(REPLACED, {"lateness": pipeline.settings.lateness_days})["day"])
    return dg.AssetCheckResult(passed=not days, metadata={"days": ", ".join(days) or "none"})
