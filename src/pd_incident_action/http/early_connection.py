"""A connection that is made, and may be asked something, while the program is still loading.

It is spoken to with the standard library alone: requests takes 45 ms to load, and the page is out
by then. What it needs to begin is little, since nothing happens until that is loaded: `typing` and
`urllib.parse` would be 6 ms.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from select import select

from .deadline import CONNECT_SECONDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from http.client import HTTPResponse

    from .deadline import Deadline
    from .wire import Outgoing, Received


class EarlyConnection:
    """One connection under way, and whatever is sent on it, one request at a time.

    Args:
        host: the API's host name.
        port: its TCP port.
        tls: gives the TLS context, or None where there is none; called on the connection's thread.
            None for an API without TLS.
    """

    def __init__(
        self, host: str, port: int, tls: Callable[[], ssl.SSLContext | None] | None
    ) -> None:
        self._address = (host, port)
        self._tls = tls
        self._socket: socket.socket | None = None
        # Nothing has been sent on it yet.
        self._is_fresh = True
        # From before a request is sent until its answer is read, and for ever where that went wrong
        # or was interrupted: nobody knows what is still to come.
        self._is_uncertain = False
        self._in_use = threading.Lock()
        self._asking = threading.Lock()
        self._asked: Outgoing | None = None
        self._connecting = threading.Thread(target=self._connect, name="head start", daemon=True)
        self._connecting.start()

    def ask(self, request: Outgoing) -> None:
        """Send the first request as soon as the connection is made, without waiting for that.

        Args:
            request: one that changes nothing, since it may be made twice.
        """
        with self._asking:
            self._asked = request
            is_connected = self._socket is not None
        # At once, since another thread would wait for the interpreter: 5 ms.
        if is_connected:
            self._send_asked(request)

    def exchange(
        self,
        request: Outgoing,
        seconds: float,
        deadline: Deadline,
        on_sent: Callable[[], None] = lambda: None,
    ) -> Received | None:
        """Send a request once, unless it is what was asked already, and read its answer.

        Args:
            request: what to send.
            seconds: how long to wait for each sign of life.
            deadline: when the answer has to be there.
            on_sent: called when the request is on the wire.

        Returns:
            The answer; None if nothing was sent, since there is no connection or it is in use, or
            if there is no answer to what was asked: it has to be asked again.

        Raises:
            OSError: the request may have been processed, but there was no answer.
            UnusableError: the answer is too large, or didn't arrive in time.
        """
        if not self._in_use.acquire(blocking=False):
            return None
        try:
            if self._asked is not None:
                return self._answer_to_asked(request, seconds, deadline)
            data, ready = _encode(request), self._ready(seconds)
            if data is None or ready is None:
                return None
            self._is_uncertain = True
            ready.settimeout(seconds)
            ready.sendall(data)
            self._is_fresh = False
            on_sent()
            return self._receive(ready, request.method, seconds, deadline)
        finally:
            if self._is_uncertain and self._socket is not None:
                self._socket.close()
            self._in_use.release()

    def _answer_to_asked(
        self, request: Outgoing, seconds: float, deadline: Deadline
    ) -> Received | None:
        asked = self._asked
        if asked is None or (asked.method, asked.url) != (request.method, request.url):
            return None
        self._connecting.join(min(seconds, CONNECT_SECONDS))
        self._is_uncertain = True
        self._asked, ready = None, self._socket
        if ready is None or self._is_fresh:
            return None
        # Whatever goes wrong comes up again where errors are reported.
        with suppress(Exception):
            return self._receive(ready, request.method, seconds, deadline)
        return None

    def _receive(
        self, ready: socket.socket, method: str, seconds: float, deadline: Deadline
    ) -> Received:
        ready.settimeout(seconds)
        received, lasts = _read(ready, method, deadline)
        self._is_uncertain = not lasts
        return received

    def _ready(self, seconds: float) -> socket.socket | None:
        """Wait until the connection is made; give it unless the API has closed it meanwhile."""
        self._connecting.join(min(seconds, CONNECT_SECONDS))
        ready = self._socket
        if ready is None or self._is_uncertain:
            return None
        # A fresh one may hold what TLS itself has to say after its handshake.
        if not self._is_fresh and select([ready], [], [], 0)[0]:
            self._is_uncertain = True
            return None
        return ready

    def _connect(self) -> None:
        with suppress(OSError, ValueError):
            connected = self._connected()
            with self._asking:
                self._socket = connected
                asked = self._asked
            if asked is not None:
                self._send_asked(asked)

    def _connected(self) -> socket.socket | None:
        # In bytes: for a text, Python loads the tables of international names, 4 ms.
        host, port = self._address[0].encode("ascii"), self._address[1]
        # What getaddrinfo takes, it takes as well.
        plain = socket.create_connection((host, port), CONNECT_SECONDS)  # type: ignore[arg-type]
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is None:
            return plain
        context = self._tls()
        if context is None:
            plain.close()
            return None
        return context.wrap_socket(plain, server_hostname=host)

    def _send_asked(self, request: Outgoing) -> None:
        ready, data = self._socket, _encode(request)
        if ready is None or data is None or self._is_uncertain:
            return
        # Whatever goes wrong comes up again when the answer is wanted.
        with suppress(OSError):
            ready.sendall(data)
            self._is_fresh = False


def _encode(request: Outgoing) -> bytes | None:
    """Write a request as HTTP/1.1; None for what needs more care than this."""
    from urllib.parse import urlsplit  # noqa: PLC0415 - see above

    parts = urlsplit(request.url)
    body = request.body
    length = {} if body is None else {"Content-Length": str(len(body))}
    target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    headers = {"Host": parts.netloc, **request.headers, **length}
    lines = [f"{request.method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    is_plain = " " not in target and "@" not in parts.netloc
    if not is_plain or not all(line.isascii() and line.isprintable() for line in lines):
        return None
    return "\r\n".join([*lines, "", ""]).encode("ascii") + (body or b"")


def _read(ready: socket.socket, method: str, deadline: Deadline) -> tuple[Received, bool]:
    """Read an answer; tell whether the connection lasts."""
    # Loaded only now that the request is on its way: 15 ms.
    from http.client import HTTPException, HTTPResponse  # noqa: PLC0415

    from . import answers  # noqa: PLC0415
    from .wire import Received, lowered  # noqa: PLC0415

    response = HTTPResponse(ready, method=method)
    try:
        response.begin()
        text = answers.read(_chunks(response, answers.CHUNK), deadline)
    except HTTPException as error:
        raise ConnectionError(repr(error)) from error
    finally:
        response.close()
    headers = lowered(response.getheaders())
    # What is compressed although we asked it not to be is left to requests the next time.
    lasts = not response.will_close and "content-encoding" not in headers
    return Received(response.status, headers, text), lasts


def _chunks(response: HTTPResponse, size: int) -> Iterator[bytes]:
    """Read a body in parts as they come in, so that the time can be watched."""
    expected, so_far = response.length, 0
    while expected is None or so_far < expected:
        chunk = response.read1(size)
        if not chunk:
            break
        so_far += len(chunk)
        yield chunk
    if expected is not None and so_far < expected:
        msg = "the answer was cut short"
        raise ConnectionError(msg)
