"""A request on the early connection is sent once at most, and its answer is never another's."""

from __future__ import annotations

import gzip
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import private_ca
from pd_incident_action.http.answers import MAX_ANSWER_BYTES, InvalidResponse
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.http.early_connection import EarlyConnection
from pd_incident_action.http.preconnect import Preconnector
from pd_incident_action.http.wire import Outgoing, Received
from pd_incident_simulator import Simulator

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Id: 7\r\n\r\n{}"


class Api:
    """Answers with bytes, one entry for each request; ends the connection when there are no more.

    Args:
        answers: what to send, in parts with a pause in between.
    """

    def __init__(self, *answers: bytes | tuple[bytes, ...]) -> None:
        self.heads: list[bytes] = []
        self._answers = answers
        self._server = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self.port: int = self._server.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def _serve(self) -> None:
        # A test may be over before its connection is accepted.
        with suppress(OSError), self._server.accept()[0] as connection:
            for answer in self._answers:
                self.heads.append(connection.recv(65536))
                for part in (answer,) if isinstance(answer, bytes) else answer:
                    connection.sendall(part)
                    time.sleep(0.05)

    def close(self) -> None:
        self._server.close()
        self._thread.join(5)


@contextmanager
def answering(*answers: bytes | tuple[bytes, ...]) -> Iterator[tuple[Api, EarlyConnection]]:
    api = Api(*answers)
    try:
        yield api, EarlyConnection("127.0.0.1", api.port, None)
    finally:
        api.close()


def send(
    connection: EarlyConnection, request: Outgoing, seconds: float = 5, time_left: float = 5
) -> Received | None:
    return connection.exchange(request, seconds, Deadline(time_left))


def get(api: Api, path: str = "/a") -> Outgoing:
    return Outgoing("GET", api.url + path, {})


def test_a_request_goes_out_as_it_is_described() -> None:
    with answering(OK) as (api, connection):
        request = Outgoing("POST", f"{api.url}/a/b?c=d&e=%26", {"X-Key": "1"}, b'{"t": "\xc3\xbc"}')
        assert send(connection, request) == Received(
            200, {"content-length": "2", "x-id": "7"}, "{}"
        )
        assert api.heads == [
            b"POST /a/b?c=d&e=%26 HTTP/1.1\r\nHost: 127.0.0.1:"
            + str(api.port).encode()
            + b'\r\nX-Key: 1\r\nContent-Length: 11\r\n\r\n{"t": "\xc3\xbc"}'
        ]


def test_requests_share_the_connection() -> None:
    with answering(OK, OK, OK) as (api, connection):
        assert [send(connection, get(api)) for _ in range(3)] == [Received(200, HEADERS, "{}")] * 3
        assert len(api.heads) == 3


HEADERS = {"content-length": "2", "x-id": "7"}


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", ""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, "{}"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", b"ab", b"cd"), "abcd"),
        (
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                b"2\r\nab\r\n",
                b"3\r\ncde\r\n",
                b"0\r\n\r\n",
            ),
            "abcde",
        ),
    ],
    ids=["204", "empty", "until the end", "continue", "in parts", "chunked"],
)
def test_every_kind_of_body_is_read(answer: bytes | tuple[bytes, ...], text: str) -> None:
    with answering(answer) as (api, connection):
        received = send(connection, get(api))
        assert received is not None
        assert received.text == text


def test_a_chunked_answer_leaves_nothing_behind_for_the_next() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nA: 1\r\n\r\n"
    with answering(chunked, OK) as (api, connection):
        first, second = send(connection, get(api)), send(connection, get(api))
        assert first is not None
        assert first.text == "ab"
        assert second == Received(200, HEADERS, "{}")


def test_headers_that_come_twice_are_joined() -> None:
    with answering(b"HTTP/1.1 429 No\r\nA: 1\r\na: 2\r\nContent-Length: 0\r\n\r\n") as (api, one):
        assert send(one, get(api)) == Received(429, {"a": "1, 2", "content-length": "0"}, "")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
        b"\x16\x03\x01 this is no HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: 1\r\n" * 200 + b"\r\n",
    ],
    ids=["nothing", "short", "cut chunk", "no last chunk", "no HTTP", "many headers"],
)
def test_an_answer_that_is_lost_is_an_error_and_the_end_of_the_connection(answer: bytes) -> None:
    with answering(answer) as (api, connection):
        with pytest.raises(OSError):  # noqa: PT011 - whatever the network raises
            send(connection, get(api))
        assert send(connection, get(api)) is None
        assert len(api.heads) == 1


def test_what_is_too_large_is_refused() -> None:
    body = b"x" * (MAX_ANSWER_BYTES + 1)
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with (
        answering(head + body) as (api, connection),
        pytest.raises(InvalidResponse, match="larger than 4 MiB"),
    ):
        send(connection, get(api))


