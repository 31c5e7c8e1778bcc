"""One rule for ids in dumps, labels and recorded verdicts: whoever writes them, they meet."""

from base64 import b64encode
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.datafiles.label_files import import_labels, trace_labels
from behavior_pipeline.dimensions.folder import load_dimensions
from behavior_pipeline.dumps.ids import TRACE_DIGITS, RefusedError, foreign_id, hex_id
from behavior_pipeline.judging.recorded.file import recorded_file
from behavior_pipeline.labels.report import Import
from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Labels
from behavior_pipeline_tests.public_cases.cases import FILES, case, traces_in

SPECS = load_dimensions({})
HEADER = "trace_id,dimension,label,labelled_at,annotator\n"


def imported(tmp_path: Path, text: str, known: set[str] | None = None) -> Import:
    path = tmp_path / "labels.csv"
    path.write_text(text)
    return import_labels(
        path, tmp_path, rules=Labels(), specs=SPECS, known_traces=known or set(), today=date(2026, 8, 1)
    )


def trace_id(text: str) -> str:
    return foreign_id(text, TRACE_DIGITS, Reason.BAD_TRACE_ID)


@given(raw=st.binary(min_size=16, max_size=16).filter(any), upper=st.booleans())
def test_every_way_of_writing_an_id_is_the_same_id(raw: bytes, upper: bool) -> None:
    digits = raw.hex()
    ways = [digits, f"0x{digits}", str(UUID(digits)), f"tr-{digits}", f"trace_{digits}", f" {digits}\t",
            f"1-{digits[:8]}-{digits[8:]}"]  # fmt: skip
    for way in ways:
        assert (
            hex_id(way.upper() if upper and not way.startswith(("tr", "tr-")) else way, TRACE_DIGITS)
            == digits
        )
    assert hex_id(b64encode(raw).decode(), TRACE_DIGITS) == digits


def test_id_of_64_bits_gets_zeros() -> None:
    assert trace_id("43CE929D0E0E4736") == "0" * 16 + "43ce929d0e0e4736"


@pytest.mark.parametrize("text", ["1.23E+31", "1,23e+31", "9E+30"])
def test_number_that_a_spreadsheet_rounded_is_no_id(tmp_path: Path, text: str) -> None:
    with pytest.raises(RefusedError):
        trace_id(text)
    done = imported(tmp_path, f'{HEADER}"{text}",tone,on_brand,2026-07-13,ann\n')
    assert done.kept == 0
    assert "spreadsheet" in done.problems[0].why


def test_labels_of_a_product_join_its_traces(tmp_path: Path) -> None:
    traces = {row["trace_id"] for row in traces_in(case("p15_ids"))}
    done = imported(tmp_path, (FILES / "p15_labels.csv").read_text(), traces)
    assert (done.kept, done.waiting) == (3, 0)
    labels = trace_labels(tmp_path)
    assert set(labels["trace_id"]) == set(labels["item_id"]) == traces


@pytest.mark.parametrize("column", ["", ",item_id"])
def test_two_people_who_write_an_id_in_other_cases_label_one_item(tmp_path: Path, column: str) -> None:
    lines = case("p16").read_text().splitlines()
    rows = [
        lines[0] + column,
        *(f"{line},{line.partition(',')[0]}" if column else line for line in lines[1:]),
    ]
    imported(tmp_path, "\n".join(rows))
    labels = trace_labels(tmp_path)
    assert labels["item_id"].tolist() == ["0123456789abcdef0123456789abcdef"] * 2
    assert labels["annotator"].tolist() == ["ann", "bob"]


def test_label_of_a_text_says_that_it_joins_no_otlp(tmp_path: Path) -> None:
    done = imported(tmp_path, f"{HEADER}order-1,tone,on_brand,2026-07-13,ann\n", {"0" * 31 + "1"})
    assert done.waiting == 1
    assert [note.kind for note in done.notes if note.warning] == ["texts_as_ids"]


def test_recorded_verdict_is_found_by_any_way_of_writing_its_trace(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.csv"
    uuid = "09C4196D-AAE4-4B8F-A79F-4341AFEBEB7E"
    rows = [f"{text},tone,v1,on_brand" for text in ("Order-2468", uuid)]
    path.write_text("\n".join(["trace_id,dimension,judge_version,label", *rows, "1.2E+30,tone,v1,x"]))
    file = recorded_file(path, {})
    for text in ("order-2468", uuid.lower()):
        assert file.verdict("tone", "v1", trace_id(text)) is not None
    assert [(problem.line, "spreadsheet" in problem.why) for problem in file.problems] == [(4, True)]
