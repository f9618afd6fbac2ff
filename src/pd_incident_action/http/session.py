"""The ``requests`` session of an API: its connections, and what urllib3 is told about them."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse

from .preconnect import Preconnector

# One for each of the requests that an operation sends concurrently.
_MAX_CONNECTIONS = 8


def open_session(
    ca_bundle: str = "",
    preconnector: Preconnector | None = None,
    on_sent: Callable[[], None] = lambda: None,
) -> requests.Session:
    """Open a session that verifies certificates and honours the proxy variables.

    Args:
        ca_bundle: path of a company's CA bundle, or empty for the public ones.
        preconnector: connections that have been begun already.
        on_sent: called whenever a request is on the wire; not behind a proxy.
    """
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
    # Retries are left to `ApiClient`.
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=_MAX_CONNECTIONS, max_retries=0)
    adapter.poolmanager.pool_classes_by_scheme = _pool_classes(preconnector, on_sent)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _pool_classes(
    preconnector: Preconnector | None, on_sent: Callable[[], None]
) -> dict[str, type[HTTPConnectionPool]]:
    class Connection(HTTPConnection):
        scheme = "http"

        def connect(self) -> None:
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
