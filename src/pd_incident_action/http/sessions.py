"""Connections made by requests, which tell when a request is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from . import answers
from .deadline import CONNECT_SECONDS
from .wire import Received, lowered

if TYPE_CHECKING:
    from collections.abc import Callable

    from urllib3.response import HTTPResponse

    from .deadline import Deadline
    from .wire import Outgoing

# One for each of the requests that an operation sends side by side.
_CONNECTIONS = 8


class Session:
    """A transport that verifies certificates and honours the proxy variables.

    Args:
        ca_bundle: path of a company's CA bundle, or empty for the public ones.
        on_sent: called whenever a request is on the wire.
    """

    def __init__(self, ca_bundle: str = "", on_sent: Callable[[], None] = lambda: None) -> None:
        # Retries are left to `Client`.
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=_CONNECTIONS, max_retries=0)
        adapter.poolmanager.pool_classes_by_scheme = _pool_classes(on_sent)
        self._session = requests.Session()
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        if ca_bundle:
            self._session.verify = ca_bundle

    def exchange(self, request: Outgoing, seconds: float, deadline: Deadline) -> Received:
        """Send a request once, as `Transport` has it."""
        with self._session.request(
            request.method,
            request.url,
            data=request.body,
            headers=request.headers,
            auth=_as_it_is,
            timeout=(min(CONNECT_SECONDS, seconds), seconds),
            allow_redirects=False,
            stream=True,
        ) as response:
            try:
                text = answers.read(response.iter_content(answers.CHUNK), deadline)
            except HTTPError as error:
                raise requests.ConnectionError(error) from error
            return Received(response.status_code, lowered(response.headers.items()), text)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave a request as it is, and keep requests from looking into ``~/.netrc``."""
    return request


def _pool_classes(on_sent: Callable[[], None]) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as in urllib3 itself
            on_sent()
            return super().getresponse()

    class Secure(Plain, HTTPSConnection):
        pass

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
