"""Starts workers and looks for PostgreSQL processes that were left behind."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).parents[2]


def start(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "behavior_pipeline_tests.lake.workers", *map(str, arguments)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip


def next_line(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None
    line = worker.stdout.readline().strip()
    assert line, finish(worker)
    return line


def finish(worker: subprocess.Popen[str]) -> str:
    """End a worker's input, wait for it, and return what it wrote to stderr."""
    _, complaints = worker.communicate(timeout=60)
    return complaints


def servers(root: Path) -> list[psutil.Process]:
    """Return every PostgreSQL process that works below a data root, and its children."""
    processes = []
    for process in psutil.process_iter(["name", "cmdline", "cwd"]):
        where = [*(process.info["cmdline"] or []), process.info["cwd"] or ""]
        if process.info["name"] == "postgres" and any(str(root) in part for part in where):
            processes.append(process)
    return processes
