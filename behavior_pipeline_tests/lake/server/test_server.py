import os
import shutil
import signal
import stat
from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy.engine import make_url

from behavior_pipeline.errors import StorageError
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.lake.server.embedded import Cluster
from behavior_pipeline.lake.server.server import Server, server
from behavior_pipeline.lake.server.server_users import ServerUsers
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.tables.registry import lake_tables
from behavior_pipeline_tests.lake.processes import finish, next_line, servers, start


def test_the_embedded_server_stops_when_its_last_process_leaves(data_root: Path) -> None:
    joined = server(Settings(data=data_root))
    with joined.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        assert cursor.fetchone() == ("ledger",)
    assert joined.url.startswith("postgresql+psycopg2://")
    assert stat.S_IMODE((data_root / "postgres").stat().st_mode) == 0o700  # it trusts whoever gets in
    assert servers(data_root)
    joined.close()
    assert not servers(data_root)


def test_a_path_with_a_space_and_a_long_path_start_on_a_private_socket(tmp_path: Path) -> None:
    root = tmp_path / "with a space" / ("long" * 25)
    joined = server(Settings(data=root))
    socket = Path(psycopg2.extensions.parse_dsn(joined.dsn)["host"])
    assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert len(os.fsencode(socket)) < 80
    Lake.open(Settings(data=root), lake_tables(["cost"])).close()
    joined.close()
    assert not servers(root)
    assert not socket.exists()


def test_a_number_that_another_process_got_is_no_user(tmp_path: Path) -> None:
    path = tmp_path / "handles.json"
    path.write_text(f'{{"{os.getppid()}": 12.5, "999999999": 1.0}}')
    assert ServerUsers(path).living() == {}
    ServerUsers(path).add()
    assert list(ServerUsers(path).living()) == [os.getpid()]
    assert ServerUsers(path).remove()


@pytest.mark.slow
def test_a_pid_file_that_names_another_program_does_not_stop_the_start(data_root: Path) -> None:
    server(Settings(data=data_root)).close()
    (data_root / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n/elsewhere\n")
    joined = server(Settings(data=data_root))
    joined.connect().close()
    joined.close()


@pytest.mark.slow
def test_a_server_that_was_killed_starts_again(data_root: Path) -> None:
    joined = server(Settings(data=data_root))
    for process in servers(data_root):
        process.send_signal(signal.SIGKILL)
    for process in servers(data_root):
        process.wait(10)
    again = server(Settings(data=data_root))
    again.connect().close()
    assert again == joined
    again.close()
    assert not servers(data_root)


def test_a_database_of_another_version_is_one_clear_error(data_root: Path) -> None:
    server(Settings(data=data_root)).close()
    (data_root / "postgres" / "PG_VERSION").write_text("not a version\n")
    with pytest.raises(StorageError, match="cannot start: the data directory is of version") as error:
        server(Settings(data=data_root))
    assert error.value.kept
    assert "move it away" in error.value.remedy
    assert not servers(data_root)


@pytest.mark.slow
def test_a_database_that_lost_its_control_file_says_what_postgresql_says(data_root: Path) -> None:
    server(Settings(data=data_root)).close()
    (data_root / "postgres" / "global" / "pg_control").unlink()
    with pytest.raises(StorageError, match=r"cannot start: .*could not find the database system") as error:
        server(Settings(data=data_root))
    assert str(data_root / "postgres" / "log") in error.value.remedy
    assert not servers(data_root)


def test_a_directory_with_other_files_is_not_made_a_database(data_root: Path) -> None:
    (data_root / "postgres").mkdir()
    (data_root / "postgres" / "thesis.txt").touch()
    with pytest.raises(StorageError, match="holds no PG_VERSION"):
        server(Settings(data=data_root))
    assert (data_root / "postgres" / "thesis.txt").exists()


def test_a_data_root_that_is_a_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        server(Settings(data=tmp_path / "file"))
    with pytest.raises(StorageError, match="cannot be written"):
        server(Settings(data=tmp_path / "file" / "below"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_root_without_the_right_to_write_is_one_clear_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="cannot be written"):
        server(Settings(data=tmp_path))


def test_an_address_without_a_server_is_one_clear_error(data_root: Path) -> None:
    with pytest.raises(StorageError, match="does not answer"):
        server(Settings(data=data_root, postgres_url="postgresql://nobody@127.0.0.1:1/none"))
    with pytest.raises(StorageError, match="is not an address") as error:
        server(Settings(data=data_root, postgres_url="my secret word"))
    assert "secret" not in str(error.value)


def test_a_server_of_ones_own_is_used_with_either_scheme(settings_for: Callable[..., Settings]) -> None:
    plain = settings_for()
    alchemy = settings_for(postgres_url=plain.postgres_url.replace("postgresql:", "postgresql+psycopg2:"))  # type: ignore[union-attr]
    assert server(plain) == server(alchemy)
    server(plain).connect().close()
    assert not (plain.root / "postgres").exists()


def test_a_password_survives_the_way_to_sqlalchemy() -> None:
    remote = Server("host=db.example port=6000 user=u password='p@ ss/w:d' dbname=b sslmode=require")
    url = make_url(remote.url)
    assert (url.password, url.port or url.query["port"], url.query["sslmode"]) == (
        "p@ ss/w:d",
        "6000",
        "require",
    )
    assert url.query["options"] == "-csearch_path=dagster"


@pytest.mark.slow
def test_six_processes_at_once_one_killed_and_nothing_is_left_behind(data_root: Path) -> None:
    workers = [start("hold", data_root) for _ in range(6)]
    assert {next_line(worker) for worker in workers} == {"joined"}
    assert len(Cluster(data_root / "postgres").path.joinpath(".handles.json").read_text().split(",")) == 6
    workers[0].kill()
    workers[0].wait()
    for worker in workers[1:-1]:
        assert finish(worker).count("Error") == 0
    assert servers(data_root)
    finish(workers[-1])
    assert not servers(data_root)


@pytest.mark.slow
def test_a_server_whose_users_were_all_killed_is_joined_and_stopped_by_the_next(data_root: Path) -> None:
    worker = start("hold", data_root)
    next_line(worker)
    worker.kill()
    worker.wait()
    assert servers(data_root)
    server(Settings(data=data_root)).close()
    assert not servers(data_root)


@pytest.mark.slow
def test_a_forked_child_keeps_the_server_and_stops_it(data_root: Path) -> None:
    worker = start("fork", data_root)
    next_line(worker)
    finish(worker)
    assert worker.returncode == 0
    assert (data_root / "child-was-served").exists()
    assert not servers(data_root)


@pytest.mark.slow
def test_a_copied_data_root_with_its_database_reads_the_same_rows(data_root: Path, tmp_path: Path) -> None:
    worker = start("open_lake", data_root)
    assert next_line(worker) == "2"
    finish(worker)
    shutil.copytree(data_root, tmp_path / "copy", ignore=shutil.ignore_patterns(".s.PGSQL*"))
    copy = start("open_lake", tmp_path / "copy")
    shutil.rmtree(data_root)
    assert next_line(copy) == "2"
    finish(copy)
    assert not servers(tmp_path / "copy")
