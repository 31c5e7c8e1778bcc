"""A small data root with its own settings and database, and what a test does with it: run, read, compare."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from behavior_pipeline.cli.jobs.running import QUIET, RANGE_END, RANGE_START
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.settings.model import Privacy
from behavior_pipeline.settings.variables import CONFIG_VARIABLE, DATA_VARIABLE, POSTGRES_VARIABLE
from behavior_pipeline.steps.pipeline import dimensions, forget, open_lake
from behavior_pipeline.tables.registry import lake_tables

MONDAY = date(2026, 1, 5)
CONFIG = """
slices = ["customer.segment", "query.category"]

[prices."v5.2"]
input = 2.5
output = 10.0

[routes.default]
file = true

[dimensions.tone.sampling]
share = 1.0
"""
FIRST_PAID = ("scored_at", "latency_ms")  # of a judged row: when and how long the first answer took


@cache
def pipeline() -> dg.Definitions:
    """Return the pipeline's definitions, loaded once in this process; they are the same for all worlds."""
    from behavior_pipeline.definitions import definitions  # noqa: PLC0415 - reads configuration

    return definitions()


@dataclass
class World:
    """A data root whose settings and lake are those of this process while the world is open."""

    root: Path
    instance: dg.DagsterInstance

    @property
    def lake(self) -> Lake:
        return open_lake()

    @property
    def dumps(self) -> Path:
        return self.root / "dumps"

    def run(
        self,
        first: date,
        last: date | None = None,
        *,
        only: Iterable[str] = (),
        checks: bool = False,
        **config: Any,
    ) -> dg.ExecuteInProcessResult:
        """Run some assets as `attempt` does; they must succeed."""
        ran = self.attempt(first, last, only=only, checks=checks, **config)
        assert ran.success, failure_of(ran)
        return ran

    def attempt(
        self,
        first: date,
        last: date | None = None,
        *,
        only: Iterable[str] = (),
        checks: bool = False,
        **config: Any,
    ) -> dg.ExecuteInProcessResult:
        """Run some assets (all daily ones by default) over a range of days or weeks, and return how it went.

        Their checks take half of a small run's time and are left out where a test does not ask for them.
        """
        chosen = frozenset(only) or frozenset(daily_assets())
        job = "daily_pipeline" if chosen <= daily_assets() else "weekly_pipeline"
        return self._execute(
            job, first, last or first, assets=chosen, checks=None if checks else frozenset(), **config
        )

    def check(self, name: str, day: date = MONDAY, *, asset: str) -> dg.AssetCheckEvaluation:
        """Run one asset check of a day, without its asset, and return what it says."""
        key = dg.AssetCheckKey(dg.AssetKey(asset), name)
        return checks_of(
            self._execute("daily_pipeline", day, day, assets=frozenset(), checks=frozenset({key}))
        )[name]

    def _execute(
        self, job: str, first: date, last: date, *,
        assets: frozenset[str], checks: frozenset[dg.AssetCheckKey] | None, **config: Any,
    ) -> dg.ExecuteInProcessResult:  # fmt: skip
        whole = pipeline().resolve_job_def(job)
        keys = frozenset(dg.AssetKey(name) for name in assets)
        return whole.get_subset(asset_selection=keys, asset_check_selection=checks).execute_in_process(
            instance=self.instance,
            run_config={**QUIET, "ops": {name: {"config": options} for name, options in config.items()}},
            tags={RANGE_START: first.isoformat(), RANGE_END: last.isoformat()},
            raise_on_error=False,
        )


@contextmanager
def open_world(
    root: Path, database: str, config: str = CONFIG, *, home: Path | None = None
) -> Iterator[World]:
    """Make a data root's settings and lake those of this process.

    `home` holds the dagster.yaml of its instance; without it, runs are kept in memory.
    """
    (root / "dumps").mkdir(parents=True, exist_ok=True)
    (root / "pipeline.toml").write_text(config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DATA_VARIABLE, str(root))
        patch.setenv(CONFIG_VARIABLE, str(root / "pipeline.toml"))
        patch.setenv(POSTGRES_VARIABLE, database)
        patch.setenv(Privacy().key_variable, "one key for all worlds")
        forget()
        with (
            dg.DagsterInstance.from_config(str(home)) if home else dg.DagsterInstance.ephemeral() as instance
        ):
            yield World(root, instance)
        forget()


def daily_assets() -> set[str]:
    return _assets("daily_pipeline")


def weekly_assets() -> set[str]:
    return _assets("weekly_pipeline")


def _assets(job: str) -> set[str]:
    layer = pipeline().resolve_job_def(job).asset_layer
    return {key.to_user_string() for key in layer.executable_asset_keys}


def checks_of(ran: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    """Return what each asset check of a run said, by its name."""
    return {check.check_name: check for check in ran.get_asset_check_evaluations()}


def failure_of(ran: dg.ExecuteInProcessResult) -> str:
    """Return the words of the first failed step, and where it failed."""
    event = next(event for event in ran.all_events if event.is_step_failure)
    error = event.step_failure_data.error
    assert error is not None
    return (error.cause or error).to_string()


def lake_rows(lake: Lake) -> dict[str, pd.DataFrame]:
    """Return every table's rows in a canonical order, as far as DESIGN.md section 1 compares them.

    `analysis_runs` is left out, and so are snapshot ids, which stand nowhere else.
    """
    tables = set(lake.tables) - {"analysis_runs"}
    return {name: lake.read(name) for name in sorted(tables)}


def assert_equal_lakes(
    one: Mapping[str, pd.DataFrame], other: Mapping[str, pd.DataFrame], *, but: Iterable[str] = ()
) -> None:
    """Compare all rows of two lakes. `but` names columns to leave out.

    Two data roots have a judgement cache each, so when an answer was first given differs: FIRST_PAID.
    """
    assert one.keys() == other.keys()
    for name in one:
        left, right = (_comparable(rows[name], but) for rows in (one, other))
        assert_frame_equal(left, right, obj=name)


def _comparable(rows: pd.DataFrame, but: Iterable[str]) -> pd.DataFrame:
    return rows.drop(columns=list(but), errors="ignore").reset_index(drop=True)


def write_labels(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    """Write a label CSV as a team would hand it in."""
    pd.DataFrame(list(rows)).to_csv(path, index=False)
    return path


def all_tables() -> set[str]:
    return set(lake_tables(dimensions()))


def nanoseconds(day: date, seconds: float = 0) -> int:
    return int((datetime.combine(day, datetime.min.time(), tzinfo=UTC).timestamp() + seconds) * 10**9)
