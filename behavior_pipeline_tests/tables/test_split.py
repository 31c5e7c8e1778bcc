"""A row that breaks its table's contract costs itself: the others stay, and quarantine says which one."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.contract import Table
from behavior_pipeline.tables.rows import RowWriter, arrow_schema
from behavior_pipeline.tables.split import split, without_broken
from behavior_pipeline.tables.traces import INGESTED, QUARANTINE, SPANS, TRACES
from behavior_pipeline_tests.lake.frames import DAY, spans

BROKEN = [
    {"input_tokens": 2**63}, {"input_tokens": -1}, {"operation": "no such word"}, {"name": None},
    {"name": "half a pair \ud800"}, {"sampling_weight": 0.5}, {"input_tokens": "many"},
]  # fmt: skip


def three(change: dict[str, Any]) -> pd.DataFrame:
    rows = spans(rows=3).astype(object)
    for name, value in change.items():
        rows.at[1, name] = value
    return rows


@pytest.mark.parametrize("change", BROKEN)
def test_one_broken_row_is_refused_and_its_neighbours_stay(change: dict[str, Any]) -> None:
    parted = split(SPANS, three(change))
    assert isinstance(parted.kept, pd.DataFrame)
    assert SPANS.validate(parted.kept)["span_id"].tolist() == ["0000", "0002"]
    assert parted.refused["span_id"].tolist() == ["0001"]
    assert parted.problems.total() > 0


def test_of_rows_with_one_key_the_first_stays() -> None:
    parted = split(SPANS, three({"span_id": "0000"}))
    assert (len(parted.kept), parted.refused["place"].tolist()) == (2, [2])


@pytest.mark.parametrize("change", [{"operation": "no such word"}, {"name": None}, {"input_tokens": -1}])
def test_rows_on_disk_are_split_alike_and_the_account_follows(change: dict[str, Any], tmp_path: Path) -> None:
    with RowWriter(tmp_path / "spans.parquet", arrow_schema(SPANS)) as writer:
        for row in three(change).astype(object).where(lambda cells: cells.notna(), None).to_dict("records"):
            writer.add({str(name): value for name, value in row.items()})
    account = INGESTED.frame(
        [{**dict.fromkeys(INGESTED.columns, 0), "day": DAY, "file": "f", "present": 3, "stored": 3}]
    )
    kept, refused, problems = without_broken(
        {"spans": SPANS, "ingested": INGESTED}, {"spans": writer.rows(), "ingested": account}
    )
    assert len(kept["spans"]) == 2
    row = kept["ingested"].iloc[0]  # type: ignore[union-attr]
    assert (row["present"], row["stored"], row["quarantined"]) == (3, 2, 1)
    assert QUARANTINE.validate(refused)["reason"].tolist() == [Reason.BROKEN_CONTRACT]
    assert refused["file"].tolist() == ["content.spans"]
    assert "no such word" not in str(problems)


def test_a_trace_that_one_table_refuses_is_in_no_other_of_the_write() -> None:
    row = dict.fromkeys(TRACES.columns)
    facts = Table(
        "facts",
        "analysis",
        ("day", "trace_id"),
        ("day",),
        {n: TRACES.columns[n] for n in ("day", "trace_id")},
    )
    traces = pd.DataFrame([{**row, "day": DAY, "trace_id": "broken"}]).astype(object)
    both = pd.DataFrame({"day": [DAY, DAY], "trace_id": ["broken", "other"]})
    kept, refused, _ = without_broken({"traces": TRACES, "facts": facts}, {"traces": traces, "facts": both})
    assert kept["facts"]["trace_id"].tolist() == ["other"]  # type: ignore[union-attr]
    assert len(refused) == 1


@pytest.mark.parametrize("count", [2**53 + 1, 2**63 - 1])
def test_counts_beside_a_missing_one_stay_whole(count: int) -> None:
    rows = [{**dict.fromkeys(SPANS.columns), "input_tokens": cell} for cell in (count, None)]
    cells = SPANS.frame(rows)["input_tokens"]
    assert cells.iloc[0] == count
    assert pd.isna(cells.iloc[1])