def test_an_answer_that_drips_is_not_waited_for_beyond_the_deadline() -> None:
    drips = (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", *[b"x"] * 100)
    with answering(drips) as (api, connection):
        began = time.monotonic()
        with pytest.raises(InvalidResponse, match="did not arrive in time"):
            send(connection, get(api), time_left=0.3)
        assert time.monotonic() - began < 4


def test_silence_is_waited_for_as_long_as_is_said() -> None:
    with answering((b"", b"", b"", b"", b"", b"", b"", b"", b"", b"", OK)) as (api, connection):
        with pytest.raises(TimeoutError):
            send(connection, get(api), seconds=0.2)
        assert send(connection, get(api)) is None


def test_a_connection_that_the_api_ends_is_not_used_again() -> None:
    ending = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
    with answering(ending, OK) as (api, connection):
        assert send(connection, get(api)) is not None
        assert send(connection, get(api)) is None
        assert len(api.heads) == 1


def test_a_connection_that_the_api_has_closed_meanwhile_is_left_alone() -> None:
    with answering(OK) as (api, connection):
        assert send(connection, get(api)) is not None
        time.sleep(0.2)
        assert send(connection, get(api)) is None


def test_compressed_answers_are_left_to_somebody_else_the_next_time() -> None:
    body = gzip.compress(b"{}")
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    with answering(head.encode() + body, OK) as (api, connection):
        send(connection, get(api))
        assert send(connection, get(api)) is None
        assert len(api.heads) == 1


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/a b", {}),
        ("/\u00fc", {}),
        ("/a\r\nX-Evil: 1", {}),
        ("/a", {"From": "ada@example.com\r\nX-Evil: 1"}),
        ("/a", {"From": "ada\nX-Evil: 1"}),
        ("/a", {"From\r\nX-Evil": "1"}),
        ("/a", {"Authorization": "Token token=\u00fc"}),
        ("/a", {"Authorization": "\x00"}),
    ],
)
def test_what_needs_more_care_is_not_sent_and_the_connection_stays(
    path: str, headers: dict[str, str]
) -> None:
    with answering(OK) as (api, connection):
        assert send(connection, Outgoing("GET", api.url + path, headers)) is None
        assert send(connection, get(api)) is not None
        assert len(api.heads) == 1


def test_credentials_in_a_url_are_not_sent() -> None:
    with answering(OK) as (api, connection):
        url = f"http://ada:secret@127.0.0.1:{api.port}/a"
        assert send(connection, Outgoing("GET", url, {})) is None


def test_a_second_request_at_the_same_time_goes_elsewhere() -> None:
    with answering((b"", b"", b"", b"", OK)) as (api, connection):
        first: list[Received | None] = []
        waiting = threading.Thread(target=lambda: first.append(send(connection, get(api))))
        waiting.start()
        while not api.heads:
            time.sleep(0.01)
        assert send(connection, get(api)) is None
        waiting.join(5)
        assert first == [Received(200, HEADERS, "{}")]


def test_it_is_told_when_a_request_is_sent_and_before_the_answer_is_read() -> None:
    with answering((*[b""] * 20, OK)) as (api, connection):
        told: list[float] = []
        began = time.monotonic()
        connection.exchange(get(api), 5, Deadline(5), lambda: told.append(time.monotonic() - began))
        assert len(told) == 1
        assert told[0] < 0.8 <= time.monotonic() - began


def test_an_interruption_ends_the_connection() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with answering(OK) as (api, connection):
        with pytest.raises(KeyboardInterrupt):
            connection.exchange(get(api), 5, Deadline(5), interrupt)
        assert send(connection, get(api)) is None


def test_what_was_asked_is_sent_once_and_its_answer_kept() -> None:
    with answering(OK, OK) as (api, connection):
        connection.ask(get(api))
        time.sleep(0.2)
        assert len(api.heads) == 1
        assert send(connection, get(api)) is not None
        assert len(api.heads) == 1
        assert send(connection, get(api)) is not None
        assert len(api.heads) == 2


def test_while_something_was_asked_nothing_else_gets_the_answer() -> None:
    with answering((b"", b"", OK), OK) as (api, connection):
        connection.ask(get(api))
        assert send(connection, get(api, "/other")) is None
        assert send(connection, get(api)) is not None
        assert send(connection, get(api, "/other")) is not None


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"])
def test_what_was_asked_in_vain_is_to_be_asked_again(answer: bytes) -> None:
    with answering(answer) as (api, connection):
        connection.ask(get(api))
        assert send(connection, get(api)) is None
        assert send(connection, get(api)) is None


def test_what_was_asked_of_nobody_is_to_be_asked_again(crashes: list[object]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    connection = EarlyConnection("127.0.0.1", port, None)
    request = Outgoing("GET", f"http://127.0.0.1:{port}/", {})
    connection.ask(request)
    assert send(connection, request) is None
    assert crashes == []


def test_an_answer_that_comes_too_late_is_nobody_elses() -> None:
    with answering((b"", b"", b"", b"", b"", b"", OK), OK) as (api, connection):
        connection.ask(get(api))
        assert send(connection, get(api), seconds=0.1) is None
        time.sleep(0.5)
        assert send(connection, get(api, "/other")) is None


@pytest.fixture
def crashes(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """List what made threads crash."""
    crashed: list[object] = []
    record: Callable[[object], None] = crashed.append
    monkeypatch.setattr(threading, "excepthook", record)
    return crashed


def test_a_host_name_that_cannot_be_encoded_crashes_no_thread(crashes: list[object]) -> None:
    host = f"{'a' * 64}.example"
    connection = EarlyConnection(host, 80, None)
    assert send(connection, Outgoing("GET", f"http://{host}/", {})) is None
    assert crashes == []


@pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl command")
def test_with_tls_requests_share_the_connection_as_well(tmp_path: Path) -> None:
    ca, tls = private_ca.make(tmp_path)
    with Simulator(tls=tls) as sim:
        url = f"{sim.pagerduty.url}/incidents"
        connection = Preconnector([url], str(ca)).connection(url)
        assert connection is not None
        for _ in range(3):
            received = send(connection, Outgoing("GET", url, {}))
            assert received is not None
            assert received.status == 401
        assert len({exchange.connection for exchange in sim.exchanges}) == 1
        assert len(sim.exchanges) == 3
