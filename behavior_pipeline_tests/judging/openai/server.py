"""A real HTTP server that speaks the chat completions protocol and misbehaves as told."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from behavior_pipeline_tests.http_servers import serving


@dataclass(frozen=True)
class Reply:
    """What the server does with one request."""

    content: str | None = '{"reason": "the documents say so", "label": "faithful"}'
    refusal: str | None = None
    finish_reason: str = "stop"
    model: str | None = "gpt-test-2026-03"
    fingerprint: str | None = "fp_1"
    usage: tuple[int, int] | None = (1000, 50)
    seconds: float = 0.0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    body: bytes | None = None


Script = Callable[[dict[str, Any], int], Reply]


def verdict(label: str, **changes: Any) -> Reply:
    """Return an orderly answer."""
    return Reply(content=json.dumps({"reason": f"because {label}", "label": label}), **changes)


class OpenAIServer(ThreadingHTTPServer):
    """Counts what it is asked; `script` gets the request and how often the same one came before."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.concurrent = self.most_concurrent = 0
        self.guard = threading.Lock()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def enter(self, request: dict[str, Any]) -> int:
        with self.guard:
            before = sum(known["messages"] == request["messages"] for known in self.requests)
            self.requests.append(request)
            self.concurrent += 1
            self.most_concurrent = max(self.most_concurrent, self.concurrent)
            return before

    def leave(self) -> None:
        with self.guard:
            self.concurrent -= 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away (killed, timed out) is part of the game."""


@contextmanager
def openai_server(script: Script = lambda request, before: Reply()) -> Iterator[OpenAIServer]:
    with serving(OpenAIServer(script)) as server:
        yield server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: OpenAIServer

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.keys.append(self.headers.get("Authorization", ""))
        if self.path != "/v1/chat/completions":
            self._send(Reply(status=404, error={"message": "no such path", "code": "not_found"}))
            return
        before = self.server.enter(request)
        try:
            reply = self.server.script(request, before)
            time.sleep(reply.seconds)
        finally:
            self.server.leave()
        self._send(reply)

    def _send(self, reply: Reply) -> None:
        raw = reply.body if reply.body is not None else json.dumps(_body(reply)).encode()
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *args: Any) -> None:
        """Stay silent."""


def _body(reply: Reply) -> dict[str, Any]:
    if reply.status != 200:
        return {"error": {"message": "failed", "type": "server_error", **(reply.error or {})}}
    message = {"role": "assistant", "content": reply.content, "refusal": reply.refusal}
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1767600000,
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason}],
        "system_fingerprint": reply.fingerprint,
    }
    if reply.model is not None:
        body["model"] = reply.model
    if reply.usage is not None:
        prompt, output = reply.usage
        body["usage"] = {
            "prompt_tokens": prompt,
            "completion_tokens": output,
            "total_tokens": prompt + output,
        }
    return body
