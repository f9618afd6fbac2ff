"""Which connections are made while the rest of the program is still loading.

DNS, TCP and TLS take two round trips and a half before the first byte can be sent; loading
Python's modules takes about as long. Done side by side, at 40 ms a round trip, the page is out
80 ms earlier. A connection that can't be made here is simply made later, where errors are
reported. Nothing is sent on it before the inputs are checked.
"""

from __future__ import annotations

import importlib.util
import os.path
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress

from . import hosts
from .early_connection import EarlyConnection

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    from .wire import Outgoing

CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_PROXY_VARIABLES = {
    "http": ("HTTP_PROXY", "http_proxy"),
    "https": ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"),
}
_PORTS = {"http": 80, "https": 443}
_VALID_PORTS = range(1, 1 << 16)


class Preconnector:
    """The connections under way, one for each API.

    Args:
        urls: base URLs of the APIs.
        ca_bundle: path of the CA bundle to verify with.
    """

    def __init__(self, urls: Iterable[str], ca_bundle: str) -> None:
        self._ca_bundle = ca_bundle
        self._context: ssl.SSLContext | None = None
        self._is_loaded = threading.Event()
        addresses = [address for address in dict.fromkeys(map(_address, urls)) if address]
        self._connections = {address: self._connect(*address) for address in addresses}
        if any(scheme == "https" for scheme, _, _ in addresses):
            # `ssl` and the CA bundle take 30 ms to load; all connections share them, and they are
            # loaded while these wait for TCP.
            threading.Thread(target=self._load, name="CA bundle", daemon=True).start()

    def connection(self, url: str) -> EarlyConnection | None:
        """Find the connection to an API.

        Args:
            url: the API's base URL, or any below it.

        Returns:
            The connection, made or on its way, or None if there isn't one.
        """
        address = _address(url)
        return self._connections.get(address) if address else None

    def ask(self, request: Outgoing) -> None:
        """Send a request as soon as its connection is made, if there is one.

        Args:
            request: one that changes nothing, since it may be made twice.
        """
        connection = self.connection(request.url)
        if connection is not None:
            connection.ask(request)

    def _connect(self, scheme: str, host: str, port: int) -> EarlyConnection:
        return EarlyConnection(host, port, self._tls if scheme == "https" else None)

    def _load(self) -> None:
        import ssl  # noqa: PLC0415 - see above

        with suppress(OSError, ValueError):
            self._context = ssl.create_default_context(cafile=self._ca_bundle)
        self._is_loaded.set()

    def _tls(self) -> ssl.SSLContext | None:
        self._is_loaded.wait()
        return self._context


def begin(environment: Mapping[str, str]) -> Preconnector:
    """Start to connect to the hosts that this run will most likely talk to.

    Args:
        environment: the process's environment.

    Returns:
        The connections; none where a proxy stands in between.
    """
    bundle = ca_bundle(environment) or _public_ca_bundle()
    urls = _likely_urls(environment) if bundle else []
    return Preconnector([url for url in urls if not _through_proxy(url, environment)], bundle)


def _through_proxy(url: str, environment: Mapping[str, str]) -> bool:
    variables = _PROXY_VARIABLES.get(url.partition(":")[0], ())
    return any(environment.get(name) for name in variables)


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
    else:
        rest = given("PAGERDUTY-API-URL") or hosts.PAGERDUTY.get(region, "")
        events = given("PAGERDUTY-EVENTS-URL") or hosts.EVENTS.get(region, "")
        # An event's incident is looked up where there is a key for that.
        also = [rest] if given("PAGERDUTY-TOKEN") else []
        urls = [events, *also] if given("OPERATION").lower() == "trigger" else [rest]
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


def _address(url: str) -> tuple[str, str, int] | None:
    """Read a plain URL's scheme, host and port; whatever is less plain gets no connection here.

    Not with `urllib.parse`, which takes 5 ms to load: the connections would begin so much later.
    """
    scheme, _, rest = url.partition("://")
    host, _, port = rest.partition("/")[0].partition(":")
    if scheme not in _PORTS or not host.replace("-", "").replace(".", "").isalnum():
        return None
    try:
        number = int(port or _PORTS[scheme])
    except ValueError:
        return None
    is_plain = rest.isascii() and number in _VALID_PORTS
    return (scheme, host.lower(), number) if is_plain else None
