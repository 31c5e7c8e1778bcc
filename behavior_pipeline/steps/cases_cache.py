"""What all assets of a run need of a day's traces: facts without texts, what checks say, and cases.

A day's texts pass through in batches; what checks say of them lies on disk while the run lasts.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from behavior_pipeline.datafiles.scratch import scratch_folder
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.errors import ConfigError
from behavior_pipeline.evaluators.check import CASE_FIELDS, Case, cases
from behavior_pipeline.evaluators.resolve import resolve_checks
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.sampling.frames import EMPTY_JSON, OR
from behavior_pipeline.scoring.checked import TYPES, check_scores
from behavior_pipeline.tables.traces import TRACES

MAX_TRACES = 25_000  # of which facts are kept
# What frames, draws and score rows read of a trace; of texts that a frame requires, whether they are there.
FACTS = (
    "trace_id", "conversation_id", "slices", "role", "consent", "sampling_weight", "signals", "unmeasurable",
    "cost_missing", "model", "requested_model", "started_at", "prompt_version", "media",
)  # fmt: skip
CASES = tuple(name for name in CASE_FIELDS if name in TRACES.columns)
OF_DAY = "SELECT {} FROM content.traces WHERE day = $day"
OF_IDS = f"{OF_DAY} AND trace_id IN (SELECT unnest($traces)) ORDER BY trace_id"


class CasesCache:
    """What was read of days of traces in a lake's last run."""

    def __init__(self, lake: Lake, specs: Mapping[str, DimensionSpec]) -> None:
        self._lake, self._specs = lake, specs
        self._run_id = ""
        self._asked: frozenset[str] = frozenset()
        self._facts: OrderedDict[date, pd.DataFrame] = OrderedDict()
        self._scratch = ExitStack()
        self._folder: Path | None = None

    def expect(self, names: Iterable[str], *, run_id: str) -> None:
        """Tell whose checks a run will ask for: they are asked together, so that texts are read once."""
        self._follow(run_id)
        self._asked = frozenset(names)

    def facts_of(self, day: date, *, run_id: str) -> pd.DataFrame:
        """Return FACTS of a day's traces, and by the fields that frames require whether they are there."""
        self._follow(run_id)
        if day in self._facts:
            self._facts.move_to_end(day)
            return self._facts[day]
        facts = self._lake.sql(_facts_sql(self._specs.values()), {"day": day})
        while self._facts and sum(map(len, self._facts.values())) + len(facts) > MAX_TRACES:
            self._facts.popitem(last=False)
        if len(facts) <= MAX_TRACES:
            self._facts[day] = facts
        return facts

    def cases_of(self, day: date, trace_ids: Iterable[str], *, reads: Iterable[str] = CASES) -> list[Case]:
        """Return some traces of a day in the order of their ids, with no more than the fields to be read."""
        wanted, fields = sorted(trace_ids), {"trace_id", *reads}
        columns = _columns(name for name in CASES if name in fields or not fields <= set(CASES))
        return cases(self._lake.sql(OF_IDS.format(columns), {"day": day, "traces": wanted})) if wanted else []

    def checked_of(self, spec: DimensionSpec, day: date, *, run_id: str) -> pd.DataFrame:
        """Return what a dimension's checks say of a day; sampling and scoring of one run ask once."""
        self._follow(run_id)
        path = self._path(spec.name, day)
        if not path.exists():
            others = [
                self._specs[name] for name in sorted(self._asked - {spec.name}) if self._may_ask(name, day)
            ]
            self._ask([spec, *others], day)
        frame: pd.DataFrame = parquet.read_table(path).to_pandas()
        return frame.astype(TYPES)

    def close(self) -> None:
        """Let go of all that was read."""
        self._facts.clear()
        self._scratch.close()
        self._folder = None

    def _ask(self, specs: Iterable[DimensionSpec], day: date) -> None:
        """Write down what the checks of some dimensions say of a day, its texts read once for all."""
        drafts = {self._path(spec.name, day): spec for spec in specs}
        with ExitStack() as files:
            writers = {
                spec.name: files.enter_context(parquet.ParquetWriter(path.with_suffix(".draft"), CHECKED))
                for path, spec in drafts.items()
            }
            for frame in self._lake.frames(OF_DAY.format(_columns(CASES)), {"day": day}):
                parsed = cases(frame)
                for spec in drafts.values():
                    rows = check_scores(spec, parsed, root=self._lake.settings.root)
                    writers[spec.name].write_table(pa.Table.from_pandas(rows, CHECKED, preserve_index=False))
        for path in drafts:
            path.with_suffix(".draft").rename(path)

    def _may_ask(self, name: str, day: date) -> bool:
        """Return whether a dimension may be asked before its turn; what is wrong with it is told then."""
        spec = self._specs.get(name)
        if spec is None or not spec.checks or self._path(name, day).exists():
            return False
        try:
            resolve_checks(spec, root=self._lake.settings.root)
        except ConfigError:
            return False
        return True

    def _path(self, name: str, day: date) -> Path:
        if self._folder is None:
            self._folder = self._scratch.enter_context(scratch_folder(self._lake.settings.root / "tmp"))
        return self._folder / f"{day}.{name}.parquet"

    def _follow(self, run_id: str) -> None:
        """Let go of what another run has read: the day may have been built anew since."""
        if run_id != self._run_id:
            self.close()
            self._run_id, self._asked = run_id, frozenset()


CHECKED = pa.schema(
    [
        (name, {"Float64": pa.float64(), "boolean": pa.bool_()}.get(kind, pa.string()))
        for name, kind in TYPES.items()
    ]
)


def _columns(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _facts_sql(specs: Iterable[DimensionSpec]) -> str:
    required = {name for spec in specs for field in spec.requires.fields for name in field.split(OR)}
    texts = [name for name in sorted(required - set(FACTS)) if TRACES.sql_types().get(name) == "VARCHAR"]
    plain = [*FACTS, *sorted((required & set(TRACES.columns)) - set(FACTS) - set(texts))]
    nothing = ", ".join(f"'{word}'" for word in EMPTY_JSON)
    chosen = [f'"{name}"' for name in plain] + [
        f'CASE WHEN "{name}" NOT IN ({nothing}) THEN \'there\' END AS "{name}"' for name in texts
    ]
    return f"SELECT {', '.join(chosen)} FROM content.traces WHERE day = $day ORDER BY trace_id"  # noqa: S608
