"""Two judges on the same labelled items: which agrees better with people, and how sure that is."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from behavior_pipeline.calibration.agreement.measurement import Measurement, measure, of_traffic
from behavior_pipeline.calibration.items.pool import ENOUGH
from behavior_pipeline.calibration.items.strata import shares_as_drawn
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.statistics.intervals import Interval, mcnemar_exact
from behavior_pipeline.statistics.paired import (
    PairedAgreement,
    interval_of,
    paired_mcc,
    paired_spearman,
)
from behavior_pipeline.tables.labelling import CHECK_FAIL, JUDGE_FAIL, JUDGE_PASS
from behavior_pipeline.words import PASS

SURE = 0.95
ALIKE = 0.05  # agreements that are nearer to each other than this are as good as equal
ALIKE_SURE = 0.9
VERDICT_OF = {JUDGE_PASS: True, JUDGE_FAIL: False, CHECK_FAIL: False}
Choice = Literal["first", "second", "alike", "undecided"]


@dataclass(frozen=True)
class Comparison:
    """What paired items say of two judges; `difference` is the second's agreement less the first's.

    `probability_second_better` is None where the difference is not defined. `only_first_right` and
    `only_second_right` count items on which one judge is right and the other not, on a graded scale nearer to
    people; `p_value` is McNemar's exact one for their being equally likely.
    """

    n: int
    first_alone: int
    second_alone: int
    first: Measurement
    second: Measurement
    difference: float | None
    interval: Interval | None
    probability_second_better: float | None
    probability_alike: float | None
    only_first_right: int
    only_second_right: int
    p_value: float
    differing: tuple[str, ...] = field(repr=False)
    choice: Choice = "undecided"


def compare(spec: DimensionSpec, first: pd.DataFrame, second: pd.DataFrame) -> Comparison:
    """Compare two judges' verdicts: frames of items, each once, as calibration_scores has them.

    Items that only one judge answered are counted and left out: a judge must not win by declining the hard
    ones. Labels that were drawn per verdict, of whichever judge, count by their inclusion probability.
    """
    answered = [rows[rows["judge_score"].notna() & rows["human_score"].notna()] for rows in (first, second)]
    other = answered[1][["item_id", "judge_score", "evaluator"]]
    both = answered[0].merge(other, on="item_id", suffixes=("", "_second"), validate="one_to_one")
    both = both.sort_values("item_id", ignore_index=True)
    of_second = both.assign(judge_score=both["judge_score_second"], evaluator=both["evaluator_second"])
    measured = [measure(spec.gate, rows, None) for rows in (both, of_second)]
    paired = _paired(spec, both, measured)
    only_first, only_second = _right(spec, both)
    probability = None if paired is None else paired.probability_second_above()
    alike = None if paired is None else float(np.mean(np.abs(paired.difference) < ALIKE))
    one, two = measured[0].point, measured[1].point
    return Comparison(
        n=len(both),
        first_alone=len(answered[0]) - len(both),
        second_alone=len(answered[1]) - len(both),
        first=measured[0],
        second=measured[1],
        difference=None if one is None or two is None else two - one,
        interval=None if paired is None else interval_of(paired.difference),
        probability_second_better=probability,
        probability_alike=alike,
        only_first_right=only_first,
        only_second_right=only_second,
        p_value=mcnemar_exact(only_first, only_second),
        differing=tuple(both.loc[_differ(spec, both), "item_id"]),
        choice=_choice(len(both), probability, alike),
    )


def _choice(n: int, probability: float | None, alike: float | None) -> Choice:
    if probability is None or alike is None or n < ENOUGH:
        return "undecided"
    if probability >= SURE:
        return "second"
    if probability <= 1 - SURE:
        return "first"
    return "alike" if alike >= ALIKE_SURE else "undecided"


def _paired(spec: DimensionSpec, both: pd.DataFrame, measured: list[Measurement]) -> PairedAgreement | None:
    if any(measurement.point is None for measurement in measured):
        return None
    both = of_traffic(both)  # as they were measured
    scores = [
        both[name].to_numpy(dtype=float) for name in ("human_score", "judge_score", "judge_score_second")
    ]
    if spec.gate.metric == "spearman":
        return paired_spearman(*scores)
    human, first, second = (side >= PASS for side in scores)
    strata, shares, counted = shares_as_drawn(both)
    names = np.asarray(strata, dtype=object)
    if _drew(names, second) and not _drew(names, first):
        turned = paired_mcc(
            human, second, first, strata=strata, shares=shares, counted=counted, fixed=VERDICT_OF
        )
        return PairedAgreement(turned.second, turned.first)
    fixed = VERDICT_OF if _drew(names, first) else None
    return paired_mcc(human, first, second, strata=strata, shares=shares, counted=counted, fixed=fixed)


def _drew(strata: npt.NDArray[np.object_], verdicts: npt.NDArray[np.bool_]) -> bool:
    """Return whether the strata are a judge's verdicts, so that the labels were drawn by them."""
    drawn = np.isin(strata, list(VERDICT_OF))
    expected = np.array([VERDICT_OF.get(name, False) for name in strata])
    return bool(drawn.any() and (expected == verdicts)[drawn].all())


def _right(spec: DimensionSpec, both: pd.DataFrame) -> tuple[int, int]:
    """Return on how many items only the first, and only the second, is right."""
    human = both["human_score"].astype(float)
    if spec.scale.kind == "graded":
        first, second = ((both[name] - human).abs() for name in ("judge_score", "judge_score_second"))
        return int((first < second).sum()), int((second < first).sum())
    first, second = (
        (both[name] >= PASS) == (human >= PASS) for name in ("judge_score", "judge_score_second")
    )
    return int((first & ~second).sum()), int((second & ~first).sum())


def _differ(spec: DimensionSpec, both: pd.DataFrame) -> "pd.Series[bool]":
    if spec.scale.kind == "graded":
        return both["judge_score"] != both["judge_score_second"]
    return (both["judge_score"] >= PASS) != (both["judge_score_second"] >= PASS)
