"""A failed call belongs to the versions of the model that it asked for."""

import pandas as pd

from behavior_pipeline.provenance.tuples import model_versions


def versions(*calls: tuple[int, str | None, str | None]) -> list[str | None]:
    frame = pd.DataFrame(
        [
            (f"t{number}", pd.Timestamp(second, unit="s"), *names)
            for number, (second, *names) in enumerate(calls)
        ],
        columns=["trace_id", "started_at", "requested_model", "model"],
    )
    return model_versions(frame).astype(object).where(lambda column: column.notna(), None).tolist()


def test_failure_counts_to_the_version_that_answered_before_it() -> None:
    calls = [(1, "m", "m-05"), (9, "m", "m-07"), (5, "m", None)]
    assert versions(*calls) == ["m-05", "m-07", "m-05"]


def test_failure_before_any_answer_counts_to_the_first_version() -> None:
    assert versions((1, "m", None), (2, "m", "m-05")) == ["m-05", "m-05"]


def test_other_names_say_nothing_of_a_failed_model() -> None:
    assert versions((1, "m", "m-05"), (2, "n", None)) == ["m-05", "n"]


def test_trace_that_names_no_model_has_none() -> None:
    assert versions((1, None, None), (2, "m", "m-05")) == [None, "m-05"]


def test_frames_without_asked_names_keep_what_answered() -> None:
    assert model_versions(pd.DataFrame({"model": ["a", None]})).isna().tolist() == [False, True]
