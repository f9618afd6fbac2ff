"""The way to an API: the connection that was made ahead, or else requests."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .deadline import Deadline
    from .early_connection import EarlyConnection
    from .sessions import Session
    from .wire import Outgoing, Received


class EarlyOrLate:
    """A transport that uses the early connection as long as it lasts.

    Args:
        early: the connection that was made ahead, or None.
        ca_bundle: path of a company's CA bundle, or empty for the public ones.
        on_sent: called whenever a request is on the wire.
    """

    def __init__(
        self,
        early: EarlyConnection | None,
        ca_bundle: str = "",
        on_sent: Callable[[], None] = lambda: None,
    ) -> None:
        self._early = early
        self._ca_bundle = ca_bundle
        self._on_sent = on_sent

    def exchange(self, request: Outgoing, seconds: float, deadline: Deadline) -> Received:
        """Send a request once, as `Transport` has it."""
        received = None
        if self._early is not None:
            received = self._early.exchange(request, seconds, deadline, self._on_sent)
        return received or self._session.exchange(request, seconds, deadline)

    @cached_property
    def _session(self) -> Session:
        # Only where it is used: it takes 45 ms to load, and most pages do without.
        from .sessions import Session  # noqa: PLC0415

        return Session(self._ca_bundle, self._on_sent)
