"""What labelled items stand for: by whose verdict they were drawn, and where nobody can know."""

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.calibration.agreement.measurement import measure
from behavior_pipeline.calibration.items.strata import Shares, mean_share, strata_of
from behavior_pipeline.dimensions.spec import Gate
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.posterior import Stratum
from behavior_pipeline_tests.calibration.frames import by_verdict, labelled, monday

GATE = Gate()
CELLS = (57, 11, 3, 49)  # golden mcc_stratified_90
P_PASS, P_FAIL = 60 / 900, 60 / 100


def with_probabilities(frame: pd.DataFrame) -> pd.DataFrame:
    passed = frame["judge_score"] == 1
    return frame.assign(inclusion_probability=np.where(passed, P_PASS, P_FAIL))


class TestWhoseVerdict:
    def test_random_labels_are_one_sample(self) -> None:
        strata = strata_of(labelled(0, CELLS), None).strata
        assert {name: stratum.share for name, stratum in strata.items()} == {"all": 1.0}

    def test_labels_of_the_judges_own_verdict_take_its_share(self) -> None:
        strata = strata_of(by_verdict(labelled(0, CELLS)), Shares(0.9)).strata
        assert {name: stratum.share for name, stratum in strata.items()} == {
            "judge_pass": 0.9, "judge_fail": pytest.approx(0.1)
        }  # fmt: skip
        assert strata["judge_pass"].table.tolist() == [[57, 0], [3, 0]]

    def test_without_a_share_the_inclusion_probabilities_say_it(self) -> None:
        items = with_probabilities(by_verdict(labelled(0, CELLS)))
        strata = strata_of(items, None).strata
        assert strata["judge_pass"].share == pytest.approx(0.9)
        assert strata["judge_fail"].share_n == pytest.approx(60), "it was counted from sixty labels"
        measured, known = measure(GATE, items, None), measure(GATE, items, Shares(0.9))
        assert measured.point == pytest.approx(known.point)
        assert measured.low is not None and known.low is not None and measured.low < known.low

    def test_without_either_there_is_a_reason_and_no_guess(self) -> None:
        """They would count as a random sample: .77 for .69, or .535 for .624 where failures are rare."""
        measured = measure(GATE, by_verdict(labelled(0, CELLS)), None)
        assert (measured.point, measured.probability_above) == (None, None)
        assert measured.reason is Reason.NO_SCORED_TRACE

    def test_a_judge_that_passed_nothing_agrees_with_nobody(self) -> None:
        measured = measure(GATE, by_verdict(labelled(0, CELLS)), Shares(0.0))
        assert (measured.point, measured.reason) == (None, Reason.JUDGE_ONE_CLASS)
        assert measured.probability_above == 0.0

    def test_a_verdict_that_occurs_without_labels_leaves_the_agreement_unknown(self) -> None:
        items = by_verdict(labelled(0, (57, 0, 3, 0)))
        assert measure(GATE, items, Shares(0.9)).reason is Reason.VERDICT_UNLABELLED
        assert measure(GATE, items, Shares(1.0)).reason is Reason.JUDGE_ONE_CLASS


