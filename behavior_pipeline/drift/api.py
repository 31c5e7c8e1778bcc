"""One call for whoever has series of scores by week: what moved, and what was decided on each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec, Drift
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import shaped
from behavior_pipeline.drift.intake import Calendar, calendar_of, cell_rows, ids_of, needs, series_rows
from behavior_pipeline.drift.judges.anchored import Judges, judges_of
from behavior_pipeline.drift.judges.splice import spliced_rows
from behavior_pipeline.drift.week import drift_of_period
from behavior_pipeline.settings.model import Budget
from behavior_pipeline.tables.drift import DECISION_KEY, DRIFT_DECISIONS, DRIFT_FINDINGS, DRIFT_STATE
from behavior_pipeline.words import ALL, Family

DETECTORS = ("contrast", "slow")
JUDGE = "judge"  # slice key of the row on the instrument
RETURNED = (
    "period", "dimension", "slice_key", "slice_value", "family", "effect", "effect_se", "statistic",
    "p_value", "log_e", "q_value", "alarm", "reason", "n_eff", "least_detectable_effect", "judge", "rubric",
    "detector", "metric", "window", "baseline", "current", "threshold", "localised_to",
)  # fmt: skip
LOOKED_BACK = pd.Timedelta(weeks=26)
STATE = "state"


@dataclass(frozen=True)
class DriftConfig:
    """The budget of false alarms, what counts as a change, and where a dimension differs from that."""

    budget: Budget = field(default_factory=Budget)
    drift: Drift = field(default_factory=lambda: Drift(detectors=DETECTORS))
    dimensions: Mapping[str, Drift] = field(default_factory=dict)


def detect(
    history: pd.DataFrame,
    *,
    cells: pd.DataFrame | None = None,
    anchors: pd.DataFrame | None = None,
    versions: pd.DataFrame | None = None,
    config: DriftConfig | None = None,
    state: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return what was decided on each series of each week, by the function that decides in the pipeline.

    `history` has a row for a series and week: period, dimension, slice_key (`all`: the whole), slice_value,
    and n with the sums sum_w, sum_wy, sum_w2, sum_w2y, sum_w2y2, or mean with se and n_eff; also judge,
    rubric and graded where they apply. `cells` have the same sums of each crossing of slices, `anchors` item,
    human, score and judge, `versions` model, prompt, judge and rubric of a period. Weeks are looked at in
    order, and none at a later one. `state` is what an earlier call returned: only later weeks are decided,
    with what it decided in mind. InputError for frames that cannot be used.
    """
    config = DriftConfig() if config is None else config
    needs(history, ["period"], "history")
    calendar = calendar_of(history["period"].tolist())
    tables = {"weekly_scores": series_rows(history, calendar, versions)}
    if cells is not None and len(cells):
        tables["weekly_cells"] = cell_rows(cells, calendar, versions)
    judges = judges_of(tables["weekly_scores"], anchors, calendar)
    specs = _specs(history, tables["weekly_scores"], config)
    return _weeks(tables, judges, calendar, specs, config=config, earlier=_earlier(state, calendar))


class Earlier(NamedTuple):
    """What was decided before, what detectors carry on, and the last week of both."""

    decisions: list[pd.DataFrame]
    carried: pd.DataFrame
    last: pd.Timestamp


def _weeks(
    tables: Mapping[str, pd.DataFrame], judges: Judges, calendar: Calendar,
    specs: Mapping[str, DimensionSpec], *, config: DriftConfig, earlier: Earlier,
) -> pd.DataFrame:  # fmt: skip
    decided, state = [*earlier.decisions], earlier.carried
    watching = {name for spec in specs.values() for name in spec.drift.detectors}
    findings = []
    for monday in sorted(monday for monday in calendar.monday.values() if monday > earlier.last):
        links = judges.links(monday)
        now = {
            name: spliced_rows(rows[(rows["week"] <= monday) & (rows["week"] > monday - LOOKED_BACK)], links)
            for name, rows in tables.items()
        }
        recent = [rows for rows in decided if rows["week"].iloc[0] >= monday - LOOKED_BACK]
        now |= {"drift_decisions": DRIFT_DECISIONS.joined(recent), "drift_state": state}
        evidence = Evidence(monday.date(), "week", specs, now, config.budget)
        drift = drift_of_period(evidence, also=judges.findings(monday), only=watching)
        state = drift.state
        if len(drift.decisions):
            decided.append(drift.decisions)
            findings.append(drift.findings)
    rows = _returned(findings, decided[len(earlier.decisions) :], calendar)
    rows.attrs[STATE] = state.to_json(orient="records", date_format="iso")
    return rows


def _earlier(state: pd.DataFrame | None, calendar: Calendar) -> Earlier:
    """Return what an earlier call decided and carried on, of weeks that are in the history."""
    if state is None or state.empty:
        return Earlier([], DRIFT_STATE.empty(), pd.Timestamp.min)
    needs(state, RETURNED, "state")
    rows = state.assign(week=state["period"].map(calendar.monday)).dropna(subset="week")
    instrument = rows["slice_key"] == JUDGE
    for name in ("slice_key", "slice_value"):
        rows[name] = rows[name].mask(instrument, ALL)
    rows = rows.assign(series_id=ids_of(rows), kind=rows["family"])
    decisions = [shaped(week, DRIFT_DECISIONS) for _, week in rows.groupby("week", sort=True)]
    carried = pd.DataFrame(orjson.loads(state.attrs.get(STATE, "[]")))
    if len(carried):
        carried = carried.assign(week=pd.to_datetime(carried["week"]).dt.tz_localize(None))
    return Earlier(decisions, shaped(carried, DRIFT_STATE), rows["week"].max())


def _returned(
    findings: list[pd.DataFrame], decisions: list[pd.DataFrame], calendar: Calendar
) -> pd.DataFrame:
    key = list(DECISION_KEY)
    columns = [*key, "q_value", "threshold", "alarm", "reason", "localised_to"]
    outcomes = DRIFT_DECISIONS.joined(decisions)[columns]
    rows = DRIFT_FINDINGS.joined(findings).drop(columns="reason").merge(outcomes, on=key)
    instrument = rows["family"] == str(Family.CALIBRATION)
    return rows.assign(
        period=rows["week"].map(calendar.period),
        slice_key=rows["slice_key"].mask(instrument, JUDGE),
        slice_value=rows["slice_value"].mask(instrument, rows["judge"]),
    )[list(RETURNED)]


def _specs(history: pd.DataFrame, rows: pd.DataFrame, config: DriftConfig) -> dict[str, DimensionSpec]:
    kinds: Mapping[Any, Any] = {}
    if "graded" in history:
        graded = history["graded"].astype("boolean").fillna(value=False).astype(bool)
        kinds = graded.groupby(history["dimension"].astype(str).to_numpy()).any().to_dict()
    return {
        name: DimensionSpec.model_construct(
            name=name, scale=_Scale("continuous" if kinds.get(name) else "binary"),
            drift=config.dimensions.get(name, config.drift), judge=None, checks=(),
        )
        for name in sorted(rows["dimension"].unique())
    }  # fmt: skip


@dataclass(frozen=True)
class _Scale:
    kind: str
