"""The delivery ledger: who was told what, when and with what result, in PostgreSQL.

A state change is told once: while it is sent, an advisory lock on its key is held, so that of two deliverers
at once the second waits and then finds it sent. The lock ends with the connection, so a killed deliverer
blocks nobody. Between a message that was handed over and the row that says so lies one moment; a process that
dies in it leaves an attempt `claimed`, of which nobody knows whether it arrived, and the next run sends
again. So: exactly once as long as nobody dies in that moment, at least once always. Each attempt is a row of
its own.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any, Literal

import pandas as pd
import psycopg2
from psycopg2.extensions import connection

from behavior_pipeline.errors import StorageError

COLUMNS = (
    "alert_id", "week", "state", "target", "attempt", "route", "severity", "status", "error", "at",
)  # fmt: skip
# CREATE ... IF NOT EXISTS of two processes at once fails in PostgreSQL's own catalog, hence the lock.
TABLE = """
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('alert_deliveries table'), hashtext(current_schema()));
CREATE TABLE IF NOT EXISTS alert_deliveries (
    alert_id text NOT NULL,
    week date NOT NULL,
    state text NOT NULL,
    target text NOT NULL,
    attempt integer NOT NULL,
    route text NOT NULL,
    severity text NOT NULL,
    status text NOT NULL CHECK (status IN ('claimed', 'sent', 'failed')),
    error text,
    at timestamptz NOT NULL,
    PRIMARY KEY (alert_id, week, state, target, attempt)
);
COMMIT;
"""
LOCK = "SELECT pg_advisory_lock(hashtext('alert delivery'), hashtext(%s))"
UNLOCK = "SELECT pg_advisory_unlock(hashtext('alert delivery'), hashtext(%s))"
OF_CHANGE = "alert_id = %s AND week = %s AND state = %s AND target = %s"
ATTEMPTS = f"SELECT attempt, status FROM alert_deliveries WHERE {OF_CHANGE}"  # noqa: S608 - constants
ALL = f"SELECT {', '.join(COLUMNS)} FROM alert_deliveries ORDER BY at, target, attempt"  # noqa: S608 - as above
BEGIN = f"INSERT INTO alert_deliveries VALUES ({', '.join(['%s'] * len(COLUMNS))})"  # noqa: S608 - as above
END = f"UPDATE alert_deliveries SET status = %s, error = %s, at = %s WHERE {OF_CHANGE} AND attempt = %s"  # noqa: S608


@dataclass(frozen=True)
class StateChange:
    """What is told once: a state of an alert after a week, to one target."""

    alert_id: str
    week: date
    state: str
    target: str


class Ledger:
    """The ledger of one process; one delivery at a time, since a session cannot exclude itself."""

    def __init__(self, connect: Callable[[], connection]) -> None:
        self._connect = connect
        self._link: connection | None = None
        self._one = threading.RLock()

    @contextmanager
    def claim(self, change: StateChange) -> Iterator["Claim"]:
        """Hold a state change exclusively; waits while another deliverer sends it."""
        name = "/".join(map(str, astuple(change)))
        with self._one:
            self._run(LOCK, [name])
            try:
                attempts = self._run(ATTEMPTS, astuple(change))
                yield Claim(
                    run=self._run,
                    change=change,
                    sent=any(status == "sent" for _, status in attempts),
                    attempts=max((attempt for attempt, _ in attempts), default=0),
                )
            finally:
                self._run(UNLOCK, [name])

    def told_severity(self, change: StateChange) -> str | None:
        """Return the severity this target was told last, in an earlier week; None if it never was."""
        rows = self._run(
            "SELECT severity FROM alert_deliveries WHERE alert_id = %s AND target = %s AND week < %s "
            "AND status = 'sent' ORDER BY week DESC, at DESC LIMIT 1",
            (change.alert_id, change.target, change.week),
        )
        return str(rows[0][0]) if rows else None

    def was_told(self, change: StateChange) -> bool:
        """Return whether this target was told of this state of the alert, in any week."""
        rows = self._run(
            "SELECT 1 FROM alert_deliveries WHERE alert_id = %s AND state = %s AND target = %s "
            "AND status = 'sent' LIMIT 1",
            (change.alert_id, change.state, change.target),
        )
        return bool(rows)

    def frame(self) -> pd.DataFrame:
        """Return every attempt, oldest first."""
        rows = self._run(ALL, ())
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def close(self) -> None:
        """Close the connection."""
        with self._one:
            if self._link is not None:
                self._link.close()
            self._link = None

    def _run(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self._one:
            try:
                if self._link is None:
                    self._link = self._connect()
                    self._link.autocommit = True
                    with self._link.cursor() as cursor:
                        cursor.execute(TABLE)
                with self._link.cursor() as cursor:
                    cursor.execute(statement, values)
                    return cursor.fetchall() if cursor.description else []
            except psycopg2.Error as error:
                self.close()
                raise StorageError(
                    happened=f"the delivery ledger cannot be used ({type(error).__name__})",
                    kept="what it holds; an attempt without a result is sent again by the next run",
                    remedy="check that PostgreSQL runs and that its schema may be written, then run again",
                ) from None


@dataclass(frozen=True)
class Claim:
    """A state change held exclusively: whether it was sent, and how many attempts were made before."""

    run: Callable[[str, Sequence[Any]], object]
    change: StateChange
    sent: bool
    attempts: int

    def begin(self, attempt: int, *, route: str, severity: str, at: datetime) -> None:
        """Write an attempt down before it is made."""
        values = (*astuple(self.change), attempt, route, severity, "claimed", None, at)
        self.run(BEGIN, values)

    def end(
        self, attempt: int, status: Literal["sent", "failed"], *, error: str | None, at: datetime
    ) -> None:
        """Write down what became of it; `error` is the name of its class, never its text."""
        self.run(END, (status, error, at, *astuple(self.change), attempt))
