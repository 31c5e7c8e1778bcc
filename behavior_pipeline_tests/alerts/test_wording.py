import math

import pandas as pd

from behavior_pipeline.alerts.alert import ScoreEvidence
from behavior_pipeline.alerts.wording import score_sentence, series_name, suspect_reads
from behavior_pipeline.attribution.suspects import Suspect, near_events
from behavior_pipeline_tests.alerts import story


def test_control_characters_of_a_slice_value_do_not_reach_a_terminal() -> None:
    name = series_name("tone", "segment", "a\x1b[2J\nb")
    assert "\x1b" not in name and "\n" not in name


def test_an_event_outside_of_the_window_is_no_suspect() -> None:
    events = pd.DataFrame(
        {"at": pd.to_datetime(["2026-01-01T09:00Z"]), "kind": ["deploy"], "name": ["search"]}
    )
    day = pd.Timestamp("2026-01-01")
    assert [event.after for event in near_events(events, first=day, last=day)] == ["deploy search"]
    assert near_events(events, first=day + pd.Timedelta(days=1), last=day + pd.Timedelta(days=5)) == []


def test_what_holds_all_of_it_is_named_and_a_metric_is_told_in_words() -> None:
    evidence = ScoreEvidence(
        metric="geometric_mean", unit="seconds", baseline=2.0, current=2.5, effect=0.22, week="2026-03-09",
        within={"query.category": "new\x1b[31m", "customer.segment": "trial"},
    )  # fmt: skip
    alert = story.score_alert(
        dimension="latency", slice_key="all", slice_value="all", onset=None, evidence=evidence
    )
    assert score_sentence(alert, evidence) == (
        "latency geometric mean rose from 2 s to 2.5 s in the week of 2026-03-09;"
        " all of it on customer.segment=trial with query.category=new\N{REPLACEMENT CHARACTER}[31m;"
        " owner team:answers"
    )


def test_what_a_suspect_reads_is_in_the_unit_of_the_alert() -> None:
    traces = Suspect(
        component="prompt", mean_before=math.log(0.004), mean_after=math.log(0.007), estimate=0.56
    )
    assert suspect_reads(traces, "usd") == "reads $0.007 against $0.004 before"
    assert suspect_reads(Suspect(mean_before=0.94, mean_after=0.8, estimate=-0.14), "score") == (
        "reads .80 against .94 before"
    )
    assert suspect_reads(Suspect(mean_before=0.94, mean_after=0.8), "usd") == "reads .80 against .94 before"
