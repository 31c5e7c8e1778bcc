import datetime as dt
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from behavior_pipeline.errors import ContractError, StorageError
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.lake.where import Between
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.tables.contract import Table, date, integer, text
from behavior_pipeline.tables.registry import lake_tables
from behavior_pipeline.tables.rows import Rows, RowWriter, arrow_schema
from behavior_pipeline_tests.lake.frames import DAY, alerts, quarantine, scores, spans, tuple_days

NEXT = DAY + dt.timedelta(days=1)


def test_replacing_twice_is_replacing_once(lake: Lake) -> None:
    lake.replace({"quarantine": quarantine()}, {"day": DAY})
    once = lake.read("quarantine")
    lake.replace({"quarantine": quarantine()}, {"day": DAY})
    assert_frame_equal(lake.read("quarantine"), once)


def test_replacing_a_day_leaves_the_other_days_alone(lake: Lake) -> None:
    for day in (DAY, NEXT):
        lake.replace({"quarantine": quarantine(day)}, {"day": day})
    lake.replace({"quarantine": quarantine(rows=0)}, {"day": DAY})
    assert_frame_equal(lake.read("quarantine"), quarantine_as_read(NEXT))


def test_rows_that_break_the_contract_leave_every_partition_as_it_was(lake: Lake) -> None:
    lake.replace({"quarantine": quarantine()}, {"day": DAY})
    before, snapshot = lake.read("quarantine"), lake.snapshot()
    with pytest.raises(ContractError):
        lake.replace(
            {"spans": spans(), "quarantine": quarantine().assign(reason="no such reason")}, {"day": DAY}
        )
    assert_frame_equal(lake.read("quarantine"), before)
    assert lake.read("spans").empty
    assert lake.snapshot() == snapshot


def test_rows_of_another_partition_are_refused(lake: Lake) -> None:
    with pytest.raises(ContractError, match="outside of its partition by day"):
        lake.replace({"quarantine": quarantine(NEXT)}, {"day": DAY})


def test_each_table_uses_the_partition_columns_it_declares(lake: Lake) -> None:
    both = pd.concat([tuple_days("tone"), tuple_days("cost")])
    lake.replace({"tuple_days": both[both.dimension == "tone"]}, {"day": DAY, "dimension": "tone"})
    frames = {"tuple_days": both[both.dimension == "cost"], "scores_cost": scores()}
    lake.replace(frames, {"day": DAY, "dimension": "cost"})
    assert sorted(lake.read("tuple_days")["dimension"]) == ["cost", "tone"]


def test_a_missing_partition_column_is_one_clear_error(lake: Lake) -> None:
    with pytest.raises(StorageError, match="partitioned by"):
        lake.replace({"tuple_days": tuple_days("tone")}, {"day": DAY})
    with pytest.raises(StorageError, match="partitioned by"):
        lake.replace({"events": pd.DataFrame()}, {"day": DAY})


def test_several_days_are_replaced_in_one_transaction(lake: Lake) -> None:
    days = [DAY, NEXT]
    rows = pd.concat([quarantine(day) for day in days])
    first = lake.replace({"quarantine": rows}, {"day": days})
    assert lake.replace({"quarantine": rows}, {"day": days}) == first + 1
    assert len(lake.read("quarantine")) == len(rows)


def test_append_adds_rows_and_never_doubles_a_key(lake: Lake) -> None:
    event = {"at": pd.Timestamp("2026-01-05T10:00Z"), "kind": "deploy", "name": "v7.3", "detail": None}
    lake.append("events", pd.DataFrame([event]))
    lake.append("events", pd.DataFrame([{**event, "detail": "again"}, {**event, "name": "v7.4"}]))
    assert list(lake.read("events")["name"]) == ["v7.3", "v7.4"]
    assert lake.read("events", {"name": "v7.3"})["detail"].item() == "again"


def test_read_selects_by_value_list_and_range(lake: Lake) -> None:
    days = [DAY + dt.timedelta(days=number) for number in range(4)]
    lake.replace({"quarantine": pd.concat([quarantine(day, rows=1) for day in days])}, {"day": days})
    read = lambda where: list(lake.read("quarantine", where, columns=["day"])["day"].dt.date)  # noqa: E731
    assert read({"day": days[1]}) == [days[1]]
    assert read({"day": [days[0], days[3]]}) == [days[0], days[3]]
    assert read({"day": Between(days[1], days[2])}) == days[1:3]
    assert read({"day": Between(low=days[2])}) == days[2:]
    assert read({"day": []}) == []
    assert read({"reason": "not_otlp"}) == []
    with pytest.raises(StorageError, match="no columns"):
        read({"weekday": 1})


