"""The ``requests`` session of an API: its connections, and how urllib3 makes them.

The time-outs of sockets hold for a single read, and name resolution has none. Here, connecting and
reading a response each end when their time is up, however slowly bytes come in, and as soon as the
job is cancelled.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError
from urllib3.response import HTTPResponse

from pd_incident_action.http.deadline import POLL_SECONDS, Cancellation

from .deadline import CONNECT_SECONDS
from .preconnect import Preconnector
from .retry import UnusableCaBundle, is_about_ca_bundle

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# How many requests an operation sends concurrently, each on its own connection.
MAX_CONCURRENT = 8


def open_session(
    ca_bundle: str = "",
    preconnector: Preconnector | None = None,
    on_sent: Callable[[], None] = lambda: None,
    cancellation: Cancellation | None = None,
) -> requests.Session:
    """Open a session that verifies certificates and honours the proxy variables."""
    session = requests.Session()
    # Compression would cost both ends more time than the few kB do on the way.
    session.headers.update(
        {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "pd-incident-action",
        }
    )
    session.verify = ca_bundle or True
    adapter = _Adapter(_pool_classes(preconnector, on_sent, cancellation or Cancellation()))
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _Adapter(HTTPAdapter):
    """Makes connections of our own classes, behind a proxy as well."""

    def __init__(self, pool_classes: dict[str, type[HTTPConnectionPool]]) -> None:
        # Retries are left to `ApiClient`.
        super().__init__(pool_connections=1, pool_maxsize=MAX_CONCURRENT, max_retries=0)
        self._pool_classes: dict[str, type] = {**pool_classes}
        self.poolmanager.pool_classes_by_scheme = self._pool_classes

    def send(
        self,
        request: requests.PreparedRequest,
        *args: Any,  # noqa: ANN401 - as in requests itself
        **options: Any,  # noqa: ANN401 - as above
    ) -> requests.Response:
        try:
            return super().send(request, *args, **options)
        except OSError as error:
            if is_about_ca_bundle(error):
                raise UnusableCaBundle(options.get("verify")) from error
            raise

    def proxy_manager_for(self, proxy: str, **options: object) -> ProxyManager:
        manager: ProxyManager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = self._pool_classes
        return manager


def _pool_classes(
    preconnector: Preconnector | None, on_sent: Callable[[], None], cancellation: Cancellation
) -> dict[str, type[HTTPConnectionPool]]:
    class Response(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, debuglevel: int = 0, method: str = "") -> None:
            super().__init__(sock, debuglevel, method)
            self.fp = io.BufferedReader(_ResponseReader(sock, self.fp, cancellation))

    class Connection(HTTPConnection):
        scheme = "http"
        response_class = Response

        def connect(self) -> None:
            # Nothing can interrupt the resolver: a thread that takes too long is left behind.
            connecting = _Background(self._connect)
            seconds = self.timeout if isinstance(self.timeout, (int, float)) else CONNECT_SECONDS
            if not cancellation.wait_for(connecting.is_over, seconds):
                raise ConnectTimeoutError(self, f"no connection within {seconds} s")
            if connecting.error is not None:
                raise connecting.error
            cancellation.check()

        def _connect(self) -> None:
            taken = None
            if preconnector is not None:
                taken = preconnector.take(self.scheme, self.host, self.port, self.timeout)
            if taken is None:
                super().connect()
                return
            taken.settimeout(self.timeout)
            self.sock = taken
            self.is_verified = isinstance(taken, ssl.SSLSocket)

        def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as in urllib3 itself
            on_sent()
            return super().getresponse()

    class SecureConnection(Connection, HTTPSConnection):
        scheme = "https"

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": Pool, "https": SecurePool}


class _Background:
    """Something that is done on a separate thread."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.is_over = threading.Event()
        self.error: Exception | None = None
        self._work = work
        threading.Thread(target=self._run, name="connect", daemon=True).start()

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - raised by whoever waits
            self.error = error
        self.is_over.set()


class _ResponseReader(io.RawIOBase):
    """Reads from a socket, whose time-out is for all of it.

    Args:
        file: the socket's own file, which keeps it open.
    """

    def __init__(
        self, sock: socket.socket, file: io.BufferedReader, cancellation: Cancellation
    ) -> None:
        self._sock = sock
        self._file = file
        self._cancellation = cancellation
        self._end = time.monotonic() + (sock.gettimeout() or 0.0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        while (seconds := self._end - time.monotonic()) > 0:
            self._cancellation.check()
            self._sock.settimeout(min(seconds, POLL_SECONDS))
            with suppress(TimeoutError):
                return self._sock.recv_into(buffer)
        raise TimeoutError

    def close(self) -> None:
        self._file.close()
        super().close()
