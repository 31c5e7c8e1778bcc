from pathlib import Path

from behavior_pipeline.drift.finding import decisions_frame, findings_frame
from behavior_pipeline.steps.pipeline import open_lake
from behavior_pipeline_tests.attribution.worlds import MONDAY, finding
from behavior_pipeline_tests.cli.test_cli import called
from behavior_pipeline_tests.cli.test_events import root as root  # noqa: PLC0414 - a fixture
from behavior_pipeline_tests.drift.test_explain import decision

ASK = ("drift", "explain", "--dimension", "tone", "--week", "2026-03-04")


def store() -> None:
    one = finding(
        dimension="tone", onset=MONDAY, onset_low=MONDAY, onset_high=MONDAY, p_value=0.0004, statistic=-3.6,
        current=0.82, n_eff=850.0, least_detectable_effect=0.03, judge="v1\x1b[31m@m",
    )  # fmt: skip
    made = decision(one, alarm=True, reason="moved", q_value=0.004, threshold=0.001)
    tables = {"drift_findings": findings_frame([one]), "drift_decisions": decisions_frame([made])}
    open_lake().replace(tables, {"week": MONDAY.date()})


def test_explain_says_what_was_decided_and_what_would_have_alarmed(root: Path) -> None:
    store()
    code, text = called(*ASK)
    assert code == 0
    for part in (
        "tone, as a whole, week of 2026-03-02", "0.82 over 1 week, n_eff 850", "2026-02-16",
        "alarm: the change",
        "about 0.8691 or less (p of at most 0.001 that week)", "least detectable    0.03",
        "onset               2026-03-02",
    ):  # fmt: skip
        assert part in text, part
    assert "\x1b[31m" not in text
    open_lake().publish()
    assert called(*ASK, "--published") == (code, text)


def test_series_that_is_not_there_has_near_names(root: Path) -> None:
    store()
    code, text = called(*ASK[:3], "tony", *ASK[4:])
    assert code == 1
    assert "there are tone" in text.replace("\n", " ")
    for words in (("--slice", "segment"), ("--slice", "segment=trial"), ("--week", "monday")):
        code, text = called(*ASK, *words)
        assert code == 1
        assert "to do:" in text
