"""The draw of traces to label: equal chances within a stratum, whatever sampling favoured."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.labelling.draw import drawn, labelling_salt
from behavior_pipeline.provenance.uniform import hash_u
from behavior_pipeline.statistics.agreement import confusion, mcc
from behavior_pipeline.statistics.posterior import production_table
from behavior_pipeline.tables.labelling import JUDGE_FAIL, JUDGE_PASS

SALT = labelling_salt("behavior_pipeline")
ROUTINE, ANOMALY = 0.2, 0.6


def traffic(count: int, seed: int = 0, *, fails: float = 0.2) -> pd.DataFrame:
    """Return traffic in which anomalies are failed more often and are judged three times as often."""
    random = np.random.default_rng(seed)
    anomaly = random.random(count) < 0.2
    failed = random.random(count) < np.where(anomaly, 2 * fails, fails)
    return pd.DataFrame(
        {
            "trace_id": [f"{seed}-{number}" for number in range(count)],
            "score": np.where(failed, 0.0, 1.0),
            "weight": 1 / np.where(anomaly, ANOMALY, ROUTINE),
            "anomaly": anomaly,
        }
    )


def judged(rows: pd.DataFrame, salt: str = "behavior_pipeline") -> pd.DataFrame:
    """Return the sample that sampling draws of the traffic, by its own random numbers."""
    u = np.array([hash_u(trace_id, salt) for trace_id in rows["trace_id"]])
    return rows[u < 1 / rows["weight"]]


def test_half_are_traces_that_the_judge_failed() -> None:
    counts = drawn(judged(traffic(6_000)), size=240, salt=SALT)["stratum"].value_counts()
    assert counts.to_dict() == {JUDGE_PASS: 120, JUDGE_FAIL: 120}


def test_what_one_stratum_lacks_the_other_gives() -> None:
    rows = traffic(400)
    few = pd.concat([rows[rows["score"] == 0].head(7), rows[rows["score"] == 1].head(100)])
    assert drawn(few, size=60, salt=SALT)["stratum"].value_counts().to_dict() == {
        JUDGE_PASS: 53,
        JUDGE_FAIL: 7,
    }
    assert len(drawn(few, size=1_000, salt=SALT)) == 107
    assert drawn(few, size=0, salt=SALT).empty


@given(order=st.randoms(use_true_random=False), size=st.integers(1, 90))
def test_order_of_the_rows_does_not_matter_and_a_smaller_queue_is_a_beginning_by_stratum(
    order: object, size: int
) -> None:
    rows = judged(traffic(600, fails=0.3))
    shuffled = rows.sample(frac=1, random_state=order.randint(0, 2**31))  # type: ignore[attr-defined]
    small, large = drawn(shuffled, size=size, salt=SALT), drawn(rows, size=90, salt=SALT)
    for stratum in (JUDGE_PASS, JUDGE_FAIL):
        first = list(small.loc[small["stratum"] == stratum, "trace_id"])
        assert first == list(large.loc[large["stratum"] == stratum, "trace_id"])[: len(first)]


def test_every_twenty_items_hold_ten_of_each_verdict_in_no_fixed_pattern() -> None:
    strata = drawn(judged(traffic(6_000)), size=240, salt=SALT)["stratum"].eq(JUDGE_FAIL).to_numpy()
    blocks = strata.reshape(12, 20)
    assert (blocks.sum(axis=1) == 10).all()
    assert len({tuple(block) for block in blocks}) == 12
    assert 70 <= (strata[1:] != strata[:-1]).sum() <= 170  # alternation would give 239


@pytest.mark.parametrize("beginning", [40, 160])
def test_a_beginning_has_the_share_of_anomalies_that_the_traffic_has(beginning: int) -> None:
    """Unweighted within a stratum, though anomalies are judged three times as often: mean over 60 worlds."""
    share, truth, raw = {}, {}, {}
    for seed in range(60):
        rows = traffic(3_000, seed)
        sample = judged(rows)
        queue = drawn(sample, size=160, salt=SALT).head(beginning).merge(rows, on="trace_id")
        for stratum, score in ((JUDGE_PASS, 1.0), (JUDGE_FAIL, 0.0)):
            share.setdefault(stratum, []).extend(queue.loc[queue["stratum"] == stratum, "anomaly"])
            truth.setdefault(stratum, []).append(rows.loc[rows["score"] == score, "anomaly"].mean())
            raw.setdefault(stratum, []).append(sample.loc[sample["score"] == score, "anomaly"].mean())
    for stratum, values in share.items():
        expected = float(np.mean(truth[stratum]))
        error = np.sqrt(expected * (1 - expected) / len(values))
        assert abs(np.mean(values) - expected) < 3.5 * error
        assert np.mean(raw[stratum]) - expected > 0.15  # what a draw without weights would have had


@pytest.mark.parametrize("size", [60, 400])
def test_one_over_the_probability_counts_the_traffic_of_each_stratum(size: int) -> None:
    """The estimator of priority sampling is unbiased, also where whole strata are taken (size 400)."""
    ratio = {JUDGE_PASS: [], JUDGE_FAIL: []}  # type: ignore[var-annotated]
    for seed in range(150):
        rows = traffic(1_000, seed)
        queue = drawn(judged(rows), size=size, salt=SALT)
        total = (1 / queue["inclusion_probability"]).groupby(queue["stratum"]).sum()
        for stratum, score in ((JUDGE_PASS, 1.0), (JUDGE_FAIL, 0.0)):
            ratio[stratum].append(total[stratum] / (rows["score"] == score).sum())
    for values in ratio.values():
        assert abs(np.mean(values) - 1) < 3.5 * np.std(values) / np.sqrt(len(values))


def test_agreement_of_queued_items_is_that_of_the_traffic() -> None:
    """The judge errs most on anomalies, which are judged three times as often: 40 worlds."""
    agreements = []
    for seed in range(40):
        rows = traffic(6_000, seed, fails=0.08)
        random = np.random.default_rng([seed, 1])
        wrong = random.random(len(rows)) < np.where(rows["anomaly"], 0.35, 0.04)
        rows["human"] = np.where(wrong, 1 - rows["score"], rows["score"])
        share, sample = rows["score"].mean(), judged(rows)
        queue = drawn(sample, size=240, salt=SALT).merge(rows, on="trace_id")
        plain = sample.groupby("score").sample(120, random_state=seed)
        agreements.append([_mcc(items, share) for items in (rows, queue, plain)])
    truth, queued, unweighted = np.array(agreements).T
    assert abs((queued - truth).mean()) < 3.5 * (queued - truth).std() / np.sqrt(len(truth))
    assert (unweighted - truth).mean() < -0.08


def _mcc(items: pd.DataFrame, share: float) -> float:
    table = confusion(items["human"], items["score"], (1.0, 0.0))
    return float(mcc(production_table(table, share)).value or np.nan)


def test_probability_is_one_number_within_a_stratum_until_the_first_draw_is_used_up() -> None:
    rows = judged(traffic(6_000))
    queue = drawn(rows, size=240, salt=SALT)
    assert (queue.groupby("stratum")["inclusion_probability"].nunique() == 1).all()
    everything = drawn(rows, size=len(rows), salt=SALT).merge(rows, on="trace_id")
    assert np.allclose(everything["inclusion_probability"], 1 / everything["weight"])


def test_probability_is_the_rank_of_the_first_trace_that_was_left_out() -> None:
    rows = traffic(200).assign(score=0.0)
    u = np.array([hash_u(trace_id, SALT) for trace_id in rows["trace_id"]])
    ranks = u / rows["weight"]
    order = ranks.sort_values().index
    queue = drawn(rows, size=30, salt=SALT)
    assert list(queue["trace_id"]) == list(rows["trace_id"][order[:30]])
    weight = rows.set_index("trace_id")["weight"].loc[queue["trace_id"]].to_numpy()
    assert queue["inclusion_probability"].tolist() == np.minimum(ranks[order[30]], 1 / weight).tolist()


def test_numbers_of_the_labels_know_nothing_of_those_of_sampling() -> None:
    ids = [f"{number:032x}" for number in range(4_000)]
    pairs = np.array([(hash_u(name, "behavior_pipeline"), hash_u(name, SALT)) for name in ids])
    assert abs(np.corrcoef(pairs.T)[0, 1]) < 0.06


def test_traces_without_verdict_or_weight_are_not_drawn() -> None:
    rows = pd.DataFrame(
        {
            "trace_id": ["a", "b", "c"],
            "score": pd.array([None, 1.0, 0.0], "Float64"),
            "weight": [1.0, 0.0, 2.0],
        }
    )
    assert list(drawn(rows, size=9, salt=SALT)["trace_id"]) == ["c"]
