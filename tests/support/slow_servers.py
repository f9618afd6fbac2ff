"""Servers that keep a client waiting in every way there is, and a resolver that does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from unittest import mock

HEAD = b"HTTP/1.1 200 OK\r\n"


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


@contextmanager
def silent_resolver() -> Iterator[threading.Event]:
    """Let the resolver not answer until the event is set, or the block is left."""
    answers, resolve = threading.Event(), socket.getaddrinfo

    def wait(*args: object, **options: object) -> object:
        answers.wait(30)
        return resolve(*args, **options)  # type: ignore[arg-type]

    with mock.patch.object(socket, "getaddrinfo", wait):
        yield answers
        answers.set()
