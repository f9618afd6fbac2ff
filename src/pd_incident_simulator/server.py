"""Accepting connections, and dropping them."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .conditions import Conditions, Tls
    from .routes import Api


class Server(socketserver.ThreadingTCPServer):
    """Accepts an API's connections, each on a thread of its own.

    Args:
        port: TCP port; 0 for any free one.
        api: what answers.
        conditions: latency, faults, TLS.
        handler: serves a connection.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        port: int,
        api: Api,
        conditions: Conditions,
        handler: type[socketserver.BaseRequestHandler],
    ) -> None:
        self.api = api
        self.conditions = conditions
        self.context = _tls_context(conditions.tls)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), handler)

    def track(self, connection: socket.socket) -> None:
        """Remember an open connection, to drop it when the listener stops."""
        with self._lock:
            self._open.add(connection)

    def forget(self, connection: socket.socket) -> None:
        """Forget a connection that is done."""
        with self._lock:
            self._open.discard(connection)

    def drop_connections(self) -> None:
        """Drop whatever is open."""
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the base class's types
        """Stay silent: clients that hang up are what this server is for."""


def _tls_context(tls: Tls | None) -> ssl.SSLContext | None:
    if tls is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tls.certificate, tls.key)
    return context