class TestAnotherJudge:
    """Labels that judge A's verdict drew, as judge B sees them."""

    def items(self, generator: np.random.Generator, n: int = 400) -> pd.DataFrame:
        """Return labels half of which A failed, of traffic of which A passes 90 %; B errs on its own."""
        good = np.concatenate([generator.random(n // 2) < 0.95, generator.random(n // 2) < 0.35])
        rows = labelled(0, (n, 0, 0, 0))
        return rows.assign(
            human_score=good.astype(float),
            judge_score=np.where(generator.random(n) < 0.1, ~good, good).astype(float),
            stratum=np.repeat(["judge_pass", "judge_fail"], n // 2),
            inclusion_probability=np.repeat([n / 2 / 9000, n / 2 / 1000], n // 2),
        )

    def test_they_are_weighted_by_how_likely_each_was_drawn(self) -> None:
        generator = np.random.default_rng(3)
        prevalence = 0.9 * 0.95 + 0.1 * 0.35
        passed = prevalence * 0.9 + (1 - prevalence) * 0.1
        truth = 0.8 * np.sqrt(prevalence * (1 - prevalence) / (passed * (1 - passed)))
        points = [measure(GATE, self.items(generator), Shares(passed)).point for _ in range(100)]
        error = np.std(points) / np.sqrt(100)
        assert abs(np.mean(points) - truth) < 3.5 * error + 0.005  # a ratio of means is a little off

    def test_without_the_probabilities_nobody_knows(self) -> None:
        items = self.items(np.random.default_rng(3)).assign(inclusion_probability=np.nan)
        measured = measure(GATE, items, Shares(0.8))
        assert (measured.point, measured.reason) == (None, Reason.WEIGHTS_UNKNOWN)


class TestChecks:
    """A composite dimension: what a check failed is a stratum of its own."""

    def items(self) -> pd.DataFrame:
        """Return a good check's fails beside labels of a judge that knows nothing of what it passes."""
        judged = by_verdict(labelled(0, (50, 20, 10, 4)))
        failed = labelled(0, (0, 1, 0, 59), judge_label="check").assign(
            evaluator="check:tool_exists", stratum="check_fail"
        )
        failed["item_id"] = "check-" + failed["item_id"]
        return pd.concat([judged, failed], ignore_index=True)

    def test_a_good_check_does_not_hide_a_useless_judge(self) -> None:
        measured = measure(GATE, self.items(), Shares(0.7, failed_by_check=0.2))
        assert measured.judged is not None
        assert measured.point is not None and measured.point > 0.45
        assert measured.judged.point is not None and measured.judged.point < 0.1
        assert measured.smaller(GATE) is measured.judged
        assert (measured.n, measured.judged.n) == (144, 84)

    def test_half_a_label_is_divided_between_what_failed(self) -> None:
        strata = strata_of(self.items(), Shares(0.7, failed_by_check=0.2)).strata
        priors = {name: stratum.prior.sum() for name, stratum in strata.items()}
        assert priors == pytest.approx({"judge_pass": 1.0, "judge_fail": 1 / 3, "check_fail": 2 / 3})

    def test_fails_of_older_draws_are_told_apart_by_who_decided(self) -> None:
        items = self.items().replace({"stratum": {"check_fail": "judge_fail"}})
        shares = Shares(0.7, failed_by_check=0.2)
        assert measure(GATE, items, shares).point == measure(GATE, self.items(), shares).point

    def test_where_no_share_of_checks_is_known_what_failed_is_one_stratum(self) -> None:
        strata: dict[str, Stratum] = dict(strata_of(self.items(), Shares(0.7)).strata)
        assert set(strata) == {"judge_pass", "judge_fail"}
        assert strata["judge_fail"].table.sum() == 84

    def test_a_check_whose_fails_nobody_labelled_hides_nothing_either(self) -> None:
        items = by_verdict(labelled(0, (50, 20, 10, 64)))
        measured = measure(GATE, items, Shares(0.8, failed_by_check=0.17))
        assert measured.judged is not None and measured.judged.n == measured.n
        assert measured.point is not None and measured.judged.point is not None
        assert measured.judged.point < measured.point - 0.1

    def test_of_older_rows_the_fails_stay_out_of_the_judged_part(self) -> None:
        new, old = by_verdict(labelled(0, (50, 20, 10, 64))), by_verdict(labelled(1, (5, 2, 1, 6)))
        items = pd.concat([new, old.assign(evaluator=None)])
        judged = measure(GATE, items, Shares(0.8, failed_by_check=0.17)).judged
        assert judged is not None and judged.n == len(new) + 6

    def test_a_whole_that_is_known_to_be_low_is_not_excused_by_a_part_that_is_not_known(self) -> None:
        judged = labelled(0, (60, 20, 0, 0))
        failed = labelled(0, (0, 40, 0, 0)).assign(
            evaluator="check:c", item_id=lambda rows: rows["item_id"] + "c"
        )
        bad = labelled(0, (0, 0, 4, 0)).assign(
            evaluator="check:c", item_id=lambda rows: rows["item_id"] + "b"
        )
        measured = measure(GATE, pd.concat([judged, failed, bad.assign(judge_score=0.0)]), None)
        assert measured.judged is not None and measured.judged.reason is Reason.HUMAN_ONE_CLASS
        assert measured.probability_above is not None and measured.probability_above < 0.2
        assert measured.smaller(GATE) is measured

    def test_grades_have_a_judged_part_too(self) -> None:
        generator = np.random.default_rng(7)
        gate = Gate(metric="spearman", minimum=0.7)
        judged = graded(generator.integers(0, 5, 80) / 4, generator.integers(0, 5, 80) / 4)
        failed = graded(np.zeros(160), np.zeros(160)).assign(evaluator="check:c")
        measured = measure(gate, pd.concat([judged, failed]), None)
        assert measured.point is not None and measured.point > 0.6
        assert measured.judged is not None and (measured.judged.point or 1.0) < 0.3

    def test_a_week_in_which_the_judge_failed_nothing_is_one_of_its_pool(self) -> None:
        rows = pd.concat([by_verdict(labelled(week, (30, 1, 2, 20))) for week in range(3)])
        shares = {
            "v1@a": {
                monday(0): Shares(0.86, 0.08),
                monday(1): Shares(0.88, 0.08),
                monday(2): Shares(0.92, 0.08),
            }
        }
        assert mean_share(rows, shares) == Shares(pytest.approx(0.886667, abs=1e-5), pytest.approx(0.08))
        assert mean_share(rows, {}) is None
        assert strata_of(rows, Shares(0.7, 0.3)).strata["judge_fail"].share == pytest.approx(0.3)

    def test_a_dimension_of_checks_alone_has_no_judged_part(self) -> None:
        items = labelled(0, (60, 4, 4, 32)).assign(evaluator="check:latency")
        assert measure(GATE, items, None).judged is None


class TestGrades:
    """Spearman's rho of labels half of which the judge grades low, though it grades 90 % of traffic high."""

    def test_rho_is_that_of_the_traffic_and_not_of_the_queue(self) -> None:
        generator = np.random.default_rng(6)
        gate = Gate(metric="spearman", minimum=0.7)
        grades = [np.clip(np.round(generator.normal(0.85, 0.2, (40_000, 1)) * 4) / 4, 0, 1).ravel()]
        noise = generator.normal(0, 0.15, 40_000)
        grades.append(np.clip(np.round((grades[0] + noise) * 4) / 4, 0, 1))
        human, judge = grades
        truth = measure(gate, graded(human, judge), None).point
        low, high = np.flatnonzero(judge < 0.5), np.flatnonzero(judge >= 0.5)
        shares = Shares(len(high) / len(judge))
        weighted, plain = [], []
        for _ in range(40):
            drawn = np.concatenate([generator.choice(side, 120, replace=False) for side in (low, high)])
            stratum = np.repeat(["judge_fail", "judge_pass"], 120)
            items = graded(human[drawn], judge[drawn]).assign(stratum=stratum)
            weighted.append(measure(gate, items, shares).point)
            plain.append(measure(gate, items.assign(stratum=None), None).point)
        assert truth is not None
        assert abs(np.mean(weighted) - truth) < 3.5 * np.std(weighted) / np.sqrt(40)
        assert np.mean(plain) - truth > 0.1, "what the queue alone would say"


def graded(human: np.ndarray, judge: np.ndarray) -> pd.DataFrame:
    frame = pd.DataFrame({"human_score": human, "judge_score": judge, "stratum": None})
    return frame.assign(inclusion_probability=np.nan, evaluator="judge:v1@a")
