"""DESIGN 6: u in when u < inclusion probability; frozen at the first draw; weight = 1 / probability."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behavior_pipeline.provenance.uniform import hash_u
from behavior_pipeline.sampling.draw import ANOMALY, NOT_DRAWN, ROUTINE, Draw, Drawn, draw_day, solve_rates
from behavior_pipeline_tests.sampling.worlds import DAY, checked, spec, trace, traces

# Rates: the expected size is the share of the frame, anomalies are boosted, nothing passes 1.
COUNTS = st.integers(0, 20_000)
BOOSTS = st.floats(1, 3)
SHARES = st.floats(0, 1)


def draw(specs: list[Any], rows: list[dict[str, Any]] | pd.DataFrame, **changes: Any) -> Draw:
    arguments: dict[str, Any] = {"day": DAY, "check_scores": {}, "low_score": set(), "salt": "s"}
    frame = rows if isinstance(rows, pd.DataFrame) else traces(rows)
    return draw_day({one.name: one for one in specs}, frame, **{**arguments, **changes})


def again(first: Draw, specs: list[Any], rows: list[dict[str, Any]], **changes: Any) -> Draw:
    return draw(specs, rows, before=Drawn(first.sampled, first.population, first.rates), **changes)


def as_older_versions_stored_it(first: Draw) -> Draw:
    return first._replace(population=NOT_DRAWN.population)


def signalled(rows: list[dict[str, Any]], numbers: Iterable[int]) -> list[dict[str, Any]]:
    ids = {f"{number:032x}" for number in numbers}
    return [{**row, "signals": '["negative_feedback"]'} if row["trace_id"] in ids else row for row in rows]


def of(drawn: Draw, dimension: str) -> pd.DataFrame:
    return drawn.sampled[drawn.sampled["dimension"] == dimension]


def world(size: int, start: int = 0) -> list[dict[str, Any]]:
    return [trace(n, signals=["error"] if n % 7 == 0 else []) for n in range(start, start + size)]


@pytest.fixture(scope="module")
def thousand() -> list[dict[str, Any]]:
    return world(1000)


def test_trace_is_drawn_exactly_when_u_is_below_its_probability(thousand: list[dict[str, Any]]) -> None:
    drawn = draw([spec("tone", sampling={"share": 0.2})], thousand)
    rate = dict(zip(drawn.rates["stratum"], drawn.rates["rate"], strict=True))
    expected = {
        row["trace_id"]
        for row in thousand
        if hash_u(row["trace_id"], "s") < rate["anomaly" if "error" in row["signals"] else "routine"]
    }
    assert set(drawn.sampled["trace_id"]) == expected


def test_smaller_share_is_nested_in_larger_one(thousand: list[dict[str, Any]]) -> None:
    drawn = draw([spec("tone", sampling={"share": 0.05}), spec("faith", sampling={"share": 0.2})], thousand)
    assert set(of(drawn, "tone")["trace_id"]) < set(of(drawn, "faith")["trace_id"])


@settings(max_examples=12, deadline=None)
@given(share=st.floats(0.02, 1), boost=st.floats(1, 3), salt=st.text("abcdef", min_size=1, max_size=4))
def test_hajek_mean_over_the_draw_is_near_the_frame_s_mean(share: float, boost: float, salt: str) -> None:
    drawn = draw([spec("tone", sampling={"share": share, "anomaly_boost": boost})], WORLD_FRAME, salt=salt)
    sample = drawn.sampled
    bad = sample["stratum"] == "anomaly"  # anomalies fail far more often, so an unweighted mean would be off
    score = np.where(bad, 0.0, 1.0)
    weight = 1 / sample["inclusion_probability"].to_numpy(float)
    truth = np.mean([row["signals"] == "[]" for row in WORLD])
    variance = np.sum(weight * (weight - 1) * (score - truth) ** 2) / weight.sum() ** 2
    assert abs(np.average(score, weights=weight) - truth) <= 5 * np.sqrt(variance) + 1e-9


WORLD = world(1500)
WORLD_FRAME = traces(WORLD)


def test_mean_over_many_salts_is_unbiased() -> None:
    dimension = [spec("tone", sampling={"share": 0.1})]
    totals = []
    for salt in range(40):
        sample = draw(dimension, WORLD_FRAME[:400], salt=f"salt{salt}").sampled
        totals.append(float((1 / sample["inclusion_probability"]).sum()))
    standard_error = np.std(totals) / np.sqrt(len(totals))
    assert abs(np.mean(totals) - 400) <= 4 * standard_error


def test_expected_size_is_the_share(thousand: list[dict[str, Any]]) -> None:
    rates = draw([spec("tone", sampling={"share": 0.2})], thousand).rates
    assert float((rates["population"] * rates["rate"]).sum()) == pytest.approx(200)


@settings(max_examples=8, deadline=None)
@given(grown=st.integers(0, 300), low=st.booleans())
def test_later_draw_keeps_old_rows_and_stored_rates(grown: int, low: bool) -> None:
    dimension = [spec("tone", sampling={"share": 0.2})]
    first = draw(dimension, world(400), low_score=None if low else {"c3"})
    second = again(first, dimension, world(400 + grown), low_score={f"c{n}" for n in range(400)})
    old = second.sampled[second.sampled["trace_id"].isin([row["trace_id"] for row in world(400)])]
    pd.testing.assert_frame_equal(old.reset_index(drop=True), first.sampled)
    pd.testing.assert_frame_equal(second.rates, first.rates)
    rate = dict(zip(first.rates["stratum"], first.rates["rate"], strict=True))
    new = second.sampled[~second.sampled["trace_id"].isin(old["trace_id"])]
    assert (new["inclusion_probability"] == new["stratum"].map(rate)).all()
    assert (new["u"] < new["inclusion_probability"]).all()


def test_new_sampling_version_draws_anew_and_keeps_the_old_rates() -> None:
    first = draw([spec("tone", sampling={"share": 0.2})], world(200))
    second = again(first, [spec("tone", sampling={"share": 0.5, "version": "2"})], world(200))
    assert set(second.sampled["sampling_version"]) == {"2+proportional"}
    assert set(second.rates["sampling_version"]) == {"1+proportional", "2+proportional"}


def test_version_that_comes_back_draws_what_it_drew() -> None:
    one, other = (spec("tone", sampling={"share": 0.3, "version": version}) for version in "12")
    first = draw([one], world(200))
    back = again(again(first, [other], world(200)), [one], signalled(world(200), range(200)))
    pd.testing.assert_frame_equal(back.sampled, first.sampled)


def test_row_of_a_trace_that_is_gone_is_dropped() -> None:
    first = draw([spec("tone")], world(20))
    second = again(first, [spec("tone")], world(19))
    assert len(second.sampled) == len(second.population) == 19


class TestLateSignals:
    """DESIGN 6: all is frozen "for every trace of the day's population, drawn or not"."""

    TONE = (spec("tone", sampling={"share": 0.2}),)

    def test_population_holds_every_trace_that_had_its_chance(self) -> None:
        drawn = draw(list(self.TONE), world(300))
        assert drawn.population["trace_id"].tolist() == [row["trace_id"] for row in world(300)]
        chosen = drawn.population[drawn.population["u"] < drawn.population["inclusion_probability"]]
        assert chosen["trace_id"].tolist() == drawn.sampled["trace_id"].tolist()

    def test_signal_after_the_first_draw_gives_no_second_chance(self) -> None:
        first = draw(list(self.TONE), world(300))
        second = again(first, list(self.TONE), signalled(world(300), range(300)))
        for before, after in zip(first, second, strict=True):
            pd.testing.assert_frame_equal(before, after)

    def test_new_salt_draws_nobody_anew(self) -> None:
        first = draw(list(self.TONE), world(300))
        pd.testing.assert_frame_equal(
            again(first, list(self.TONE), world(300), salt="x").sampled, first.sampled
        )

    def test_older_day_draws_no_trace_that_was_passed_over(self) -> None:
        first = as_older_versions_stored_it(draw(list(self.TONE), world(300)))
        second = again(first, list(self.TONE), signalled(world(300), range(300)))
        pd.testing.assert_frame_equal(second.sampled, first.sampled)

    def test_new_trace_of_an_older_day_is_drawn_at_its_true_probability(self) -> None:
        first = as_older_versions_stored_it(draw(list(self.TONE), world(300)))
        late = signalled(world(2000), range(300, 2000))
        second = again(first, list(self.TONE), late)
        new = second.sampled[~second.sampled["trace_id"].isin(first.sampled["trace_id"])]
        routine = first.rates.set_index("stratum")["rate"]["routine"]
        assert set(new["inclusion_probability"]) == {routine}
        assert set(new["reason"]) == {"routine; earlier draw not known"}
        assert set(new["trace_id"]) == {
            row["trace_id"] for row in late[300:] if hash_u(row["trace_id"], "s") < routine
        }
        third = again(second, list(self.TONE), late)
        pd.testing.assert_frame_equal(third.sampled, second.sampled)

    def test_trace_that_enters_the_frame_later_has_its_first_draw_then(self) -> None:
        dimension = [spec("tone", sampling={"share": 0.2}, requires={"fields": ["output_text"]})]
        outside = [{**row, "output_text": None} if n < 150 else row for n, row in enumerate(world(300))]
        first = draw(dimension, outside)
        second = again(first, dimension, signalled(world(300), range(150)))
        rate = first.rates.set_index("stratum")["rate"]
        entered = second.population[:150]
        assert len(first.population) == 150 and len(second.population) == 300
        assert (entered["inclusion_probability"] == rate["anomaly"]).all()

    def test_trace_that_leaves_the_frame_is_not_judged_and_comes_back_as_it_was(self) -> None:
        dimension = [spec("tone", sampling={"share": 0.2}, requires={"fields": ["output_text"]})]
        first = draw(dimension, world(300))
        gone = again(first, dimension, [{**row, "output_text": None} for row in world(300)])
        assert gone.sampled.empty
        back = again(gone, dimension, signalled(world(300), range(300)))
        pd.testing.assert_frame_equal(back.sampled, first.sampled)


def test_reason_names_what_makes_an_anomaly() -> None:
    rows = [trace(1, signals=["error", "escalation"]), trace(2), trace(3), trace(4)]
    drawn = draw(
        [spec("latency", checks=[{"check": "latency_target"}], scale={"kind": "continuous"}), spec("tone")],
        rows, check_scores={"latency": checked({1: 1.0, 2: 0.0, 3: 1.0, 4: 1.0})}, low_score={"c3"},
    )  # fmt: skip
    assert drawn.sampled["reason"].tolist() == [
        "anomaly: error, escalation", "anomaly: check:latency", "anomaly: low score", "routine",
    ]  # fmt: skip


def test_reason_says_when_low_scores_were_not_read() -> None:
    drawn = draw([spec("tone")], [trace(1), trace(2, signals=["error"])], low_score=None)
    assert drawn.sampled["reason"].tolist() == [
        "routine; low scores not read", "anomaly: error; low scores not read",
    ]  # fmt: skip


def test_check_on_which_the_dimension_depends_excludes_and_makes_no_anomaly() -> None:
    checks = {"format": checked({1: 0.0, 2: 1.0})}
    drawn = draw(
        [spec("format", checks=[{"check": "length"}]), spec("tone", requires={"passed": ["format"]})],
        [trace(1), trace(2)], check_scores=checks,
    )  # fmt: skip
    assert drawn.sampled["trace_id"].tolist() == [f"{2:032x}"]
    assert drawn.sampled["stratum"].tolist() == ["routine"]


def test_failed_check_of_a_composite_needs_no_judge_but_stays_in_the_frame() -> None:
    composite = spec("tools", checks=[{"check": "tool_exists"}], judge={"version": "v1", "model": "m"})
    drawn = draw([composite], [trace(1), trace(2)], check_scores={"tools": checked({1: 0.0, 2: None})})
    assert drawn.sampled["trace_id"].tolist() == [f"{2:032x}"]
    total = drawn.frames[drawn.frames["slice_key"] == "all"]
    assert total[["reason", "traces"]].to_numpy().tolist() == [["eligible", 2]]


def test_frame_of_a_checked_dimension_leaves_out_what_no_check_applies_to() -> None:
    dimension = spec("format", checks=[{"check": "json_schema"}])
    drawn = draw([dimension], [trace(1), trace(2)], check_scores={"format": checked({1: 1.0, 2: None})})
    assert drawn.sampled.empty
    total = drawn.frames[drawn.frames["slice_key"] == "all"].set_index("reason")["traces"]
    assert total.to_dict() == {"eligible": 1, "no_schema": 1}


def test_calibration_traces_are_never_drawn() -> None:
    drawn = draw([spec("tone")], [trace(1, role="calibration"), trace(2)])
    assert drawn.sampled["trace_id"].tolist() == [f"{2:032x}"]


def test_day_without_traces_draws_nothing_and_freezes_nothing() -> None:
    drawn = draw([spec("tone")], [])
    assert drawn.sampled.empty and drawn.rates.empty and drawn.frames.empty


def test_upstream_weight_comes_along() -> None:
    drawn = draw([spec("tone")], [trace(1, sampling_weight=8.0)])
    assert drawn.sampled["sampling_weight"].tolist() == [8.0]


def rates(routine: int, anomaly: int, *, boost: float, share: float) -> dict[str, float]:
    return solve_rates(
        {ROUTINE: routine, ANOMALY: anomaly}, boosts={ROUTINE: 1.0, ANOMALY: boost}, share=share
    )


@given(routine=COUNTS, anomaly=COUNTS, boost=BOOSTS, share=SHARES)
def test_expected_size_is_the_share_of_the_frame(
    routine: int, anomaly: int, boost: float, share: float
) -> None:
    strata_rates = rates(routine, anomaly, boost=boost, share=share)
    expected = routine * strata_rates[ROUTINE] + anomaly * strata_rates[ANOMALY]
    assert expected == pytest.approx(share * (routine + anomaly), abs=1e-6)


@given(routine=COUNTS, anomaly=COUNTS, boost=BOOSTS, share=SHARES)
def test_anomaly_has_boosted_rate_unless_it_is_taken_whole(
    routine: int, anomaly: int, boost: float, share: float
) -> None:
    strata_rates = rates(routine, anomaly, boost=boost, share=share)
    assert 0 <= strata_rates[ROUTINE] <= strata_rates[ANOMALY] + 1e-12 <= 1 + 1e-9
    if strata_rates[ANOMALY] < 1:
        assert strata_rates[ANOMALY] == pytest.approx(boost * strata_rates[ROUTINE])


@given(routine=COUNTS, anomaly=COUNTS, boost=BOOSTS, shares=st.tuples(SHARES, SHARES))
def test_larger_share_lowers_no_rate(
    routine: int, anomaly: int, boost: float, shares: tuple[float, float]
) -> None:
    less, more = (rates(routine, anomaly, boost=boost, share=share) for share in sorted(shares))
    assert all(less[stratum] <= more[stratum] + 1e-9 for stratum in less)


def test_capped_stratum_gives_its_surplus_to_the_other() -> None:
    assert rates(50, 50, boost=3, share=0.8) == pytest.approx({ROUTINE: 0.6, ANOMALY: 1.0})


def test_whole_frame_is_taken_at_share_one() -> None:
    assert rates(70, 30, boost=3, share=1) == pytest.approx({ROUTINE: 1.0, ANOMALY: 1.0})


def test_empty_stratum_has_the_rate_it_would_have() -> None:
    assert rates(100, 0, boost=3, share=0.2) == pytest.approx({ROUTINE: 0.2, ANOMALY: 0.6})
