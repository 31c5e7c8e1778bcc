"""A real S3-compatible server on loopback, which can be told to answer wrongly and counts its answers."""

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.request import Request as Post
from urllib.request import urlopen

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

BUCKET = "behavior"
REGION = "eu-central-1"
VARIABLES = (
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_PROFILE",
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    """One request as the server saw it, and what it answered."""

    number: int
    method: str
    path: str
    query: str
    range: str
    signed: bool
    status: int = 0

    @property
    def kind(self) -> str:
        """Name the operation as far as tests tell them apart."""
        if "list-type=2" in self.query:
            return "LIST"
        if "uploads" in self.query.split("&")[0]:
            return "CREATE"
        if "uploadId" in self.query:
            return "PART" if self.method == "PUT" else "COMPLETE" if self.method == "POST" else "ABORT"
        return self.method


Rule = Callable[[Request], str]
FINE, CUT, BUSY, DENIED = "", "cut", "503 Slow Down", "403 Forbidden"
CODES = {BUSY: "SlowDown", DENIED: "AccessDenied"}


def well(_: Request) -> str:
    """Answer every request."""
    return FINE


def every(count: int) -> Rule:
    """Answer 503 to one request in `count`, by the clock of requests."""
    return lambda request: BUSY if request.number % count == count - 1 else FINE


def by_chance(share: float, seed: int) -> Rule:
    """Answer 503 to a share of the requests, drawn from a seed."""
    drawn = random.Random(seed)  # noqa: S311 - a repeatable choice
    return lambda _: BUSY if drawn.random() < share else FINE


def first_of_each(*kinds: str, wrong: str = BUSY) -> Rule:
    """Answer wrongly to the first request of each kind, path and query."""
    seen: set[tuple[str, str, str, str]] = set()

    def rule(request: Request) -> str:
        key = (request.kind, request.path, request.query, request.range)
        if request.kind not in kinds or key in seen:
            return FINE
        seen.add(key)
        return wrong

    return rule


@dataclass
class ObjectStore:
    """The server's address, its rule and its record; `rule` may be changed at any time."""

    rule: Rule = well
    record: list[Request] = field(default_factory=list)
    url: str = ""
    before: Callable[[Request], None] | None = None
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables by which a process finds this server."""
        return {
            "AWS_ENDPOINT_URL_S3": self.url, "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "loopback", "AWS_SECRET_ACCESS_KEY": "a secret of nobody",
        }  # fmt: skip

    def count(self, *kinds: str, status: int | None = None) -> int:
        """Return how many requests there were, of some kinds, with a status."""
        with self._guard:
            return sum(
                (not kinds or request.kind in kinds) and status in (None, request.status)
                for request in self.record
            )

    def forget(self) -> None:
        """Start a new record."""
        with self._guard:
            self.record.clear()

    def __call__(self, environ: Mapping[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer as moto does, or as the rule says."""
        with self._guard:
            request = Request(
                len(self.record), environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"],
                environ.get("HTTP_RANGE", ""), signed="HTTP_AUTHORIZATION" in environ,
            )  # fmt: skip
            wrong = self.rule(request)
            self.record.append(request)
        if self.before is not None:
            self.before(request)
        if wrong in CODES:
            # A body that was not read would be taken for the next request of the connection.
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            self._note(request, int(wrong[:3]))
            body = f"<?xml version='1.0'?><Error><Code>{CODES[wrong]}</Code></Error>".encode()
            start_response(wrong, [("Content-Length", str(len(body)))])
            return [] if request.method == "HEAD" else [body]

        def started(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            self._note(request, int(status.split(maxsplit=1)[0]))
            return start_response(status, headers, *more)

        answer = self._moto(environ, started)
        return _half(answer) if wrong == CUT else answer

    def _note(self, request: Request, status: int) -> None:
        with self._guard:
            if request.number < len(self.record):
                self.record[request.number] = replace(request, status=status)


def _half(body: Iterable[bytes]) -> Iterator[bytes]:
    """Send half of what Content-Length promised."""
    whole = b"".join(body)
    yield whole[: len(whole) // 2]


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any, **__: Any) -> None:
        """Say nothing: tests look at the record."""


@contextmanager
def object_store(rule: Rule = well) -> Iterator[ObjectStore]:
    """Run a server on a free port, with one empty bucket."""
    store = ObjectStore()
    server: BaseWSGIServer = make_server("127.0.0.1", 0, store, threaded=True, request_handler=_Handler)
    store.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        urlopen(Post(f"{store.url}/moto-api/reset", method="POST")).close()  # noqa: S310 - of loopback
        client(store).create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        store.forget()
        store.rule = rule
        yield store
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def client(store: ObjectStore) -> Any:
    """Return a client of another make than the ones under test, to put objects and look at them."""
    import boto3  # noqa: PLC0415 - slow to import

    return boto3.client(
        "s3", endpoint_url=store.url, region_name=REGION,
        aws_access_key_id="other", aws_secret_access_key="other",  # noqa: S106 - of nobody
    )  # fmt: skip
