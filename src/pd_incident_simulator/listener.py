"""HTTP on loopback: one listener for each API."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from .handler import Handler
from .server import Server

if TYPE_CHECKING:
    from .conditions import Conditions
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
            self._server = Server(self._port, self._api, self._conditions, Handler)
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
