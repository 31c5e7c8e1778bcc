import stat
from pathlib import Path

import duckdb
import pytest

from behavior_pipeline.errors import StorageError
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.lake.published import open_published
from behavior_pipeline_tests.lake.frames import DAY, quarantine, scores, spans
from behavior_pipeline_tests.lake.processes import next_line, start


def test_the_published_file_holds_the_analysis_tables_and_no_content(lake: Lake) -> None:
    lake.replace(
        {"spans": spans().assign(input_messages="canary-7f3a"), "scores_tone": scores()}, {"day": DAY}
    )
    path = lake.publish()
    assert path == lake.settings.root / "behavior.duckdb"
    with open_published(lake.settings.root) as published:
        names = set(published.tables())
        assert names >= {"scores", "scores_tone", "version_tuples", "alerts", "weekly_scores", "coverage"}
        assert not names & {table.name for table in lake.tables.values() if table.schema == "content"}
        assert list(published.sql("SELECT dimension FROM scores")["dimension"]) == ["tone"]
        assert len(published.sql("SELECT * FROM scores_tone")) == 1
        assert published.sql("SELECT * FROM scores_cost").empty
    assert b"canary-7f3a" not in path.read_bytes()


def test_nobody_may_write_to_the_published_file(lake: Lake) -> None:
    path = lake.publish()
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert not list(lake.settings.root.rglob("*.wal"))
    with open_published(lake.settings.root) as published, pytest.raises(duckdb.Error, match="read-only"):
        published.sql("DELETE FROM quarantine")


def test_an_open_reader_sees_the_next_publication(lake: Lake) -> None:
    lake.publish()
    with open_published(lake.settings.root) as published:
        assert published.sql("SELECT * FROM quarantine").empty
        lake.replace({"quarantine": quarantine()}, {"day": DAY})
        lake.publish()
        assert len(published.sql("SELECT * FROM quarantine")) == 2
    assert len(list((lake.settings.root / "published").iterdir())) == 1


def test_the_published_file_moves_with_its_data_root(lake: Lake, tmp_path: Path) -> None:
    lake.replace({"quarantine": quarantine()}, {"day": DAY})
    lake.publish()
    moved = lake.settings.root.rename(tmp_path / "moved")
    with open_published(moved) as published:
        assert len(published.sql("SELECT * FROM quarantine")) == 2


def test_opening_before_the_first_publication_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="nothing is published yet"):
        open_published(tmp_path)


def test_a_publication_that_fails_leaves_the_last_one(lake: Lake) -> None:
    lake.replace({"quarantine": quarantine()}, {"day": DAY})
    lake.publish()
    lake.sql("DROP VIEW analysis.alerts")
    with pytest.raises(duckdb.Error):
        lake.publish()
    with open_published(lake.settings.root) as published:
        assert len(published.sql("SELECT * FROM quarantine")) == 2
    assert len(list((lake.settings.root / "published").iterdir())) == 1


@pytest.mark.slow
@pytest.mark.parametrize("writes_after_the_publication", [False, True])
def test_a_killed_writer_of_an_older_copy_never_changes_the_next(
    lake: Lake, *, writes_after_the_publication: bool
) -> None:
    lake.replace({"quarantine": quarantine()}, {"day": DAY})
    path = lake.publish()
    path.chmod(0o644)
    writer = start("write_published", path)
    assert next_line(writer) == "wrote"
    if not writes_after_the_publication:
        writer.kill()
        writer.wait()
    lake.publish()
    if writes_after_the_publication:
        assert writer.stdin
        writer.stdin.write("\n")
        writer.stdin.flush()
        assert next_line(writer) == "wrote"
        writer.kill()
        writer.wait()
    for _ in range(2):  # read-only, and by a plain connection that would replay a log
        with duckdb.connect(str(path), read_only=True) as plain:
            assert plain.execute("SELECT count(*) FROM quarantine").fetchone() == (2,)
            assert plain.execute(
                "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'intruder'"
            ).fetchone() == (0,)
    lake.publish()
    assert len(list((lake.settings.root / "published").iterdir())) == 1
