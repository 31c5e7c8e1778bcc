"""The cards of the calibration sets, beside the traffic that they should stand for."""

from datetime import date

import pandas as pd

from behavior_pipeline.aggregation.slices import watched_slices
from behavior_pipeline.datafiles.label_files import dataset_registry, stored_labels, trace_labels
from behavior_pipeline.evaluators.check import parse_json
from behavior_pipeline.labels.cards import Traffic, cards
from behavior_pipeline.labels.sets import anchors
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.steps.traffic import traffic_until

SLICES = "SELECT trace_id, slices FROM analysis.trace_facts WHERE trace_id IN (SELECT unnest($traces))"


def cards_of_week(pipeline: Pipeline, week: date, *, day: date) -> pd.DataFrame:
    """Return the card of every calibration set that is registered, as it stands on a day of the week."""
    root = pipeline.settings.root
    labels, registry = stored_labels(root), dataset_registry(root)
    joined = trace_labels(root)
    traffic = _traffic(pipeline.lake, pipeline.settings, anchors(joined), week)
    made = dict(zip(labels["trace_id"], joined["trace_id"], strict=True))
    slices = {text: traffic.slices[trace] for text, trace in made.items() if trace in traffic.slices}
    traffic = Traffic(slices, traffic.watched)
    return cards(registry, labels, pipeline.dimensions, traffic, week=week, day=day)


def _traffic(lake: Lake, settings: Settings, labels: pd.DataFrame, week: date) -> Traffic:
    """Return the slices of labelled traces, and those that are watched in a week."""
    watched = watched_slices(
        traffic_until(lake, week), week=week, keys=settings.slices, top=settings.aggregation.top_slices
    )
    rows = lake.sql(SLICES, {"traces": sorted(set(labels["trace_id"]))})
    slices = {trace: parse_json(text) for trace, text in zip(rows["trace_id"], rows["slices"], strict=True)}
    return Traffic(slices, watched)
