"""The record of all that went over the wire."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .exchange import Exchange


class RequestLog:
    """The record of all exchanges; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._exchanges: list[Exchange] = []

    def add(self, exchange: Exchange) -> None:
        """Record an exchange."""
        with self._lock:
            self._exchanges.append(exchange)

    def clear(self) -> None:
        """Forget all exchanges."""
        with self._lock:
            self._exchanges.clear()

    def all(self) -> list[Exchange]:
        """List the exchanges in the order in which the requests arrived."""
        with self._lock:
            return sorted(self._exchanges, key=lambda exchange: exchange.arrived)
