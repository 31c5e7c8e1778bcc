"""The section `pairs` of benchmarks/calibration.py: two raters compared on the same labelled items.

Either rater errs as often one way as the other. Given the truth they are independent, or alike: four fifths
of the way from independent to as dependent as their rates allow. Labels are drawn at random, half from what
the first rater fails, or 70 % from what it passes; with three strata a free rater, who flags half of the bad
and a tenth of the good, splits what the first one passes. `before` is the rule of each stratum's eight cells
with a prior of .25 / number of strata. A line has two pairs of raters, so twice as many samples as worlds.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from calibration_sections import Figure, Line, Promise, Values, figure
from calibration_worlds import JUDGED, judge
from scipy import stats

from behavior_pipeline.statistics.paired import (
    FIRST_PASSES,
    PairedAgreement,
    interval_of,
    paired_mcc,
    paired_spearman,
)

PREVALENCES = (0.5, 0.8, 0.9, 0.94, 0.97)
SURE = 0.95
DRAWS = 2_000
RESAMPLES = 1_000
ALIKE = 0.8
PAIRS = ((0.65, 0.65), (0.8, 0.8), (0.5, 0.75), (0.75, 0.5))
RANK_PAIRS = ((0.75, 0.75), (0.65, 0.85))
DISAGREEMENTS, BAD = 10, 5  # fewer than these among the labels, and the prior says more than they do
Design = tuple[str, int, int]
DESIGNS: tuple[Design, ...] = (
    ("at random", 0, 80), ("at random", 0, 240), ("at random", 0, 400),
    ("half first-fail", 2, 80), ("half first-fail", 2, 240), ("half first-fail", 2, 400),
    ("70 % first-pass", 2, 80), ("70 % first-pass", 2, 240), ("70 % first-pass", 2, 400),
    ("half first-fail, 3 strata", 3, 240), ("70 % first-pass, 3 strata", 3, 80),
    ("70 % first-pass, 3 strata", 3, 240),
)  # fmt: skip


@dataclass(frozen=True)
class Strata:
    """Cells of production (human x first x second) by stratum, and how many labels each gets."""

    cells: npt.NDArray[np.float64]
    labels: tuple[int, ...]

    @property
    def fixed(self) -> dict[str, bool]:
        """Return the strata that are one verdict of the first rater, by name."""
        passed = self.cells[:, FIRST_PASSES].sum(axis=1) / self.cells.sum(axis=1)
        return {str(number): share > 0.5 for number, share in enumerate(passed) if share in (0.0, 1.0)}

    def drawn(self, random: np.random.Generator) -> tuple[dict[str, npt.ArrayLike], dict[str, float]]:
        """Return a sample as arguments of paired_mcc, and the strata's shares as a week shows them."""
        totals = self.cells.sum(axis=1)
        codes, names = [], []
        for number, (cells, n) in enumerate(zip(self.cells, self.labels, strict=True)):
            codes.append(random.choice(8, size=n, p=cells / cells.sum()))
            names += [str(number)] * n
        code = np.concatenate(codes)
        seen = random.multinomial(JUDGED, totals / totals.sum()) / JUDGED
        sides = {"human": code // 4 > 0, "first": code // 2 % 2 > 0, "second": code % 2 > 0}
        return {**sides, "strata": names}, {str(number): float(share) for number, share in enumerate(seen)}


def pairs(worlds: int, random: np.random.Generator) -> Iterator[Line]:
    """How often the interval of a difference holds the truth, and how often the worse of two is named."""
    for what, strata, n in DESIGNS:
        lines: dict[str, dict[float, Figure]] = defaultdict(dict)
        for prevalence in PREVALENCES:
            outcomes: Values = defaultdict(list)
            small: set[str] = set()
            for agreements in PAIRS:
                for alike in (0.0, ALIKE):
                    of = _strata(what, strata, n, cells_of(agreements, prevalence, alike))
                    small |= {kind_of(agreements, alike)} if n_is_small(of) else set()
                    for _ in range(worlds):
                        _pair_world(of, agreements, alike, outcomes, random)
            for name, values in outcomes.items():
                few = any(kind in name for kind in small)
                lines[name][prevalence] = figure(values, _promise(name, few=few))
        for name, figures in sorted(lines.items()):
            yield Line(f"pairs, {what}", name, str(n), figures)
    yield from _rank_pairs(worlds, random)


def n_is_small(of: Strata) -> bool:
    """Return whether n does not allow a comparison: few disagreements are expected among the labels.

    Or few bad traces among those of the largest stratum, of which each stands for many.
    """
    labels = np.array(of.labels) / of.cells.sum(axis=1)
    codes = np.arange(8)
    disagreements = labels @ of.cells[:, codes // 2 % 2 != codes % 2].sum(axis=1)
    largest = of.cells.sum(axis=1).argmax()
    bad = labels[largest] * of.cells[largest, :4].sum()
    return bool(disagreements < DISAGREEMENTS or bad < BAD)


def kind_of(agreements: Sequence[float], alike: float) -> str:
    """Return how a pair of raters is called in the table."""
    equal = "equal" if agreements[0] == agreements[1] else "unequal"
    return f": {equal}, {'alike' if alike else 'independent'}"


def before(
    sides: Mapping[str, npt.ArrayLike], shares: Mapping[str, float], *, draws: int = DRAWS
) -> PairedAgreement:
    """Return the posterior of the earlier rule: eight cells a stratum, each with .25 / number of strata."""
    code = 4 * np.asarray(sides["human"], int) + 2 * np.asarray(sides["first"], int)
    code = code + np.asarray(sides["second"], int)
    names, generator = np.asarray(sides["strata"], dtype=object), np.random.default_rng(1)
    cells = sum(
        share * generator.dirichlet(np.bincount(code[names == name], minlength=8) + 0.25 / len(shares), draws)
        for name, share in shares.items()
    )
    table = np.asarray(cells).reshape(draws, 2, 2, 2)
    return PairedAgreement(mcc_of(table.sum(axis=3)), mcc_of(table.sum(axis=2)))


def mcc_of(table: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the MCC of tables of shares, ... x human x rater."""
    human, rater = table[..., 1, :].sum(axis=-1), table[..., :, 1].sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(human * (1 - human) * rater * (1 - rater))
        return np.nan_to_num((table[..., 1, 1] - human * rater) / spread)


def cells_of(agreements: Sequence[float], prevalence: float, alike: float) -> npt.NDArray[np.float64]:
    """Return shares of production, human x first x second, of two raters of these agreements."""
    first, second = (judge(agreement, prevalence) for agreement in agreements)
    cells = np.zeros((2, 2, 2))
    for human, share in ((1, prevalence), (0, 1 - prevalence)):
        a, b = ((of.sensitivity if human else of.specificity) for of in (first, second))
        both = (1 - alike) * a * b + alike * min(a, b)
        right = share * np.array([[1 - a - b + both, b - both], [a - both, both]])
        cells[human] = right if human else right[::-1, ::-1]
    return np.clip(cells, 0, None) / np.clip(cells, 0, None).sum()


def _strata(what: str, strata: int, n: int, cells: npt.NDArray[np.float64]) -> Strata:
    if not strata:
        return Strata(cells.reshape(1, 8), (n,))
    first = np.array([[[0, 0], [1, 1]], [[0, 0], [1, 1]]])
    passed, failed = cells * first, cells * (1 - first)
    of_passed = round(n * (0.5 if what.startswith("half") else 0.7))
    if strata == 2:
        return Strata(np.stack([passed.ravel(), failed.ravel()]), (of_passed, n - of_passed))
    flagged = passed * np.array([0.5, 0.1])[:, None, None]
    parts = np.stack([(passed - flagged).ravel(), flagged.ravel(), failed.ravel()])
    return Strata(parts, (of_passed - of_passed // 3, of_passed // 3, n - of_passed))


def _pair_world(
    of: Strata, agreements: Sequence[float], alike: float, outcomes: Values, random: np.random.Generator
) -> None:
    sides, shares = of.drawn(random)
    defined = all(0 < np.mean(np.asarray(sides[name])) < 1 for name in ("human", "first", "second"))
    outcomes["missing"].append(not defined)
    if not defined:
        return
    rules = {
        "after": paired_mcc(**sides, shares=shares, fixed=of.fixed, draws=DRAWS),
        "before": before(sides, shares),
    }  # type: ignore[arg-type]
    words = "alike" if alike else "independent"
    truth = agreements[1] - agreements[0]
    for rule, posterior in rules.items():
        low, high = interval_of(posterior.difference)
        outcomes[f"covers{kind_of(agreements, alike)}, {rule}"].append(low <= truth <= high)
        second = posterior.probability_second_above()
        if truth == 0:
            outcomes[f"names one of two equals: {words}, {rule}"].append(not 1 - SURE < second < SURE)
        else:
            named = second >= SURE if truth < 0 else second <= 1 - SURE
            outcomes[f"names the worse: {words}, {rule}"].append(named)
            better = second <= 1 - SURE if truth < 0 else second >= SURE
            outcomes[f"names the better: {words}, {rule}"].append(better)


def _promise(name: str, *, few: bool) -> Promise | None:
    if not name.endswith("after"):
        return None
    if name.startswith("covers"):
        return Promise(0.93, 0.97, known=few)
    if "names the better" in name:
        return None
    return Promise(high=0.1 if "equals" in name else 0.05)


def _rank_pairs(worlds: int, random: np.random.Generator) -> Iterator[Line]:
    for n in (80, 240):
        lines: dict[str, dict[float, Figure]] = defaultdict(dict)
        for prevalence in PREVALENCES:
            outcomes: Values = defaultdict(list)
            for latents in RANK_PAIRS:
                for alike in (0.0, ALIKE):
                    for _ in range(max(worlds // 2, 10)):
                        _rank_world(latents, prevalence, alike, n=n, outcomes=outcomes, random=random)
            for name, values in outcomes.items():
                lines[name][prevalence] = figure(values, _promise(name + ", after", few=False))
        for name, figures in sorted(lines.items()):
            yield Line("pairs, Spearman", name, str(n), figures)


def _rank_world(
    latents: tuple[float, float], prevalence: float, alike: float, *, n: int, outcomes: Values,
    random: np.random.Generator,
) -> None:  # fmt: skip
    truth = _true_rank_difference(latents, prevalence, alike)
    both = paired_spearman(*grades(latents, prevalence, alike, n=n, random=random), resamples=RESAMPLES)
    outcomes["missing"].append(both is None)
    if both is None:
        return
    low, high = interval_of(both.difference)
    equal, words = latents[0] == latents[1], "alike" if alike else "independent"
    outcomes[f"covers{kind_of(latents, alike)}"].append(low <= truth <= high)
    if equal:
        second = both.probability_second_above()
        outcomes[f"names one of two equals: {words}"].append(not 1 - SURE < second < SURE)


def grades(
    latents: tuple[float, float], prevalence: float, alike: float, *, n: int, random: np.random.Generator
) -> list[npt.NDArray[np.int64]]:
    """Return five grades of people and two raters: cut normals, the three upper grades of this share."""
    shares = np.concatenate([np.array([1, 2]) / 3 * (1 - prevalence), np.array([1, 2, 2]) / 5 * prevalence])
    cuts = stats.norm.ppf(np.cumsum(shares)[:-1])
    human, one, other = random.normal(size=(3, n))
    errors = one, alike * one + np.sqrt(1 - alike**2) * other
    raters = [
        latent * human + np.sqrt(1 - latent**2) * error for latent, error in zip(latents, errors, strict=True)
    ]
    return [np.searchsorted(cuts, values) for values in (human, *raters)]


@cache
def _true_rank_difference(latents: tuple[float, float], prevalence: float, alike: float) -> float:
    human, *raters = grades(latents, prevalence, alike, n=1_000_000, random=np.random.default_rng(1))
    first, second = (float(stats.spearmanr(human, rater).statistic) for rater in raters)
    return 0.0 if latents[0] == latents[1] else second - first


SECTIONS = {"pairs": pairs}
