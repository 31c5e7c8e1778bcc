"""Worlds of benchmarks/calibration.py: judges with a known table, labels as the queue draws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd
from scipy import optimize, stats

from behavior_pipeline.calibration.items.strata import Shares
from behavior_pipeline.dimensions.spec import Gate
from behavior_pipeline.labelling.allocation import allocation
from behavior_pipeline.tables.labelling import JUDGE_FAIL, JUDGE_PASS

Errors = Literal["unbiased", "even", "lenient"]

START = date(2026, 1, 5)
JUDGED = 5_000  # traces that a judge scores in a week: from them its production pass share is known
STRATA = ["judge_pass", "judge_fail", "random"]
ROLES = ["anchor", "fresh"]
GRADES = np.arange(5) / 4
SAME_BUILD, OTHER_BUILD = 0.95, 0.7  # how alike two scorings of an item are, as correlation of a latent


@dataclass(frozen=True)
class Judge:
    """A judge's production table: share of truly good traces, and how it treats good and bad ones."""

    prevalence: float
    sensitivity: float
    specificity: float

    @property
    def pass_share(self) -> float:
        """Share of traffic that the judge passes."""
        return self.prevalence * self.sensitivity + (1 - self.prevalence) * (1 - self.specificity)

    @property
    def good_of_passed(self) -> float:
        """Positive predictive value."""
        return self.prevalence * self.sensitivity / self.pass_share

    @property
    def bad_of_failed(self) -> float:
        """Negative predictive value."""
        return (1 - self.prevalence) * self.specificity / (1 - self.pass_share)

    @property
    def mcc(self) -> float:
        """Matthews correlation over production."""
        odds = self.prevalence * (1 - self.prevalence) / (self.pass_share * (1 - self.pass_share))
        return float((self.sensitivity + self.specificity - 1) * np.sqrt(odds))

    @property
    def cells(self) -> np.ndarray:
        """Shares of production, rows human, pass first."""
        good, bad = self.prevalence, 1 - self.prevalence
        return np.array(
            [
                [good * self.sensitivity, good * (1 - self.sensitivity)],
                [bad * (1 - self.specificity), bad * self.specificity],
            ]
        )


def with_pass_share(mcc: float, prevalence: float, pass_share: float) -> Judge:
    """Return the judge of this agreement that passes this share."""
    spread = np.sqrt(prevalence * (1 - prevalence) * pass_share * (1 - pass_share))
    both = prevalence * pass_share + mcc * spread
    return Judge(prevalence, both / prevalence, 1 - (pass_share - both) / (1 - prevalence))


@cache
def judge(mcc: float, prevalence: float, errors: Errors = "unbiased") -> Judge:
    """Return the judge of this agreement.

    `unbiased`: as many false passes as false fails; `even`: one error rate for good and bad; `lenient`: two
    false passes for a false fail.
    """
    if errors == "unbiased":
        return with_pass_share(mcc, prevalence, prevalence)
    bad = (1 - prevalence) / prevalence

    def candidate(specificity: float) -> Judge:
        other = specificity if errors == "even" else 1 - bad * (1 - specificity) / 2
        return Judge(prevalence, other, specificity)

    root = optimize.brentq(lambda value: candidate(value).mcc - mcc, 0.02 if bad < 1 else 0.5, 1 - 1e-9)
    return candidate(float(root))


def monday(week: int) -> date:
    """Return the Monday of a week by number."""
    return START + timedelta(weeks=week)


def share_seen(of: Judge, random: np.random.Generator) -> Shares:
    """Return the share of a week's judged traffic that passed."""
    return Shares(float(random.binomial(JUDGED, of.pass_share) / JUDGED))


def labels(of: Judge, n: int, random: np.random.Generator, *, part: float | None = None) -> np.ndarray:
    """Return the table of a week's labels, drawn as the queue does, or a part of them from what passed."""
    of_passed = round(n * (passed_part(of.pass_share) if part is None else part))
    good = random.binomial(of_passed, min(of.good_of_passed, 1.0))  # rounding
    bad = random.binomial(n - of_passed, min(of.bad_of_failed, 1.0))
    return np.array([[good, n - of_passed - bad], [of_passed - good, bad]])


@cache
def passed_part(pass_share: float) -> float:
    """Return what part of the labels the queue draws from what the judge passed."""
    return allocation(Gate(), {JUDGE_PASS: pass_share, JUDGE_FAIL: 1 - pass_share})[JUDGE_PASS]


def plain_labels(of: Judge, n: int, random: np.random.Generator) -> np.ndarray:
    """Return the table of labels drawn at random."""
    return random.multinomial(n, of.cells.ravel()).reshape(2, 2)


