"""The traces of a day, read and parsed once for all assets of a run."""

from collections import OrderedDict
from datetime import date

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.evaluators.check import Case, cases
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.scoring.checked import check_scores

MAX_TRACES = 25_000
Day = tuple[pd.DataFrame, list[Case]]


class CasesCache:
    """Days of traces of a lake's last run, the latest ones up to MAX_TRACES, and what checks say of them."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._run_id = ""
        self._days: OrderedDict[date, Day] = OrderedDict()
        self._checked: dict[tuple[str, date], pd.DataFrame] = {}

    def traces_of(self, day: date, *, run_id: str) -> Day:
        """Return a day's traces and the same as cases; a run reads a day once, while few enough are kept."""
        self._follow(run_id)
        if day in self._days:
            self._days.move_to_end(day)
            return self._days[day]
        traces = self._lake.read("traces", {"day": day})
        parsed = traces, cases(traces)
        while self._days and sum(len(rows) for rows, _ in self._days.values()) + len(traces) > MAX_TRACES:
            self._days.popitem(last=False)
        self._days[day] = parsed
        return parsed

    def checked_of(self, spec: DimensionSpec, day: date, *, run_id: str) -> pd.DataFrame:
        """Return what a dimension's checks say of a day; sampling and scoring of one run ask once."""
        self._follow(run_id)
        key = (spec.name, day)
        if key not in self._checked:
            _, parsed = self.traces_of(day, run_id=run_id)
            self._checked[key] = check_scores(spec, parsed, root=self._lake.settings.root)
        return self._checked[key]

    def _follow(self, run_id: str) -> None:
        """Let go of what another run has read: the day may have been built anew since."""
        if run_id != self._run_id:
            self._run_id = run_id
            self._days.clear()
            self._checked.clear()
