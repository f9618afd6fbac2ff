"""One TCP connection: reading requests, waiting as a network does, writing answers."""

from __future__ import annotations

import socket
import struct
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from .exchange import Exchange, Reply, Request
from .misbehaviour import answer_with, is_silent

if TYPE_CHECKING:
    from .faults import Fault
    from .server import Server

_MEGABYTE = b" " * 2**20


class Handler(BaseHTTPRequestHandler):
    """Serves one connection; it stays open for further requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def setup(self) -> None:
        """Take as long as TCP and TLS take to connect."""
        conditions = self.server.conditions
        self.number = next(conditions.connections)
        self.server.track(self.request)
        time.sleep(conditions.latency)
        if self.server.context is not None:
            plain = self.request
            self.request = self.server.context.wrap_socket(plain, server_side=True)
            self.server.forget(plain)
            self.server.track(self.request)
            time.sleep(conditions.latency)
        super().setup()

    def finish(self) -> None:
        """Close the connection."""
        self.server.forget(self.request)
        super().finish()

    def handle_one_request(self) -> None:
        """Serve the connection's next request, or end it when the client has hung up."""
        try:
            super().handle_one_request()
        except (OSError, ValueError):
            self.close_connection = True

    def _serve(self) -> None:
        conditions, api = self.server.conditions, self.server.api
        request = self._read()
        time.sleep(conditions.latency / 2)
        arrived = time.monotonic()
        fault = conditions.faults.next(api.name, request.method, request.path)
        reply = answer_with(fault, api, request)
        conditions.journal.add(_exchange(api.name, request, arrived, self.number, reply, fault))
        if fault is not None and fault.kind in {"hang", "slow"}:
            time.sleep(fault.seconds)
        time.sleep(conditions.latency / 2)
        if is_silent(fault):
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
        """Close so that the client sees a reset: with nothing left to linger for."""
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - the base class's signature
        """Stay silent: the journal has it all."""


def _exchange(  # noqa: PLR0913, PLR0917 - a record of everything
    api: str, request: Request, arrived: float, connection: int, reply: Reply, fault: Fault | None
) -> Exchange:
    silent = is_silent(fault)
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
