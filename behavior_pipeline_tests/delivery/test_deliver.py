import threading
from collections.abc import Mapping
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg2
import pytest

from behavior_pipeline.delivery.deliver import Delivery, deliver
from behavior_pipeline.delivery.ledger import Ledger, StateChange
from behavior_pipeline.errors import ConfigError, StorageError
from behavior_pipeline.settings.model import Route
from behavior_pipeline_tests.delivery.servers import webhook
from behavior_pipeline_tests.delivery.world import CLOCK, WEEK, alert, alerts
from behavior_pipeline_tests.ledger_database import Connect

spawn = get_context("spawn")
FILE = {"default": Route(file=True)}
NEXT = pd.Timestamp("2026-03-16")


def run(rows: pd.DataFrame, ledger: Ledger, root: Path, routes: Mapping[str, Route] = FILE) -> list[Delivery]:
    return deliver(rows, routes, ledger=ledger, root=root, clock=CLOCK, wait=lambda seconds: None)


def statuses(deliveries: list[Delivery]) -> list[str]:
    return [one.status for one in deliveries]


def lines(root: Path) -> int:
    path = root / "alerts" / "alerts.jsonl"
    return len(path.read_text().splitlines()) if path.exists() else 0


class TestOncePerStateChange:
    def test_rerun_sends_nothing(self, ledger: Ledger, tmp_path: Path) -> None:
        assert statuses(run(alerts(alert()), ledger, tmp_path)) == ["sent"]
        assert statuses(run(alerts(alert()), ledger, tmp_path)) == ["already_sent"]
        assert lines(tmp_path) == 1

    def test_recovery_is_told_as_well(self, ledger: Ledger, tmp_path: Path) -> None:
        run(alerts(alert()), ledger, tmp_path)
        assert statuses(run(alerts(alert(state="recovered", week=NEXT)), ledger, tmp_path)) == ["sent"]
        assert lines(tmp_path) == 2

    @pytest.mark.parametrize("state", ["suppressed", "acknowledged"])
    def test_quiet_states_are_not_told(self, ledger: Ledger, tmp_path: Path, state: str) -> None:
        assert run(alerts(alert(state=state, route="nowhere")), ledger, tmp_path) == []

    def test_no_alerts_are_no_deliveries(self, ledger: Ledger, tmp_path: Path) -> None:
        assert run(alerts(), ledger, tmp_path) == []

    @pytest.mark.parametrize(("severity", "expected"), [("info", []), ("warn", []), ("page", ["sent"])])
    def test_update_is_told_if_severity_rose(
        self, ledger: Ledger, tmp_path: Path, severity: str, expected: list[str]
    ) -> None:
        run(alerts(alert()), ledger, tmp_path)
        update = alerts(alert(state="updated", week=NEXT, severity=severity))
        assert statuses(run(update, ledger, tmp_path)) == expected
        assert statuses(run(update, ledger, tmp_path)) == ["already_sent"] * len(expected)

    def test_update_of_an_alert_nobody_heard_of_is_told(self, ledger: Ledger, tmp_path: Path) -> None:
        run(alerts(alert(state="suppressed")), ledger, tmp_path)
        assert statuses(run(alerts(alert(state="updated", week=NEXT)), ledger, tmp_path)) == ["sent"]


