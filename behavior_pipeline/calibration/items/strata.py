"""What labelled items stand for: in which stratum each is, and what share of the traffic the strata are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from behavior_pipeline.reasons import Reason
from behavior_pipeline.sampling.frames import CHECK, JUDGE
from behavior_pipeline.statistics.agreement import confusion
from behavior_pipeline.statistics.estimate import Vector, kish
from behavior_pipeline.statistics.posterior import PRIOR, Stratum
from behavior_pipeline.tables.labelling import CHECK_FAIL, JUDGE_FAIL, JUDGE_PASS, VERDICT_STRATA
from behavior_pipeline.words import ALL, OTHER, PASS

CLASSES = (True, False)
ROUNDING = 1e-9
ANY = np.full((2, 2), PRIOR)  # half a label in each cell: people and judge may say either
VERDICTS = {True: np.array([[PRIOR, 0], [PRIOR, 0]]), False: np.array([[0, PRIOR], [0, PRIOR]])}
Names = npt.NDArray[Any]


class Shares(NamedTuple):
    """Shares of a judge's scored traffic: what passed, and what a check failed; None: checks unknown."""

    passed: float
    failed_by_check: float | None = None

    def judged(self) -> "Shares | None":
        """Return the shares of what no check failed; None where checks failed everything."""
        left = 1 - (self.failed_by_check or 0.0)
        return Shares(min(self.passed / left, 1.0), 0.0) if left > ROUNDING else None


PassShares = Mapping[str, Mapping[date, Shares]]
"""Shares of the scored traffic by judge and week (Monday), of one dimension and rubric."""


@dataclass(frozen=True)
class Strata:
    """Labelled items by stratum with the strata's shares of the traffic; or the reason why none are known."""

    strata: Mapping[str, Stratum]
    reason: Reason | None = None


def stratum_of(passed: npt.ArrayLike, evaluator: "pd.Series[Any] | None") -> Names:
    """Return who decided: `judge_pass`, `judge_fail`, or `check_fail` where a check failed the trace."""
    verdicts = np.asarray(passed, dtype=bool)
    names = np.where(verdicts, JUDGE_PASS, JUDGE_FAIL).astype(object)
    if evaluator is not None:
        by_check = evaluator.astype("string").str.startswith(CHECK).fillna(False).to_numpy(dtype=bool)
        names[~verdicts & by_check] = CHECK_FAIL
    return names


def mean_share(rows: pd.DataFrame, pass_shares: PassShares) -> Shares | None:
    """Return the mean of the shares of the weeks and judges of some rows, None where none is known.

    One week's share of a small sample can be 0 or 1, and then says that its judge has one verdict only.
    """
    pairs = rows[["judge", "week"]].drop_duplicates().itertuples(index=False, name=None)
    by_judge = [(pass_shares.get(judge, {}), pd.Timestamp(week).date()) for judge, week in pairs]
    known = [by_week[week] for by_week, week in by_judge if week in by_week]
    if not known:
        return None
    by_check = [shares.failed_by_check for shares in known if shares.failed_by_check is not None]
    passed = float(np.mean([shares.passed for shares in known]))
    return Shares(passed, float(np.mean(by_check)) if len(by_check) == len(known) else None)


def judged_part(items: pd.DataFrame, shares: Shares | None) -> pd.DataFrame | None:
    """Return the items that no check failed; None where checks fail nothing, or no judge was asked.

    Of older rows nobody knows who failed them: those that failed stay out.
    """
    if "evaluator" not in items:
        return None
    by_judge = items["evaluator"].astype("string").str.startswith(JUDGE).fillna(False).astype(bool)
    checks_fail = (_verdicts(items) == CHECK_FAIL).any() or bool(shares and shares.failed_by_check)
    if not checks_fail or not by_judge.any():
        return None
    of_judge: pd.DataFrame = items[by_judge | (items["judge_score"] >= PASS)]
    return of_judge


def strata_of(items: pd.DataFrame, shares: Shares | None) -> Strata:
    """Return the strata of items with human_score, judge_score and stratum, and what each stands for.

    Items that were not drawn by a verdict are one random sample. Where each drawn stratum is this judge's
    own verdict, items stand for the traffic with their verdict, whose share is known (`shares`) or follows
    from the stored inclusion probabilities. Labels that another judge's verdict drew are weighted by these
    probabilities alone: the share of what one judge passes says nothing of another's strata.
    """
    drawn = _drawn(items, shares)
    if isinstance(drawn, Reason):
        return Strata({}, drawn)
    failed = sum(share.value for name, share in drawn.shares.items() if name != JUDGE_PASS)
    strata = {}
    for name, share in drawn.shares.items():
        # Half a label in each cell; where the verdict is given, divided by share among what failed.
        column = 1.0 if name == JUDGE_PASS else share.value / failed if failed else 0.0
        prior = VERDICTS[name == JUDGE_PASS] * column if drawn.by_verdict else ANY * share.value
        if share.value > 0:
            strata[name] = Stratum(_table(items[drawn.names == name]), share.value, prior, share.n)
    return Strata(strata)


def item_weights(items: pd.DataFrame, shares: Shares | None) -> Vector | Reason | None:
    """Return what share of the traffic each item stands for, or why nobody knows; None: all the same."""
    drawn = _drawn(items, shares)
    if isinstance(drawn, Reason):
        return drawn
    weights = np.zeros(len(items))
    for name, share in drawn.shares.items():
        within = drawn.names == name
        of_stratum = _relative_weights(items[within])
        weights[within] = share.value / within.sum() * (1.0 if of_stratum is None else of_stratum)
    return None if np.allclose(weights, weights.mean()) else weights


