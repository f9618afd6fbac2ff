"""Connections that are made while the rest of the program is still loading.

DNS, TCP and TLS take two round trips and a half before the first byte can be sent; loading
Python's modules takes about as long. Done side by side, at 40 ms a round trip, the page is out
80 ms earlier. A connection that can't be made here is simply made later, where errors are
reported. Nothing is sent on it before the inputs are checked.
"""

from __future__ import annotations

import importlib.util
import os.path
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from . import hosts

CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
_CONNECT_SECONDS = 5.0
_TLS_PORT = 443
_LONGEST_EARLY_ANSWER = 1_000_000


class HeadStart:
    """Connections under way, each to be taken once.

    Args:
        urls: base URLs of the APIs; only https ones are of use.
        ca_bundle: path of the CA bundle to verify with.
    """

    def __init__(self, urls: Iterable[str], ca_bundle: str) -> None:
        self._ca_bundle = ca_bundle
        self._context: ssl.SSLContext | None = None
        # Loading the CA bundle takes about 20 ms; all connections share it, and it is loaded while
        # they wait for TCP.
        self._loading = threading.Thread(target=self._load, name="CA bundle", daemon=True)
        self._early: dict[tuple[str, str], EarlyAnswer] = {}
        addresses = [address for address in dict.fromkeys(map(_address, urls)) if address]
        if addresses:
            self._loading.start()
        self._connections = {address: _Connection(address, self._tls) for address in addresses}

    def take(self, host: str, port: int) -> ssl.SSLSocket | None:
        """Hand a connection over, waiting until it is made.

        Args:
            host: the API's host name.
            port: its TCP port.

        Returns:
            The verified connection, or None if there isn't one.
        """
        for (_, url), early in list(self._early.items()):
            if _address(url) == (host, port):
                early.arrived()
        connection = self._connections.pop((host, port), None)
        return connection.result() if connection is not None else None

    def ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> None:
        """Send a request on one of the connections as soon as it is made, without waiting for it.

        Args:
            method: HTTP method; the request may not change anything, since it may be made twice.
            url: the whole URL; nothing is sent where no connection is being made to its host.
            headers: the request's headers, without line breaks.
            body: what to send, if anything.
        """
        connection = self._connections.get(_address(url) or ("", 0))
        if connection is not None:
            self._early[method, url] = EarlyAnswer(
                connection, method, lambda: _request(method, url, headers, body)
            )

    def answer(self, method: str, url: str) -> EarlyAnswer | None:
        """Hand over what `ask` brought, once.

        Args:
            method: HTTP method.
            url: the whole URL.

        Returns:
            The answer, or None if that wasn't asked or brought nothing.
        """
        early = self._early.get((method, url))
        if early is None:
            return None
        # Taken away only once it is there: till then the connection is nobody else's.
        arrived = early.arrived()
        taken = self._early.pop((method, url), None)
        return taken if arrived else None

    def _load(self) -> None:
        with suppress(OSError, ValueError):
            self._context = ssl.create_default_context(cafile=self._ca_bundle)

    def _tls(self) -> ssl.SSLContext | None:
        self._loading.join()
        return self._context


class _Connection:
    """One connection under way.

    Args:
        address: host and port.
        tls: gives the TLS context, or None where there is none; called on the connection's thread.
    """

    def __init__(self, address: tuple[str, int], tls: Callable[[], ssl.SSLContext | None]) -> None:
        self._address = address
        self._tls = tls
        self._socket: ssl.SSLSocket | None = None
        self._thread = threading.Thread(target=self._connect, name="head start", daemon=True)
        self._thread.start()

    def result(self) -> ssl.SSLSocket | None:
        """Wait until it is made, or has failed."""
        self._thread.join(_CONNECT_SECONDS)
        return self._socket

    def give_up(self) -> None:
        """Close it: nobody knows what is still to come on it."""
        ready, self._socket = self._socket, None
        if ready is not None:
            ready.close()

    def _connect(self) -> None:
        with suppress(OSError, ValueError):
            plain = socket.create_connection(self._address, timeout=_CONNECT_SECONDS)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            context = self._tls()
            if context is None:
                plain.close()
            else:
                self._socket = context.wrap_socket(plain, server_hostname=self._address[0])


