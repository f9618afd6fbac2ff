"""A request and its answer, as they go over the wire; nothing in here needs an HTTP library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from .deadline import Deadline

# Compression would cost both ends more time than the few kB do on the way.
HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "pd-incident-action",
}


class Outgoing(NamedTuple):
    """A request to send.

    Attributes:
        method: HTTP method.
        url: the whole URL.
        headers: all headers but those that follow from the URL and the body.
        body: the body, or None.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


class Received(NamedTuple):
    """An answer, read to its end.

    Attributes:
        status: HTTP status.
        headers: the answer's headers; names in lower case.
        text: the body; bytes that aren't UTF-8 are replaced.
    """

    status: int
    headers: Mapping[str, str]
    text: str


class Transport(Protocol):
    """Brings a request to an API, and its answer back."""

    def exchange(self, request: Outgoing, seconds: float, deadline: Deadline) -> Received:
        """Send a request once.

        Args:
            request: what to send.
            seconds: how long to wait for each sign of life.
            deadline: when the answer has to be there.

        Returns:
            The answer, whatever it says.

        Raises:
            OSError: there was none.
            UnusableError: it is too large, or didn't arrive in time.
        """


def lowered(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Make headers findable.

    Args:
        headers: names and values as they came.

    Returns:
        Values by name in lower case; of a name that came twice, the values with a comma between.
    """
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found
