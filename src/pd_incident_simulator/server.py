"""HTTP on loopback: a port for each API, with latency, TLS and faults."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

from .exchange import Exchange, Reply, Request, RequestLog
from .faults import Fault, Faults, handle
from .routing import Api

S = TypeVar("S")
_MEGABYTE = b" " * 2**20
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Tls:
    """The server's certificate chain and its private key, as PEM files."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """Load the certificate."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context


@dataclass(frozen=True)
class Settings:
    """What all listeners have in common.

    The latency models a network without loss and with no limit to its bandwidth: opening a TCP
    connection costs one round trip before the first byte is looked at, TLS another one (as TLS 1.3
    does; on loopback the handshake itself takes next to nothing), and each request one more: half
    of it before the request arrives, half before the reply leaves. A connection that is kept open
    saves all but the last.

    Attributes:
        latency: one round trip, in seconds.
        tls: None for plain HTTP.
        connections: numbers for TCP connections.
    """

    log: RequestLog
    faults: Faults
    latency: float = 0.0
    tls: ssl.SSLContext | None = None
    connections: Iterator[int] = field(default_factory=lambda: count(1))


class Listener(Generic[S]):
    """Serves an API on its own port, each connection on its own thread."""

    def __init__(self, api: Api[S], settings: Settings) -> None:
        self.api = api
        self.settings = settings
        self._port = 0
        self._socket: socket.socket | None = None
        self._acceptor: threading.Thread | None = None
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()

    @property
    def state(self) -> S:
        """The state of the API."""
        return self.api.state

    @property
    def url(self) -> str:
        """Base URL, without a trailing slash; `stop` and `start` don't change it."""
        scheme = "https" if self.settings.tls else "http"
        return f"{scheme}://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Begin to listen."""
        if self._socket is None:
            self._socket = socket.create_server(("127.0.0.1", self._port), backlog=64)
            self._port = self._socket.getsockname()[1]
            self._acceptor = threading.Thread(
                target=self._accept, args=(self._socket,), daemon=True
            )
            self._acceptor.start()

    def stop(self) -> None:
        """Stop listening, so that connections are refused, and drop those that are open."""
        listening, self._socket = self._socket, None
        if listening is None or self._acceptor is None:
            return
        # A connection wakes the thread up on every system, which closing the socket doesn't.
        with contextlib.suppress(OSError):
            socket.create_connection(listening.getsockname()).close()
        self._acceptor.join()
        listening.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            connection, address = listening.accept()
            if self._socket is not listening:
                connection.close()
                return
            threading.Thread(target=self._serve, args=(connection, address), daemon=True).start()

    def _serve(self, connection: socket.socket, address: object) -> None:
        """Serve a connection until either side hangs up."""
        number = next(self.settings.connections)
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(self._dropped_on_stop(connection))
            time.sleep(self.settings.latency)
            if self.settings.tls is not None:
                connection = self.settings.tls.wrap_socket(
                    connection, server_side=True, do_handshake_on_connect=False
                )
                stack.enter_context(self._dropped_on_stop(connection))
                connection.do_handshake()
                time.sleep(self.settings.latency)
            _Connection(connection, address, self, number)

    @contextlib.contextmanager
    def _dropped_on_stop(self, connection: socket.socket) -> Iterator[None]:
        with self._lock:
            self._open.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()


class _Connection(BaseHTTPRequestHandler):
    """Reads a connection's requests and writes the replies, until either side hangs up."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def __init__(
        self, connection: socket.socket, address: object, listener: Listener[Any], number: int
    ) -> None:
        self._api = listener.api
        self._settings = listener.settings
        self._number = number
        super().__init__(connection, address, listener)  # type: ignore[arg-type]

    def handle_one_request(self) -> None:
        """Serve the connection's next request, or end it when the client has hung up."""
        try:
            super().handle_one_request()
        except (OSError, ValueError):
            self.close_connection = True

    def _handle(self) -> None:
        request = self._read()
        time.sleep(self._settings.latency / 2)
        arrived = time.monotonic()
        fault = self._settings.faults.next(self._api.name, request)
        reply = handle(self._api, request, fault)
        is_silent = fault is not None and fault.is_silent
        exchange = Exchange(
            **vars(request),
            api=self._api.name,
            arrived=arrived,
            connection=self._number,
            status=0 if is_silent else reply.status,
            response_headers=reply.headers,
            response_body=b"" if is_silent else reply.data,
            fault=fault.kind if fault is not None else None,
        )
        self._settings.log.add(exchange)
        if fault is not None and fault.kind in {"hang", "slow"}:
            time.sleep(fault.seconds)
        time.sleep(self._settings.latency / 2)
        if is_silent:
            self._reset()
        else:
            self._send(reply, fault)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815 - http.server's names

    def _read(self) -> Request:
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        return Request(
            method=self.command,
            path=url.path,
            query=parse_qs(url.query, keep_blank_values=True),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )

    def _send(self, reply: Reply, fault: Fault | None) -> None:
        kind = fault.kind if fault is not None else ""
        megabytes = fault.megabytes if fault is not None and kind == "huge" else 0
        data = reply.data
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(megabytes * len(_MEGABYTE) or len(data)))
        self.end_headers()
        for _ in range(megabytes):
            self.wfile.write(_MEGABYTE)
        if not megabytes:
            self.wfile.write(data[: len(data) // 2] if kind == "truncate" else data)
        self.wfile.flush()
        self.close_connection = self.close_connection or kind == "truncate"

    def _reset(self) -> None:
        """Close so that the client sees a reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - the base class's signature
        """Print nothing: the request log has everything."""