@pytest.mark.parametrize(
    "day",
    [DAY, str(DAY), pd.Timestamp(DAY), np.datetime64(DAY), [DAY], {DAY}, pd.Series([pd.Timestamp(DAY)])],
    ids=lambda day: type(day).__name__,
)
def test_a_day_may_be_named_in_any_usual_way(lake: Lake, day: Any) -> None:
    lake.replace({"quarantine": quarantine()}, {"day": day})
    assert len(lake.read("quarantine", {"day": day, "line": np.int64(1)})) == 1


def test_a_large_integer_beside_a_null_keeps_its_last_digit(lake: Lake) -> None:
    frame = spans(rows=2)
    frame["input_tokens"] = pd.array([2**60 + 1, None], dtype="Int64")
    lake.replace({"spans": frame}, {"day": DAY})
    assert list(lake.read("spans")["input_tokens"].dropna()) == [2**60 + 1]


@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4),
    number=st.none() | st.integers(0, 2**63 - 1),
)
@hypothesis_settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_written_is_read_back(lake: Lake, texts: list[str], number: int | None) -> None:
    frame = spans(rows=len(texts)).assign(output_messages=texts)
    frame["input_tokens"] = pd.array([number] * len(texts), dtype="Int64")
    lake.replace({"spans": frame}, {"day": DAY})
    expected = lake.tables["spans"].validate(frame)
    assert_frame_equal(lake.read("spans"), expected, check_dtype=False)


def test_the_data_as_it_was_is_read_at_its_snapshot(lake: Lake) -> None:
    before = lake.replace({"quarantine": quarantine(rows=3)}, {"day": DAY})
    after = lake.replace({"quarantine": quarantine(rows=1)}, {"day": DAY})
    count = "SELECT count(*) AS n FROM analysis.quarantine AT (VERSION => {})"
    assert lake.sql(count.format(before))["n"].item() == 3
    assert lake.sql(count.format(after))["n"].item() == 1
    assert lake.snapshot() == after


def test_scores_of_all_dimensions_are_one_view(lake: Lake) -> None:
    lake.replace({"scores_cost": scores(), "scores_tone": scores()}, {"day": DAY})
    assert list(lake.sql("SELECT dimension FROM analysis.scores ORDER BY 1")["dimension"]) == ["cost", "tone"]


def test_version_tuples_span_the_days_they_were_seen(lake: Lake) -> None:
    for day in (DAY, NEXT):
        lake.replace({"tuple_days": tuple_days("tone", day)}, {"day": day, "dimension": "tone"})
    seen = lake.sql("SELECT first_seen, last_seen FROM analysis.version_tuples")
    assert [seen["first_seen"].item().date(), seen["last_seen"].item().date()] == [DAY, NEXT]


def test_the_view_of_alerts_shows_the_latest_week_of_each(lake: Lake) -> None:
    weeks = [DAY, DAY + dt.timedelta(days=7)]
    rows = pd.concat([alerts(weeks[0], state="opened"), alerts(weeks[1], state="recovered")])
    lake.replace({"drift_alerts": rows}, {"week": weeks})
    assert list(lake.sql("SELECT state FROM analysis.alerts")["state"]) == ["recovered"]


def test_a_new_dimension_gets_its_table_and_joins_the_view(lake: Lake) -> None:
    lake.replace({"scores_cost": scores()}, {"day": DAY})
    later = Lake.open(lake.settings, lake_tables(["cost", "brevity"]))
    later.replace({"scores_brevity": scores()}, {"day": DAY})
    assert sorted(later.sql("SELECT dimension FROM analysis.scores")["dimension"]) == ["brevity", "cost"]
    later.close()


