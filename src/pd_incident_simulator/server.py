"""HTTP on loopback: one listener for each API."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import threading
from typing import TYPE_CHECKING, Any

from .handler import Handler

if TYPE_CHECKING:
    from .conditions import Conditions, Tls
    from .routes import Api

_SECONDS_TO_NOTICE_A_STOP = 0.02


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
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """Base URL, without a trailing slash; it stays the same over `stop` and `start`."""
        scheme = "https" if self._conditions.tls else "http"
        return f"{scheme}://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Begin to listen."""
        if self._server is None:
            self._server = Server(self._port, self._api, self._conditions)
            self._port = self._server.server_address[1]
            serve = self._server.serve_forever
            threading.Thread(target=serve, args=(_SECONDS_TO_NOTICE_A_STOP,), daemon=True).start()

    def stop(self) -> None:
        """Stop to listen, so that connections are refused, and drop those that are open."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.drop_connections()
            self._server = None


class Server(socketserver.ThreadingTCPServer):
    """Accepts an API's connections, each on a thread of its own.

    Args:
        port: TCP port; 0 for any free one.
        api: what answers.
        conditions: latency, faults, TLS.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, api: Api, conditions: Conditions) -> None:
        self.api = api
        self.conditions = conditions
        self.context = _tls_context(conditions.tls)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), Handler)

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
