"""When a judge has to be measured anew at once: its gate was shut, or another judge answers than before."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from behavior_pipeline.calibration.gate.transitions import closings
from behavior_pipeline.calibration.items.pool import ENOUGH
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.labelling.queue import DAYS_A_WEEK, DUE_AT_ONCE
from behavior_pipeline.reasons import Reason


@dataclass(frozen=True)
class Recalibration:
    """A queue that should be labelled at once, whose it is, and the command that writes it."""

    dimension: str
    judge: str
    previous_judge: str | None
    reason: Reason
    since: date
    due: date
    items: int
    command: str


def new_judges(judge_days: pd.DataFrame) -> pd.DataFrame:
    """Return the judges that came after another one, with first day and predecessor.

    `judge_days` has dimension, judge and day, every day on which a judge scored. A dimension's first judge
    succeeds nobody: its labels are what the weekly queue is for.
    """
    first = judge_days.groupby(["dimension", "judge"], as_index=False).agg(day=("day", "min"))
    first = first.sort_values(["dimension", "day", "judge"], ignore_index=True)
    began = first.groupby("dimension")["day"].transform("min")
    first["previous_judge"] = first.groupby("dimension")["judge"].shift()
    return first[first["day"] > began].reset_index(drop=True)


def of_new_judge(dimension: str, *, judge: str, previous: str, day: date, items: int) -> Recalibration:
    """Return what is to be done about a judge on the first day on which it scored."""
    return Recalibration(
        dimension, judge, previous, Reason.NEW_JUDGE, day, day + DUE_AT_ONCE, items,
        command("FILE", dimension, "--day", str(day), "--judge", judge),
    )  # fmt: skip


def suspensions(
    agreement: pd.DataFrame, specs: Mapping[str, DimensionSpec], *, week: date, queued: Mapping[str, int]
) -> list[Recalibration]:
    """Return what is to be done about the gates that shut in a week; `queued` counts their queues' items.

    A gate that shut because another model answers is left out: that was told on the day.
    """
    rows = closings(agreement[agreement["week"] == pd.Timestamp(week)])
    recalibrations = []
    for row in rows.sort_values(["dimension", "judge"]).to_dict("records"):
        spec = specs.get(row["dimension"])
        told_on_the_day = row["reason"] == str(Reason.RESPONSE_MODEL_CHANGED)
        if spec is None or told_on_the_day or spec.judge is None or row["rubric"] != spec.rubric_id:
            continue
        items = min(ENOUGH, queued.get(spec.name, 0))
        recalibrations.append(
            Recalibration(
                spec.name, row["judge"], None, Reason.SUSPENDED, week + timedelta(days=6),
                week + DAYS_A_WEEK + DUE_AT_ONCE, items,
                command("FILE", spec.name, "--week", str(week), "--first", str(ENOUGH)),
            )
        )  # fmt: skip
    return recalibrations


def command(file: str, dimension: str, *options: str) -> str:
    """Return the command that writes a queue, to be pasted into a shell."""
    return shlex.join(["behavior-pipeline", "labels", "queue", file, "--dimension", dimension, *options])