class EarlyAnswer:
    """The answer to a request that was sent before the network's modules were loaded.

    Whatever goes wrong, the connection is given up and the request is simply made again, where
    errors are reported.

    Args:
        connection: where to send it; nobody else may use it until the answer is there.
        method: HTTP method.
        request: makes what is sent, whole.

    Attributes:
        status: HTTP status.
        headers: response headers.
        body: the body, as it came.
    """

    def __init__(self, connection: _Connection, method: str, request: Callable[[], bytes]) -> None:
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.body = b""
        self._connection = connection
        self._thread = threading.Thread(target=self._exchange, args=(method, request), daemon=True)
        self._thread.start()

    def arrived(self) -> bool:
        """Wait for the answer.

        Returns:
            Whether there is one.
        """
        self._thread.join(_CONNECT_SECONDS)
        if self._thread.is_alive():
            self._connection.give_up()
        return bool(self.status)

    def _exchange(self, method: str, request: Callable[[], bytes]) -> None:
        ready = self._connection.result()
        if ready is None:
            return
        try:
            ready.sendall(request())
            # Loaded only now that it is on its way, and needed later in any case.
            from http.client import HTTPResponse  # noqa: PLC0415

            response = HTTPResponse(ready, method=method)
            response.begin()
            body = response.read(_LONGEST_EARLY_ANSWER)
        except Exception:  # noqa: BLE001 - it is asked again, where errors are reported
            self._connection.give_up()
            return
        if response.isclosed():
            self.headers, self.body = response.getheaders(), body
            self.status = response.status
        if response.will_close or not response.isclosed():
            self._connection.give_up()


def _request(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    parts = urlsplit(url)
    lines = [
        f"{method} {parts.path} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Accept-Encoding: identity",
        "User-Agent: pd-incident-action",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii") + (body or b"")


def begin(environment: Mapping[str, str]) -> HeadStart:
    """Start to connect to the hosts that this run will most likely talk to.

    Args:
        environment: the process's environment.

    Returns:
        The connections; none where a proxy stands in between.
    """
    bundle = ca_bundle(environment) or _public_ca_bundle()
    through_proxy = any(environment.get(name) for name in _PROXY_VARIABLES)
    return HeadStart([] if through_proxy or not bundle else _likely_urls(environment), bundle)


def ca_bundle(environment: Mapping[str, str]) -> str:
    """Find a company's own CA bundle.

    Args:
        environment: the process's environment.

    Returns:
        Its path, or nothing.
    """
    return next((environment[name] for name in CA_VARIABLES if environment.get(name)), "")


def _public_ca_bundle() -> str:
    """Find certifi's bundle without importing it, which would take some 10 ms."""
    package = importlib.util.find_spec("certifi")
    if package is None or package.origin is None:
        return ""
    return os.path.join(os.path.dirname(package.origin), "cacert.pem")  # noqa: PTH118, PTH120 - pathlib takes 5 ms to load


def _likely_urls(environment: Mapping[str, str]) -> list[str]:
    """Guess the hosts from ``with:`` alone; a wrong guess costs an unused connection."""
    inputs = _composite_inputs(environment)

    def given(name: str) -> str:
        return (inputs.get(name) or environment.get(f"INPUT_{name}", "")).strip()

    region = given("PAGERDUTY-REGION") or "us"
    if given("PROVIDER").lower() == "incident-io":
        urls = [given("INCIDENT-IO-API-URL") or hosts.INCIDENT_IO]
    elif given("OPERATION").lower() == "trigger":
        urls = [given("PAGERDUTY-EVENTS-URL") or hosts.EVENTS.get(region, "")]
    else:
        urls = [given("PAGERDUTY-API-URL") or hosts.PAGERDUTY.get(region, "")]
    if given("PAGERDUTY-CLIENT-ID"):
        urls.append(given("PAGERDUTY-IDENTITY-URL") or hosts.IDENTITY)
    if given("PORT-CLIENT-ID") or given("PORTCLIENTID"):
        urls.append(given("PORT-API-URL") or hosts.PORT.get(given("PORT-REGION") or "eu", ""))
    return urls


def _composite_inputs(environment: Mapping[str, str]) -> dict[str, str]:
    """Read what a composite action is given: all of ``with:`` as one JSON object."""
    text = environment.get("INPUTS_JSON")
    if not text:
        return {}
    import json  # noqa: PLC0415 - 5 ms that the container does without

    with suppress(ValueError):
        inputs = json.loads(text)
        if isinstance(inputs, dict):
            return {name.upper(): value for name, value in inputs.items() if type(value) is str}
    return {}


def _address(url: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or _TLS_PORT
    except ValueError:
        return None
    return (parts.hostname, port) if parts.scheme == "https" and parts.hostname else None