def test_a_new_nullable_column_is_added_and_another_change_is_refused(
    settings_for: Callable[..., Settings],
) -> None:
    def table(**columns: object) -> dict[str, Table]:
        kinds = {"day": date("Day."), "name": text("Name."), **columns}
        return {"small": Table("small", "analysis", key=("day", "name"), partition=("day",), columns=kinds)}  # type: ignore[arg-type]

    Lake.open(settings_for(), table()).close()
    Lake.open(settings_for(), table(note=text("Note.", nullable=True))).close()
    assert Lake.open(settings_for(), table(note=text("Note.", nullable=True))).read("small").empty
    with pytest.raises(StorageError, match=r"missing columns \['count'\]"):
        Lake.open(settings_for(), table(note=text("Note.", nullable=True), count=integer("Count.")))
    with pytest.raises(StorageError, match=r"other types \['note'\]"):
        Lake.open(settings_for(), table(note=integer("Note.", nullable=True)))


def test_threads_of_one_process_share_a_lake(lake: Lake) -> None:
    days = [DAY + dt.timedelta(days=number) for number in range(6)]
    write = lambda day: lake.replace({"quarantine": quarantine(day)}, {"day": day})  # noqa: E731
    threads = [threading.Thread(target=write, args=[day]) for day in days]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(lake.read("quarantine")["day"].dt.date)) == days


def test_a_data_root_that_was_moved_reads_the_same_rows(
    lake: Lake, settings_for: Callable[..., Settings], tmp_path: Path
) -> None:
    lake.replace({"quarantine": quarantine()}, {"day": DAY})
    before = lake.read("quarantine")
    lake.close()
    elsewhere = tmp_path / "elsewhere"
    shutil.move(lake.settings.root, elsewhere)
    moved = Lake.open(settings_for(data=elsewhere), lake.tables)
    assert_frame_equal(moved.read("quarantine"), before)
    moved.replace({"quarantine": quarantine(rows=3)}, {"day": DAY})
    assert len(moved.read("quarantine")) == 3
    moved.close()


def test_upkeep_ends_time_travel_at_the_retention_and_keeps_every_row(lake: Lake) -> None:
    days = [DAY + dt.timedelta(days=number) for number in range(5)]
    for day in days * 2:
        lake.replace({"quarantine": quarantine(day)}, {"day": day})
    before = lake.read("quarantine")
    fresh = lake.maintain()
    assert fresh["expired_snapshots"] == 0
    assert fresh["merged_files"] >= len(days)
    connection = lake.server.connect("lake")
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE ducklake_snapshot SET snapshot_time = snapshot_time - INTERVAL '91 days'")
    connection.close()
    assert lake.maintain()["expired_snapshots"] > len(days)
    assert_frame_equal(lake.read("quarantine"), before)
    with pytest.raises(Exception, match=r"[Ss]napshot"):
        lake.sql("SELECT * FROM analysis.quarantine AT (VERSION => 2)")


def quarantine_as_read(day: dt.date) -> pd.DataFrame:
    return quarantine(day).astype(
        {"day": "datetime64[ns]", "line": "Int64", "record": "Int64", "byte_offset": "Int64"}
    )


def on_disk(folder: Path, *changes: dict[str, Any]) -> Rows:
    schema = arrow_schema(lake_tables({})["quarantine"])
    with RowWriter(folder / "rows.arrow", schema) as writer:
        for change in changes:
            row = quarantine(rows=1).to_dict("records")[0]
            writer.add({**row, "day": DAY, **change})
    return writer.rows()


def test_rows_on_disk_come_in_like_rows_in_memory(lake: Lake, tmp_path: Path) -> None:
    lake.replace({"quarantine": quarantine(rows=1)}, {"day": DAY})
    expected = lake.read("quarantine")
    lake.replace({"quarantine": on_disk(tmp_path, {})}, {"day": DAY})
    assert_frame_equal(lake.read("quarantine"), expected)
    assert lake.check("quarantine", {"day": DAY}) == 1


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ([{"reason": "no such word"}], "reason"),
        ([{}, {}], "not unique"),
        ([{"day": NEXT}], "outside of its partition"),
        ([{"digest": None}], "digest: not_nullable"),
    ],
)
def test_rows_on_disk_that_break_the_contract_change_nothing(
    lake: Lake, tmp_path: Path, changes: list[dict[str, Any]], named: str
) -> None:
    lake.replace({"quarantine": quarantine()}, {"day": DAY})
    before = lake.read("quarantine")
    with pytest.raises(ContractError, match=named):
        lake.replace({"quarantine": on_disk(tmp_path, *changes)}, {"day": DAY})
    assert_frame_equal(lake.read("quarantine"), before)
