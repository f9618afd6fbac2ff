"""HTTP on loopback: one listener for each API, with latency, TLS and faults."""

from __future__ import annotations

import socket
import socketserver
import ssl
import struct
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from .exchange import Exchange, Reply, Request

if TYPE_CHECKING:
    from pathlib import Path

    from .faults import Fault, Faults
    from .routes import Api

_GARBAGE = b"<!doctype html><title>Please sign in</title>"
_MEGABYTE = b" " * 2**20


@dataclass(frozen=True)
class Tls:
    """The server's certificate.

    Attributes:
        certificate: PEM file with the certificate chain.
        key: PEM file with its private key.
    """

    certificate: Path
    key: Path


class Journal:
    """The record of all exchanges; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._exchanges: list[Exchange] = []

    def add(self, exchange: Exchange) -> None:
        """Record an exchange."""
        with self._lock:
            self._exchanges.append(exchange)

    def clear(self) -> None:
        """Forget all exchanges."""
        with self._lock:
            self._exchanges.clear()

    def all(self) -> list[Exchange]:
        """List the exchanges in the order in which the requests arrived."""
        with self._lock:
            return sorted(self._exchanges, key=lambda exchange: exchange.arrived)


@dataclass(frozen=True)
class Conditions:
    """What all listeners have in common.

    Attributes:
        journal: where exchanges are recorded.
        faults: what goes wrong.
        latency: one round trip, in seconds. A connection costs one before its first byte, TLS
            another, and each request one more: half before it is handled, half before the answer.
        tls: the certificate, or None for plain HTTP.
        connections: numbers for TCP connections.
    """

    journal: Journal
    faults: Faults
    latency: float = 0.0
    tls: Tls | None = None
    connections: count[int] = count(1)  # noqa: RUF009 - numbers are unique in a process


class Listener:
    """An API on a port of its own.

    Args:
        api: what answers.
        conditions: latency, faults, TLS.
        port: TCP port; 0 for any free one.
    """

    def __init__(self, api: Api, conditions: Conditions, port: int = 0) -> None:
        self._api = api
        self._conditions = conditions
        self._port = port
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        """Base URL, without a trailing slash; it stays the same over `stop` and `start`."""
        scheme = "https" if self._conditions.tls else "http"
        return f"{scheme}://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Begin to listen."""
        if self._server is None:
            self._server = _Server(self._port, self._api, self._conditions)
            self._port = self._server.server_address[1]
            threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Stop to listen, so that connections are refused, and drop those that are open."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.drop_connections()
            self._server = None


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, api: Api, conditions: Conditions) -> None:
        self.api = api
        self.conditions = conditions
        self.context = _tls_context(conditions.tls)
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the base class's types
        self._open.add(request)
        super().process_request(request, client_address)

    def drop_connections(self) -> None:
        for connection in self._open:
            with _quietly():
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the base class's types
        """Stay silent: clients that hang up are what this server is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def setup(self) -> None:
        conditions = self.server.conditions
        self.number = next(conditions.connections)
        if self.server.context is not None:
            time.sleep(conditions.latency)
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
        time.sleep(conditions.latency)
        super().setup()

    def handle_one_request(self) -> None:
        with _quietly():
            super().handle_one_request()
            return
        self.close_connection = True

    def _serve(self) -> None:
        request = self._read()
        arrived = time.monotonic()
        conditions = self.server.conditions
        time.sleep(conditions.latency / 2)
        api = self.server.api
        fault = conditions.faults.next(api.name, request.method, request.path)
        reply = _reply(api, request, fault)
        conditions.journal.add(_exchange(api.name, request, arrived, self.number, reply, fault))
        if fault is not None and fault.kind in {"hang", "slow"}:
            time.sleep(fault.seconds)
        time.sleep(conditions.latency / 2)
        if fault is not None and fault.kind in {"reset", "hang"}:
            self._reset()
        else:
            self._send(reply, fault)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - http.server's names

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
        data = reply.data
        kind = fault.kind if fault is not None else ""
        size = fault.megabytes * 2**20 if fault is not None and kind == "huge" else len(data)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        if kind == "huge":
            for _ in range(size // len(_MEGABYTE)):
                self.wfile.write(_MEGABYTE)
        else:
            self.wfile.write(data[: len(data) // 2] if kind == "truncate" else data)
        self.wfile.flush()
        if kind == "truncate":
            self.close_connection = True

    def _reset(self) -> None:
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - the base class's signature
        """Stay silent: the journal has it all."""


class _quietly:  # noqa: N801 - reads as a statement
    """Swallow what a client that hangs up brings about."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is not None and issubclass(kind, (OSError, ValueError))


def _reply(api: Api, request: Request, fault: Fault | None) -> Reply:
    """Answer a request, or do what a fault says instead."""
    if fault is None:
        return api.answer(request)
    happens = fault.processed or fault.kind in {"slow", "truncate", "huge", "content_type"}
    reply = api.answer(request) if happens else Reply(fault.status)
    instead = {
        "content_type": Reply(reply.status, reply.body, reply.headers, fault.content_type),
        "status": Reply(fault.status, fault.body.encode(), fault.headers, fault.content_type),
        "garbage": Reply(200, _GARBAGE, content_type="text/html"),
        "redirect": Reply(302, None, {"Location": fault.location}),
        "echo": Reply(fault.status, _echo(request)),
    }
    return instead.get(fault.kind, reply)


def _echo(request: Request) -> dict[str, Any]:
    """Make a refusal, in the shape of every API at once, that repeats what was sent."""
    words = f"{dict(request.headers)} {request.body.decode('utf-8', 'replace')}"
    return {
        "error": {"message": words, "code": 2001, "errors": [words]},
        "message": words,
        "errors": [words],
        "status": "invalid event",
    }


def _exchange(  # noqa: PLR0913, PLR0917 - a record of everything
    api: str, request: Request, arrived: float, connection: int, reply: Reply, fault: Fault | None
) -> Exchange:
    silent = fault is not None and fault.kind in {"reset", "hang"}
    return Exchange(
        api=api,
        method=request.method,
        path=request.path,
        query=request.query,
        headers=request.headers,
        body=request.body,
        json=request.json,
        arrived=arrived,
        connection=connection,
        status=0 if silent else reply.status,
        response_headers=reply.headers,
        response_body=b"" if silent else reply.data,
        fault=fault.kind if fault is not None else None,
    )


def _tls_context(tls: Tls | None) -> ssl.SSLContext | None:
    if tls is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tls.certificate, tls.key)
    return context
