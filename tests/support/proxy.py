"""A forward proxy on loopback, as companies have, that remembers what it was asked for."""

from __future__ import annotations

import socket
import socketserver
import threading
from typing import Self


class Proxy:
    """Tunnels CONNECT requests.

    Args:
        refusal: an HTTP status line to answer with instead, or None.

    Attributes:
        seen: all that clients said to the proxy itself, before any tunnel.
    """

    def __init__(self, refusal: str | None = None) -> None:
        self.seen: list[str] = []
        self.refusal = refusal
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                proxy.serve(self.connection)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """What HTTPS_PROXY is set to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def serve(self, client: socket.socket) -> None:
        """Serve one connection."""
        head = b""
        while b"\r\n\r\n" not in head:
            data = client.recv(65536)
            if not data:
                return
            head += data
        self.seen.append(head.decode("latin-1"))
        method, target, _ = head.decode("latin-1").split(" ", 2)
        if self.refusal or method != "CONNECT":
            client.sendall(f"HTTP/1.1 {self.refusal or '405 No'}\r\n\r\n".encode())
            return
        host, port = target.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            _copy(client, server)
            back.join(5)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return
