"""The traces of a day, read and parsed once for all assets of a run."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.evaluators.check import Case, cases
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.scoring.checked import check_scores

MAX_TRACES = 25_000
Day = tuple[pd.DataFrame, list[Case]]
_held: OrderedDict[tuple[str, str, date], Day] = OrderedDict()
_checked: dict[tuple[str, str, date], pd.DataFrame] = {}


def traces_of(lake: Lake, day: date, *, run_id: str) -> Day:
    """Return a day's traces and the same as cases; a run reads each day once, while few enough are held."""
    key = (str(lake.settings.root), run_id, day)
    if key in _held:
        _held.move_to_end(key)
        return _held[key]
    traces = lake.read("traces", {"day": day})
    found = (traces, cases(traces))
    for old in [other for other in _held if other[:2] != key[:2]]:
        del _held[old]
    while _held and sum(len(held) for held, _ in _held.values()) + len(traces) > MAX_TRACES:
        _held.popitem(last=False)
    _held[key] = found
    return found


def checked_of(
    spec: DimensionSpec, parsed: Sequence[Case], day: date, *, root: Path, run_id: str
) -> pd.DataFrame:
    """Return what a dimension's checks say of a day; sampling and scoring of one run ask once."""
    for old in [key for key in _checked if key[0] != run_id]:
        del _checked[old]
    key = (run_id, spec.name, day)
    if key not in _checked:
        _checked[key] = check_scores(spec, parsed, root=root)
    return _checked[key]
