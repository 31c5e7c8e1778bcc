"""Real servers that alerts are sent to: a webhook and a mail host."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

from behavior_pipeline_tests.http_servers import serving


class Webhook(ThreadingHTTPServer):
    """Keeps what is posted; `statuses` are answered one after the other, then 200."""

    daemon_threads = True

    def __init__(self, statuses: list[int], seconds: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.statuses, self.seconds = statuses, seconds
        self.taken: list[dict[str, Any]] = []
        self.attempts = 0

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server_port}/hook"


class _Handler(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.attempts += 1
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        time.sleep(self.server.seconds)
        if status == 200:
            self.server.taken.append(message)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Stay silent."""


@contextmanager
def webhook(*statuses: int, seconds: float = 0.0) -> Iterator[Webhook]:
    with serving(Webhook(list(statuses), seconds)) as server:
        yield server


class Mailbox:
    """The messages a mail host took."""

    def __init__(self) -> None:
        self.mails: list[str] = []
        self.recipients: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append(envelope.content.decode())
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@contextmanager
def mail_host() -> Iterator[tuple[Mailbox, int]]:
    mailbox = Mailbox()
    controller = _AnyPort(mailbox, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        yield mailbox, controller.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    finally:
        controller.stop()


class _AnyPort(Controller):
    """A controller that knocks at the port the system chose, not at port 0."""

    def _trigger_server(self) -> None:
        assert self.server
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
