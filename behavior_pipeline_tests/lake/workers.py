"""Programs that tests run as processes of their own: `python -m ...workers <what> <arguments>`."""

import datetime as dt
import multiprocessing
import os
import sys
import time
from pathlib import Path

import duckdb

from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.lake.server.server import server
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.tables.registry import lake_tables
from behavior_pipeline_tests.lake.frames import DAY, quarantine, spans


def hold(root: str) -> None:
    """Join the server, say so, and stay until stdin ends."""
    connection = server(Settings(data=Path(root))).connect()
    _say("joined")
    sys.stdin.read()
    connection.close()


def open_lake(root: str) -> None:
    """Open the lake, say so, and stay until stdin ends."""
    lake = Lake.open(Settings(data=Path(root)), lake_tables(["cost"]))
    lake.replace({"quarantine": quarantine()}, {"day": DAY})
    _say(str(len(lake.read("quarantine"))))
    sys.stdin.read()


def fill(root: str, url: str, *numbers: str) -> None:
    """Replace some days twice, as the first process ever to open the lake or not."""
    lake = Lake.open(Settings(data=Path(root), postgres_url=url), lake_tables(["cost"]))
    for number in [*numbers, *numbers]:
        day = DAY + dt.timedelta(days=int(number))
        frames = {"quarantine": quarantine(day, rows=50), "spans": spans(day, rows=int(number) + 1)}
        lake.replace(frames, {"day": day})


def fork(root: str) -> None:
    """Join the server, use it in a forked child, and leave it before the child does."""
    joined = server(Settings(data=Path(root)))
    child = multiprocessing.get_context("fork").Process(target=_forked, args=[root])
    child.start()
    joined.close()
    _say(str(child.pid))
    child.join()


def _forked(root: str) -> None:
    connection = server(Settings(data=Path(root))).connect()
    time.sleep(0.5)  # the parent has left by now
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    Path(root, "child-was-served").touch()


def write_published(path: str) -> None:
    """Open the published file for writing and write to it, again after every line of stdin."""
    connection = duckdb.connect(path)
    connection.execute("SET wal_autocheckpoint = '1TB'")
    for _ in range(2):
        connection.execute("CREATE OR REPLACE TABLE intruder AS SELECT 1 AS one")
        connection.execute("DELETE FROM quarantine")
        _say("wrote")
        sys.stdin.readline()


def _say(word: str) -> None:
    os.write(1, word.encode() + b"\n")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
