"""Sessions whose connections are made ahead of time and tell when a request is sent."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from .head_start import EarlyAnswer, HeadStart

# One for each of the requests that an operation sends side by side.
_CONNECTIONS = 8


def new_session(
    ca_bundle: str = "",
    head_start: HeadStart | None = None,
    on_sent: Callable[[], None] = lambda: None,
) -> requests.Session:
    """Open a session that verifies certificates and honours the proxy variables.

    Args:
        ca_bundle: path of a company's CA bundle, or empty for the public ones.
        head_start: connections that are already being made.
        on_sent: called whenever a request is on the wire.

    Returns:
        A session of its own connection pool; retries are left to `Client`.
    """
    session = requests.Session()
    adapter = _Adapter(_pool_classes(head_start, on_sent), head_start)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    if ca_bundle:
        session.verify = ca_bundle
    return session


class _Adapter(HTTPAdapter):
    """Gives out connections of our own kind.

    Args:
        pools: connection pools by URL scheme.
        head_start: what has been asked already.
    """

    def __init__(
        self, pools: dict[str, type[HTTPConnectionPool]], head_start: HeadStart | None
    ) -> None:
        self._pools = pools
        self._head_start = head_start
        super().__init__(pool_connections=1, pool_maxsize=_CONNECTIONS, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - requests' signature
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def send(
        self,
        request: requests.PreparedRequest,
        *args: Any,  # noqa: ANN401 - requests' signature
        **kwargs: Any,  # noqa: ANN401 - requests' signature
    ) -> requests.Response:
        if self._head_start is not None:
            early = self._head_start.answer(request.method or "", request.url or "")
            if early is not None:
                return self.build_response(request, _as_urllib3(early))
        return super().send(request, *args, **kwargs)


def _as_urllib3(early: EarlyAnswer) -> HTTPResponse:
    return HTTPResponse(
        body=BytesIO(early.body),
        headers=HTTPHeaderDict(early.headers),
        status=early.status,
        preload_content=False,
    )


def _pool_classes(
    head_start: HeadStart | None, on_sent: Callable[[], None]
) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as in urllib3 itself
            on_sent()
            return super().getresponse()

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            ready = head_start.take(self.host, self.port) if head_start is not None else None
            if ready is None:
                super().connect()
            else:
                self.sock = ready
                self.is_verified = True

        def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as in urllib3 itself
            on_sent()
            return super().getresponse()

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
