"""Checks of what was read: records accounted for, traces unique, late spans, replaced inputs, redaction."""

import dagster as dg

from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.ingest_checks import (
    account,
    days_of_replaced_spans,
    days_with_late_spans,
    repeated_traces,
    trimmed_weights,
)
from behavior_pipeline.steps.raw_dumps import open_dumps, undated_files
from behavior_pipeline.values import printable

NAMED = 20
NO_NAMES = (
    "Without a name model only names that words announce are found, and no places or organisations"
    " (docs/privacy.md)."
)


@dg.asset_check(
    asset="spans",
    description="Files without a day in their path were read on every day that they hold records of.",
)
def undated_files_are_read(pipeline: PipelineResource) -> dg.AssetCheckResult:
    """List the days to run for files that hold several days, and files in which no span can be read."""
    undated = undated_files(open_dumps(pipeline.settings, pipeline.lake), pipeline.lake)
    days = list(undated.waiting)
    return dg.AssetCheckResult(
        passed=not days and not undated.without_spans,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"behavior-pipeline run --start {days[0]} --end {days[-1]} reads the days that files"
        " without a day in their path hold (a day before start_day in pipeline.toml needs another start_day)."
        if days
        else "No span can be read in some files without a day in their path; `doctor` says why."
        if undated.without_spans
        else "Every day of every such file is stored.",
        metadata={
            "days": ", ".join(f"{day} ({count} files)" for day, count in undated.waiting.items()) or "none",
            "without_spans": len(undated.without_spans),
            "files_without_spans": ", ".join(map(printable, undated.without_spans[:NAMED])) or "none",
        },
    )


@dg.asset_check(
    asset="spans", description="Records present = stored + every way in which a record is not stored."
)
def every_record_is_accounted_for(
    context: dg.AssetCheckExecutionContext, pipeline: PipelineResource
) -> dg.AssetCheckResult:
    """Compare what the files held with where it went."""
    records = account(pipeline.lake, list(context.partition_keys))
    return dg.AssetCheckResult(
        passed=records.present == records.known,
        metadata={"present": records.present, "accounted_for": records.known},
    )


@dg.asset_check(asset="spans", description="Whether personal data in texts is redacted before it is stored.")
def redaction_is_on(pipeline: PipelineResource) -> dg.AssetCheckResult:
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
def consent_is_configured(pipeline: PipelineResource) -> dg.AssetCheckResult:
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
def trace_ids_are_unique(pipeline: PipelineResource) -> dg.AssetCheckResult:
    """Count trace ids that were built on more than one day."""
    repeated = repeated_traces(pipeline.lake)
    return dg.AssetCheckResult(passed=repeated == 0, metadata={"repeated": repeated})


@dg.asset_check(
    asset="traces", description="No trace stands for more others than it may (sampling.max_weight)."
)
def weights_are_as_told(
    context: dg.AssetCheckExecutionContext, pipeline: PipelineResource
) -> dg.AssetCheckResult:
    """Count traces whose tracer says a probability so small that the weight was trimmed."""
    trimmed = trimmed_weights(pipeline.lake, list(context.partition_keys))
    return dg.AssetCheckResult(
        passed=trimmed == 0,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"trimmed": trimmed, "max_weight": pipeline.settings.sampling.max_weight},
        description=f"{trimmed} traces count with sampling.max_weight, not with what their tracer said: if it"
        " does sample so few, raise the key; else mend its tracestate."
        if trimmed
        else None,
    )


@dg.asset_check(
    asset="traces", description="Days whose traces miss spans that arrived later, with the command."
)
def late_spans_are_included(pipeline: PipelineResource) -> dg.AssetCheckResult:
    """List the days to run again with late spans."""
    days = days_with_late_spans(pipeline.lake)
    commands = [f"behavior-pipeline run --start {d} --end {d} --with-late" for d in days]
    return dg.AssetCheckResult(
        passed=not days,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "traces": sum(days.values()),
            "commands": dg.MetadataValue.md("\n".join(f"    {c}" for c in commands)),
        },
    )


@dg.asset_check(asset="traces", description="No day of spans was replaced after the traces that read it.")
def inputs_are_unchanged(pipeline: PipelineResource) -> dg.AssetCheckResult:
    """List the days whose traces were built from spans that were replaced since."""
    days = days_of_replaced_spans(pipeline.lake, lateness_days=pipeline.settings.lateness_days)
    return dg.AssetCheckResult(passed=not days, metadata={"days": ", ".join(days) or "none"})