def items(table: np.ndarray, *, by_verdict: bool = True) -> pd.DataFrame:
    """Return a table of counts as one row an item, as measure() reads it."""
    counts = table.ravel().astype(int)
    verdicts = np.repeat([1.0, 0.0, 1.0, 0.0], counts)
    stratum = np.where(verdicts > 0, 0, 1) if by_verdict else np.full(len(verdicts), 2)
    return pd.DataFrame(
        {
            "human_score": np.repeat([1.0, 1.0, 0.0, 0.0], counts),
            "judge_score": verdicts,
            "stratum": pd.Categorical.from_codes(stratum, STRATA),
        }
    )


def fresh(table: np.ndarray, week: int) -> pd.DataFrame:
    """Return a week's labels with the columns that the drop rule reads."""
    rows = items(table)
    return rows.assign(
        item_id=np.arange(len(rows)) + 1_000_000 * (week + 1), **_columns(len(rows), week, "fresh")
    )


class Anchors:
    """A fixed set of which half is truly bad; each item has a latent by which scorings of it are alike."""

    def __init__(self, n: int, random: np.random.Generator) -> None:
        self.human = np.repeat([1.0, 0.0], [n - n // 2, n // 2])
        self.random = random
        self.item, self.build = random.normal(size=n), {}

    def scored(self, of: Judge, week: int, build: str) -> pd.DataFrame:
        """Return the anchors as a build of a judge scores them in a week."""
        of_build = self.build.setdefault(build, self.random.normal(size=len(self.human)))
        noise = self.random.normal(size=len(self.human))
        latent = np.sqrt([OTHER_BUILD, SAME_BUILD - OTHER_BUILD, 1 - SAME_BUILD]) @ [
            self.item,
            of_build,
            noise,
        ]
        rate = np.where(self.human > 0, of.sensitivity, of.specificity)
        right = latent < stats.norm.ppf(rate)
        rows = pd.DataFrame(
            {
                "human_score": self.human,
                "judge_score": np.where(right, self.human, 1 - self.human),
                "stratum": pd.Categorical(["random"] * len(self.human), STRATA),
                "item_id": np.arange(len(self.human)),
            }
        )
        return rows.assign(**_columns(len(rows), week, "anchor"))


def _columns(count: int, week: int, role: str) -> dict[str, object]:
    """Return the columns that are the same in all rows, as codes: text would be most of the time."""
    words = {"judge": ("v1@a", ["v1@a"]), "dataset": ("v1", ["v1"]), "role": (role, ROLES)}
    codes = {
        name: pd.Categorical.from_codes(np.full(count, among.index(word)), among)
        for name, (word, among) in words.items()
    }
    return {"week": pd.Timestamp(monday(week)), **codes}


@cache
def graded(rho: float, prevalence: float) -> np.ndarray:
    """Return the 5 x 5 shares of a graded world: a normal pair cut so that Spearman's rho is this one.

    A prevalence is the share of the three upper grades, on either side.
    """
    margin = np.array([1, 2]) / 3 * (1 - prevalence), np.array([1, 2, 2]) / 5 * prevalence
    cuts = stats.norm.ppf(np.cumsum(np.concatenate(margin))[:-1])

    def shares(latent: float) -> np.ndarray:
        normal = stats.multivariate_normal([0, 0], [[1, latent], [latent, 1]])
        ends = np.concatenate([[-8.0], cuts, [8.0]])
        below = np.array([[normal.cdf([first, second]) for second in ends] for first in ends])
        return np.clip(np.diff(np.diff(below, axis=0), axis=1), 0, None)

    root = optimize.brentq(lambda latent: population_rho(shares(latent)) - rho, 0.2, 0.998, xtol=1e-4)
    return shares(float(root)) / shares(float(root)).sum()


def population_rho(shares: np.ndarray) -> float:
    """Return Spearman's rho of a table of shares: the correlation of mid-ranks."""
    ranks = [np.cumsum(margin) - margin / 2 - 0.5 for margin in (shares.sum(axis=1), shares.sum(axis=0))]
    spread = [margin @ rank**2 for margin, rank in zip((shares.sum(1), shares.sum(0)), ranks, strict=True)]
    return float(ranks[0] @ shares @ ranks[1] / np.sqrt(spread[0] * spread[1]))


def graded_items(shares: np.ndarray, n: int, random: np.random.Generator) -> pd.DataFrame:
    """Return n items with grades from 0 to 1."""
    drawn = random.choice(shares.size, size=n, p=shares.ravel())
    return pd.DataFrame(
        {"human_score": GRADES[drawn // 5], "judge_score": GRADES[drawn % 5], "stratum": "random"}
    )


def pooled(tables: Sequence[np.ndarray]) -> np.ndarray:
    """Return the sum of tables."""
    return np.sum(tables, axis=0)
