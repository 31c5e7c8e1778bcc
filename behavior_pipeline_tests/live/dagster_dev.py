"""A real `dagster dev` on a data root of its own, spoken to over GraphQL."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psutil

from behavior_pipeline.settings.model import Privacy
from behavior_pipeline.settings.variables import CONFIG_VARIABLE, DATA_VARIABLE

REPOSITORY = Path(__file__).parents[2]
UP_SECONDS, DOWN_SECONDS, RUN_SECONDS = 120, 60, 900
DONE = {"SUCCESS", "FAILURE", "CANCELED"}
BACKFILL_DONE = {"COMPLETED_SUCCESS", "COMPLETED_FAILED", "COMPLETED", "FAILED", "CANCELED"}
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"

BACKFILL = """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
BACKFILL_STATUS = """query($id: String!) { partitionBackfillOrError(backfillId: $id) {
  __typename ... on PartitionBackfill { status error { message } } } }"""
LAUNCH = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } } } }"""
RUNS = """{ runsOrError { ... on Runs { results {
  runId status tags { key value } assetSelection { path } } } } }"""
REPOSITORIES = (
    """{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"""
)
ASSETS = """{ assetNodes { assetKey { path } groupName jobNames } }"""


@dataclass(frozen=True)
class Run:
    """A run as GraphQL tells of it."""

    run_id: str
    status: str
    tags: Mapping[str, str]
    assets: tuple[str, ...]


@dataclass(frozen=True)
class Dev:
    """A running `dagster dev`."""

    url: str
    root: Path
    process: "subprocess.Popen[bytes]"

    def ask(self, query: str, **variables: Any) -> Any:
        """Return the data of a GraphQL query; an error of it is an assertion's."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own server
                reply = json.load(answer)
        except urllib.error.HTTPError as refused:  # GraphQL says in the body what it cannot read
            raise AssertionError(refused.read().decode()) from refused
        assert "errors" not in reply, reply["errors"]
        return reply["data"]

    def assets(self, job: str) -> list[str]:
        """Return the assets of a job."""
        return sorted(
            node["assetKey"]["path"][0] for node in self.ask(ASSETS)["assetNodes"] if job in node["jobNames"]
        )

    def backfill(self, assets: Sequence[str], days: Sequence[date]) -> None:
        """Launch one backfill of some assets over consecutive days and wait for it."""
        span = {"range": {"start": str(days[0]), "end": str(days[-1])}}
        by_asset = [{"assetKey": {"path": [name]}, "partitions": span} for name in assets]
        params = {"partitionsByAssets": by_asset, "title": "all", "tags": []}
        launched = self.ask(BACKFILL, params=params)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        self._wait(lambda: self._backfill_is_done(launched["backfillId"]))

    def _backfill_is_done(self, backfill: str) -> bool:
        backfills = self.ask(BACKFILL_STATUS, id=backfill)["partitionBackfillOrError"]
        assert backfills["status"] in ("COMPLETED_SUCCESS", "REQUESTED", "COMPLETED"), backfills
        return backfills["status"] in BACKFILL_DONE

    def launch(self, job: str, assets: Sequence[str], day: date) -> str:
        """Launch a run of one day and return its id."""
        (repository,) = self.ask(REPOSITORIES)["repositoriesOrError"]["nodes"]
        place = {
            "repositoryName": repository["name"],
            "repositoryLocationName": repository["location"]["name"],
        }
        selector = {**place, "pipelineName": job, "assetSelection": [{"path": [name]} for name in assets]}
        tags = [{"key": "dagster/partition", "value": str(day)}]
        params = {
            "selector": selector,
            "mode": "default",
            "executionMetadata": {"tags": tags},
            "runConfigData": {},
        }
        launched = self.ask(LAUNCH, params=params)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def runs(self) -> list[Run]:
        """Return all runs, the first one first."""
        runs = self.ask(RUNS)["runsOrError"]["results"]
        return [
            Run(
                run["runId"], run["status"], {tag["key"]: tag["value"] for tag in run["tags"]},
                tuple(sorted(key["path"][0] for key in run["assetSelection"] or ())),
            )
            for run in reversed(runs)
        ]  # fmt: skip

    def wait_for_runs(self) -> list[Run]:
        """Wait until no run is waiting or at work, and return all."""
        self._wait(lambda: {run.status for run in self.runs()} <= DONE)
        return self.runs()

    def _wait(self, done: Any) -> None:
        until = time.monotonic() + RUN_SECONDS
        while not done():
            assert time.monotonic() < until, "the runs did not end"
            assert self.process.poll() is None, "dagster dev ended"
            time.sleep(1)


@contextmanager
def dagster_dev(root: Path, log: Path) -> Iterator[Dev]:
    """Start `dagster dev` on a data root, and end it as Ctrl-C would."""
    port = _free_port()
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith("BEHAVIOR_PIPELINE_")
    }
    environment |= {
        "DAGSTER_HOME": str(REPOSITORY), "DAGSTER_DISABLE_TELEMETRY": "1", DATA_VARIABLE: str(root),
        CONFIG_VARIABLE: str(root / "pipeline.toml"), Privacy().key_variable: "one key for all roots",
    }  # fmt: skip
    command = [str(Path(sys.executable).with_name("dagster")), "dev", "-h", "127.0.0.1", "-p", str(port)]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=REPOSITORY, env=environment, stdout=stream, stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - `&` ignores it
        )  # fmt: skip
    dev = Dev(f"http://127.0.0.1:{port}", root, process)
    try:
        _until_up(dev, log)
        yield dev
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(DOWN_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # its own session: ours alone
            raise


def processes_of(root: Path) -> list[str]:
    """Return what runs for a data root: whose environment or command line names it."""
    processes = []
    for process in psutil.process_iter(["cmdline"]):
        try:
            named = process.environ().get(DATA_VARIABLE) == str(root)
        except psutil.Error:  # it ended meanwhile, or is another user's
            named = False
        command = " ".join(process.info["cmdline"] or ())
        if process.pid != os.getpid() and (named or str(root) in command):
            processes.append(command)
    return processes


def _until_up(dev: Dev, log: Path) -> None:
    until = time.monotonic() + UP_SECONDS
    while True:
        assert dev.process.poll() is None, log.read_text()[-3000:]
        try:
            if dev.ask(ASSETS)["assetNodes"]:
                return
        except OSError:
            pass
        assert time.monotonic() < until, log.read_text()[-3000:]
        time.sleep(0.5)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