class TestFailure:
    def test_target_is_tried_again_with_growing_waits(self, ledger: Ledger, tmp_path: Path) -> None:
        waits: list[float] = []
        with webhook(500, 503) as server:
            routes = {"default": Route(urls=(server.url,), max_attempts=4)}
            (delivery,) = deliver(
                alerts(alert()), routes, ledger=ledger, root=tmp_path, clock=CLOCK, wait=waits.append
            )
        assert (delivery.status, delivery.attempts, len(server.taken)) == ("sent", 3, 1)
        assert waits == [0.5, 1.0]
        assert ledger.frame()["status"].tolist() == ["failed", "failed", "sent"]

    def test_failed_delivery_is_sent_by_the_next_run(self, ledger: Ledger, tmp_path: Path) -> None:
        with webhook(500, 500) as server:
            routes = {"default": Route(urls=(server.url,), max_attempts=2)}
            (first,) = run(alerts(alert()), ledger, tmp_path, routes)
            (second,) = run(alerts(alert()), ledger, tmp_path, routes)
        assert (first.status, first.error, second.status) == ("failed", "DeliveryError", "sent")
        assert ledger.frame()["attempt"].tolist() == [1, 2, 3]

    def test_dead_target_holds_up_no_other(self, ledger: Ledger, tmp_path: Path) -> None:
        with webhook() as server:
            route = Route(urls=("json://127.0.0.1:9/", server.url), file=True, max_attempts=1)
            first = run(alerts(alert(), alert(alert_id="b")), ledger, tmp_path, {"default": route})
            assert sorted(statuses(first)) == ["failed", "failed", "sent", "sent", "sent", "sent"]
            again = run(alerts(alert(), alert(alert_id="b")), ledger, tmp_path, {"default": route})
        assert sorted(statuses(again)) == ["already_sent"] * 4 + ["failed"] * 2
        assert (len(server.taken), lines(tmp_path)) == (2, 2)

    def test_attempt_of_a_dead_deliverer_is_sent_again(self, ledger: Ledger, tmp_path: Path) -> None:
        with ledger.claim(StateChange("a1b2c3", WEEK, "opened", "file")) as claim:
            claim.begin(1, route="default", severity="warn", at=CLOCK())
        assert statuses(run(alerts(alert()), ledger, tmp_path)) == ["sent"]
        assert ledger.frame()["status"].tolist() == ["claimed", "sent"]


class TestRoutes:
    def test_unknown_route_is_told_before_anything_is_sent(self, ledger: Ledger, tmp_path: Path) -> None:
        rows = alerts(alert(), alert(alert_id="b", route="pagers"))
        with pytest.raises(ConfigError, match="'pagers'"):
            run(rows, ledger, tmp_path)
        assert lines(tmp_path) == 0

    def test_route_that_reaches_nobody_is_refused(self, ledger: Ledger, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="reaches nobody"):
            run(alerts(alert()), ledger, tmp_path, {"default": Route()})

    def test_ledger_holds_no_url(self, ledger: Ledger, tmp_path: Path) -> None:
        with webhook() as server:
            url = server.url.replace("json://", "json://user:canary@")
            run(alerts(alert()), ledger, tmp_path, {"default": Route(urls=(url,))})
        (row,) = ledger.frame().to_dict("records")
        assert row["target"].startswith("apprise:json:")
        assert "canary" not in str(row)


class TestTwoDeliverers:
    def test_threads_with_ledgers_of_their_own_send_once(self, connect: Connect, tmp_path: Path) -> None:
        results: list[str] = []

        def work(routes: dict[str, Any]) -> None:
            results.extend(statuses(run(alerts(alert()), Ledger(connect), tmp_path, routes)))

        with webhook(seconds=0.2) as server:
            routes = {"default": Route(urls=(server.url,))}
            threads = [threading.Thread(target=work, args=(routes,)) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert sorted(results) == ["already_sent", "already_sent", "sent"]
        assert server.attempts == 1

    def test_processes_send_once(self, dsn: str, tmp_path: Path) -> None:
        workers = [spawn.Process(target=_deliver_many, args=(dsn, tmp_path)) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        assert [worker.exitcode for worker in workers] == [0, 0]
        assert lines(tmp_path) == 20


def _deliver_many(dsn: str, root: Path) -> None:
    rows = alerts(*(alert(alert_id=f"a{n}") for n in range(20)))
    run(rows, Ledger(lambda: psycopg2.connect(dsn)), root)


def test_unreachable_ledger_is_a_storage_error(tmp_path: Path) -> None:
    def refuse() -> psycopg2.extensions.connection:
        raise psycopg2.OperationalError("password=canary")

    with pytest.raises(StorageError) as caught:
        run(alerts(alert()), Ledger(refuse), tmp_path)
    assert "canary" not in str(caught.value)
    assert lines(tmp_path) == 0
