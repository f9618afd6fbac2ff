"""Lets the process connect to nothing but loopback, and tells what it tried."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest


def allow_nothing_else(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Refuse to connect to, and to look up, anything else; return what was refused so far."""
    refused: list[object] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def is_loopback(host: object) -> bool:
        try:
            return ipaddress.ip_address(str(host)).is_loopback
        except ValueError:
            return host == "localhost"

    def checked_connect(self: socket.socket, address: Any) -> None:  # noqa: ANN401 - of any family
        if isinstance(address, tuple) and not is_loopback(address[0]):
            refused.append(address)
            raise ConnectionRefusedError(address)
        connect(self, address)

    def checked_look_up(host: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - passed on
        if not is_loopback(host):
            refused.append(host)
            raise socket.gaierror(socket.EAI_NONAME, host)
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(socket.socket, "connect", checked_connect)
    monkeypatch.setattr(socket, "getaddrinfo", checked_look_up)
    return refused