def shares_as_drawn(items: pd.DataFrame) -> tuple[list[str], dict[str, float], dict[str, float]]:
    """Return each item's stratum, whoever's verdict it is, the strata's shares, and draws behind each.

    Inclusion probabilities are known of all items that a verdict drew.
    """
    by_verdict = items["stratum"].isin(VERDICT_STRATA).to_numpy(dtype=bool)
    if not by_verdict.any():
        return [ALL] * len(items), {ALL: 1.0}, {}
    names = np.where(by_verdict, items["stratum"].to_numpy(), OTHER)
    shares = _estimated(names, _inverse_probability(items), by_verdict)
    counted = {name: share.n for name, share in shares.items() if np.isfinite(share.n)}
    return list(names), {name: share.value for name, share in shares.items()}, counted


class _Share(NamedTuple):
    """A stratum's share of the traffic, and the number of draws that it was estimated from."""

    value: float
    n: float = np.inf


class _Drawn(NamedTuple):
    """Items' strata and their shares; `by_verdict` where each stratum is one verdict of this judge."""

    names: Names
    shares: Mapping[str, _Share]
    by_verdict: bool = False


def _drawn(items: pd.DataFrame, shares: Shares | None) -> _Drawn | Reason:
    by_verdict = items["stratum"].isin(VERDICT_STRATA).to_numpy(dtype=bool)
    if not by_verdict.any():
        return _Drawn(np.full(len(items), ALL, dtype=object), {ALL: _Share(1.0)})
    names, inverse = items["stratum"].to_numpy(), _inverse_probability(items)
    complete = not np.isnan(inverse[by_verdict]).any()
    verdicts = _verdicts(items)
    if not _drawn_by_this_judge(names[by_verdict], verdicts[by_verdict]):
        names = np.where(by_verdict, names, OTHER)
        return _Drawn(names, _estimated(names, inverse, by_verdict)) if complete else Reason.WEIGHTS_UNKNOWN
    if shares is None and not complete:
        return Reason.NO_SCORED_TRACE
    known = _estimated(verdicts, inverse, by_verdict) if shares is None else _by_verdict(shares, verdicts)
    if any(share.value > 0 and name not in verdicts for name, share in known.items()):
        return Reason.VERDICT_UNLABELLED
    merged = np.where((verdicts == CHECK_FAIL) & (CHECK_FAIL not in known), JUDGE_FAIL, verdicts)
    return _Drawn(merged, known, by_verdict=True)


def _verdicts(items: pd.DataFrame) -> Names:
    return stratum_of(items["judge_score"] >= PASS, items.get("evaluator"))


def _inverse_probability(items: pd.DataFrame) -> Vector:
    if "inclusion_probability" not in items:
        return np.full(len(items), np.nan)
    return 1 / items["inclusion_probability"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)


def _drawn_by_this_judge(drawn: Names, verdicts: Names) -> bool:
    """Return whether the strata are the verdicts; before checks had one, their fails were the judge's."""
    older = (drawn == JUDGE_FAIL) & (verdicts == CHECK_FAIL)
    return bool(((drawn == verdicts) | older).all())


def _by_verdict(shares: Shares, verdicts: Names) -> dict[str, _Share]:
    """Return the verdicts' shares; where no check's fail is labelled, one share for all that failed."""
    by_check = shares.failed_by_check if CHECK_FAIL in verdicts else None
    if by_check is None:
        rest = 1 - shares.passed
        return {JUDGE_PASS: _Share(shares.passed), JUDGE_FAIL: _Share(rest if rest > ROUNDING else 0.0)}
    return {
        JUDGE_PASS: _Share(shares.passed),
        JUDGE_FAIL: _Share(rest if (rest := 1 - shares.passed - by_check) > ROUNDING else 0.0),
        CHECK_FAIL: _Share(by_check),
    }


def _estimated(names: Names, inverse: Vector, drawn: npt.NDArray[np.bool_]) -> dict[str, _Share]:
    """Return shares by what drawn items stand for; items of no stratum stand for their own number."""
    others = float((names == OTHER).mean())
    by_name = {str(name): inverse[drawn & (names == name)] for name in sorted({*names[drawn]})}
    total = sum(float(items.sum()) for items in by_name.values())
    shares = {
        name: _Share(float(items.sum()) / total * (1 - others), kish(items))
        for name, items in by_name.items()
    }
    return shares | {OTHER: _Share(others)} if others else shares


def _table(items: pd.DataFrame) -> Vector:
    """Return counts, rows human and columns judge, pass first; of weighted items what Kish's size leaves."""
    human, judge = items["human_score"] >= PASS, items["judge_score"] >= PASS
    weights = _relative_weights(items)
    if weights is None:
        return confusion(human, judge, CLASSES)
    table: Vector = confusion(human, judge, CLASSES, weights=weights) / weights.sum() * kish(weights)
    return table


def _relative_weights(items: pd.DataFrame) -> Vector | None:
    """Return 1 / inclusion probability over its mean in the week, so that a week counts by its labels.

    None where it is not known of all items, or all are alike.
    """
    inverse = pd.Series(_inverse_probability(items), index=items.index)
    if inverse.isna().any() or not len(items):
        return None
    mean = inverse.groupby(items["week"]).transform("mean") if "week" in items else inverse.mean()
    weights = np.asarray(inverse / mean, dtype=np.float64)
    return None if np.allclose(weights, 1) else weights
