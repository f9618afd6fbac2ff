"""Connections that are begun while modules load, and handed to the HTTP client.

DNS, TCP and TLS take two and a half round trips before the first byte can be sent; loading
``requests``, ``pydantic`` and the action's own modules takes about as long. A connection that can't
be made here is made by urllib3 later, which reports what is wrong with it. Nothing is sent before
the inputs are checked.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable, Mapping
from contextlib import suppress
from threading import Thread
from typing import NamedTuple
from urllib.parse import urlsplit

from .deadline import CONNECT_SECONDS

_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_PROXY_VARIABLES = frozenset({"http_proxy", "https_proxy", "all_proxy"})
_PORTS = {"http": 80, "https": 443}


class _Address(NamedTuple):
    scheme: str
    host: str
    port: int


class Preconnector:
    """Connects to several APIs, each on a thread."""

    def __init__(self, urls: Iterable[str], ca_bundle: str = "") -> None:
        self._ca_bundle = ca_bundle
        self._context: ssl.SSLContext | None = None
        self._sockets: dict[_Address, socket.socket] = {}
        addresses = {address for url in urls if (address := _parse(url))}
        # It takes 30 ms; meanwhile the connections wait for TCP.
        self._loading = Thread(target=self._load_context, name="CA bundle", daemon=True)
        if any(address.scheme == "https" for address in addresses):
            self._loading.start()
        self._connecting = {
            address: Thread(target=self._connect, args=(address,), name=address.host, daemon=True)
            for address in addresses
        }
        for thread in self._connecting.values():
            thread.start()

    def take(
        self, scheme: str, host: str, port: int | None, seconds: float | None
    ) -> socket.socket | None:
        """Return the connection to a host, once.

        Returns:
            The connection, for https with TLS established and the certificate verified; None if
            there is none, or the other side has closed it meanwhile.
        """
        address = _Address(scheme, host, port or _PORTS[scheme])
        connecting = self._connecting.pop(address, None)
        if connecting is None:
            return None
        connecting.join(seconds)
        made = self._sockets.pop(address, None)
        return made if made is not None and _is_open(made) else None

    def _load_context(self) -> None:
        with suppress(OSError):
            self._context = tls_context(self._ca_bundle)

    def _connect(self, address: _Address) -> None:
        with suppress(OSError, ValueError):
            made = socket.create_connection(address[1:], CONNECT_SECONDS)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if address.scheme == "https":
                self._loading.join()
                if self._context is None:
                    made.close()
                    return
                made = self._context.wrap_socket(made, server_hostname=address.host)
            self._sockets[address] = made


def preconnect(urls: Iterable[str], environment: Mapping[str, str]) -> Preconnector | None:
    """Begin to connect to the APIs; None where there may be a proxy in between."""
    if any(name.lower() in _PROXY_VARIABLES and value for name, value in environment.items()):
        return None
    return Preconnector(urls, find_ca_bundle(environment))


def tls_context(ca_bundle: str) -> ssl.SSLContext:
    """Return a TLS context that verifies as those of urllib3 do.

    Raises:
        OSError: there is no such bundle, or it is malformed.
    """
    import certifi  # noqa: PLC0415 - on the thread that waits for it, since it takes 10 ms

    context = ssl.create_default_context(cafile=ca_bundle or certifi.where())
    context.hostname_checks_common_name = False
    context.set_alpn_protocols(["http/1.1"])
    return context


def find_ca_bundle(environment: Mapping[str, str]) -> str:
    """Return the path of a company's CA bundle, or empty for the public ones."""
    return next((environment[name] for name in _CA_VARIABLES if environment.get(name)), "")


def _parse(url: str) -> _Address | None:
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme in _PORTS and parts.hostname:
            return _Address(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme])
    return None


def _is_open(made: socket.socket) -> bool:
    """Check that the other side hasn't closed a connection on which nothing has been sent."""
    made.settimeout(0)
    try:
        made.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        pass
    made.close()
    return False
