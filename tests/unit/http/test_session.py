"""An attempt ends in time and when the job is cancelled, whatever the other side does meanwhile."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest

from pd_incident_action.cancellation import Cancellation
from pd_incident_action.errors import ApiUnreachable, Cancelled
from pd_incident_action.http.client import ApiClient
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.http.messages import ApiRequest
from pd_incident_action.http.session import open_session

WRITE = ApiRequest("POST", "/incidents", "create the incident", json={})
HEAD = b"HTTP/1.1 200 OK\r\n"
Connect = Callable[..., ApiClient]


@dataclass
class Server:
    """Does something with each connection, over and over until the client is gone."""

    behave: Callable[[socket.socket], None]
    listening: socket.socket = field(
        default_factory=lambda: socket.create_server(("127.0.0.1", 0)), init=False
    )
    connected: threading.Event = field(default_factory=threading.Event, init=False)
    received: list[bytes] = field(default_factory=list, init=False)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.listening.getsockname()[1]}"

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listening.accept()
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            self.received.append(connection.recv(65536))
            self.connected.set()
            while True:
                self.behave(connection)


@contextmanager
def serving(behave: Callable[[socket.socket], None]) -> Iterator[Server]:
    server = Server(behave)
    threading.Thread(target=server.accept, daemon=True).start()
    yield server
    server.listening.close()


def dripping(once: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    """Send something, and then a drop every hundredth of a second."""
    begun: set[socket.socket] = set()

    def behave(connection: socket.socket) -> None:
        connection.sendall(drop if connection in begun else once)
        begun.add(connection)
        time.sleep(0.01)

    return behave


def flood(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


def silence(connection: socket.socket) -> None:
    if not connection.recv(1):
        raise ConnectionResetError


SLOW = {
    "drops of a status": dripping(b"HTTP/1.1 200 O", b"K"),
    "drops of a header": dripping(HEAD + b"X-Slow: ", b"y"),
    "header after header": dripping(HEAD, b"X-Slow: y\r\n"),
    "drops of a body": dripping(HEAD + b"Content-Length: 1000000\r\n\r\n", b"x"),
    "drops of chunks": dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "100 Continue, and again": flood,
    "nothing": silence,
}


@pytest.mark.parametrize("name", SLOW)
def test_an_answer_that_never_ends_is_waited_for_as_long_as_an_attempt_may_take(
    connect: Connect, name: str
) -> None:
    with serving(SLOW[name]) as server:
        began = time.monotonic()
        client = connect(base_url=f"http://{server.host}", attempt_seconds=0.3, max_attempts=1)
        with pytest.raises(ApiUnreachable, match="it gave no answer in time"):
            client.send(WRITE)
        assert 0.2 < time.monotonic() - began < 3


@pytest.mark.parametrize("name", SLOW)
def test_an_answer_is_not_waited_for_once_the_job_is_cancelled(name: str, connect: Connect) -> None:
    cancellation = Cancellation()
    with serving(SLOW[name]) as server:
        client = connect(
            base_url=f"http://{server.host}",
            deadline=Deadline(30),
            session=open_session(cancellation=cancellation),
        )
        threading.Thread(target=cancel_when, args=(server.connected, cancellation)).start()
        began = time.monotonic()
        with pytest.raises(Cancelled, match="SIGTERM"):
            client.send(WRITE)
        assert time.monotonic() - began < 3


def cancel_when(happened: threading.Event, cancellation: Cancellation) -> None:
    happened.wait(10)
    cancellation.cancel("SIGTERM")


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("is_proxy", [False, True])
def test_tls_and_proxies_that_stall_are_given_up(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, scheme: str, *, is_proxy: bool
) -> None:
    with serving(dripping(b"HTTP/1.1 2", b"0")) as server:
        host = server.host
        if is_proxy:
            monkeypatch.setenv(f"{scheme}_proxy", f"http://{host}")
            host = "api.example.com"
        began = time.monotonic()
        client = connect(base_url=f"{scheme}://{host}", attempt_seconds=0.3, max_attempts=1)
        with pytest.raises(ApiUnreachable):
            client.send(WRITE)
        assert time.monotonic() - began < 3


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Let the resolver not answer until the event is set."""
    answers, resolve = threading.Event(), socket.getaddrinfo

    def wait(*args: object, **options: object) -> object:
        answers.wait(30)
        return resolve(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    yield answers
    answers.set()


def test_a_resolver_that_does_not_answer_is_given_up_and_nothing_is_sent_later(
    connect: Connect, resolver: threading.Event
) -> None:
    with serving(silence) as server:
        url = f"http://{server.host}"
        began = time.monotonic()
        with pytest.raises(ApiUnreachable, match="it gave no answer in time"):
            connect(base_url=url, attempt_seconds=0.2, max_attempts=2).send(WRITE)
        assert time.monotonic() - began < 3
        resolver.set()
        left_behind = [one for one in threading.enumerate() if one.name == "connect"]
        assert len(left_behind) >= 2
        for thread in left_behind:
            thread.join(10)
        assert set(server.received) <= {b""}


def test_a_resolver_that_does_not_answer_does_not_hold_up_a_cancelled_job(
    connect: Connect, resolver: threading.Event
) -> None:
    cancellation, connecting = Cancellation(), threading.Event()
    session = open_session(cancellation=cancellation)
    threading.Thread(target=cancel_when, args=(connecting, cancellation)).start()

    def authenticate() -> dict[str, str]:
        connecting.set()
        return {}

    with serving(silence) as server:
        client = connect(
            base_url=f"http://{server.host}", session=session, authenticate=authenticate
        )
        began = time.monotonic()
        with pytest.raises(Cancelled):
            client.send(WRITE)
        assert time.monotonic() - began < 3
        assert not resolver.is_set()
