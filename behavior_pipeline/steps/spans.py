"""How the dumps of a day are read, and the tables that come of them."""

import pandas as pd

from behavior_pipeline.datafiles.key import pseudonym_key
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.spans.day.merge_files import ParsedDay
from behavior_pipeline.spans.day.read_file import Reading
from behavior_pipeline.tables.rows import Rows


def reading_of(settings: Settings) -> Reading:
    """Return how dumps are read, from the settings."""
    key = pseudonym_key(settings.root, settings.privacy.key_variable)
    return Reading(
        settings.attributes, settings.privacy, settings.slices, key, settings.max_line_bytes,
        settings.judging.recorded.version_attributes,
    )  # fmt: skip


def frames_of(parsed: ParsedDay) -> dict[str, pd.DataFrame | Rows]:
    """Return the tables of a parsed day."""
    return {
        "spans": parsed.spans,
        "quarantine": parsed.quarantine,
        "ingested": parsed.ingested,
        "not_consented": parsed.not_consented,
        "evaluations": parsed.evaluations,
    }
