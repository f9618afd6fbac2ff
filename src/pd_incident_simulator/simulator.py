"""All the APIs together, on loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from .conditions import Conditions, Tls
from .control import ControlApi
from .events import EventsApi
from .faults import Faults
from .identity import IdentityApi
from .incident_io import IncidentIoApi, IncidentIoState
from .journal import RequestLog
from .listener import Listener
from .pagerduty import PagerDutyApi, PagerDutyState
from .port import IngestApi, PortApi, PortState

if TYPE_CHECKING:
    from .exchange import Exchange


class PagerDutyListener(Listener):
    """PagerDuty's REST API on a port of its own.

    Attributes:
        state: the account.
    """

    def __init__(self, state: PagerDutyState, conditions: Conditions, port: int) -> None:
        super().__init__(PagerDutyApi(state), conditions, port)
        self.state = state


class EventsListener(Listener):
    """PagerDuty's Events API on a port of its own.

    Attributes:
        api: what answers.
    """

    def __init__(self, state: PagerDutyState, conditions: Conditions, port: int) -> None:
        self.api = EventsApi(state)
        super().__init__(self.api, conditions, port)

    @property
    def delay_ms(self) -> float:
        """How long after a trigger its incident appears in the REST API, in milliseconds."""
        return self.api.delay_ms

    @delay_ms.setter
    def delay_ms(self, milliseconds: float) -> None:
        self.api.delay_ms = milliseconds


class PortListener(Listener):
    """Port's API on a port of its own.

    Attributes:
        state: the account.
    """

    def __init__(self, state: PortState, conditions: Conditions, port: int) -> None:
        super().__init__(PortApi(state), conditions, port)
        self.state = state


class IncidentIoListener(Listener):
    """incident.io's API on a port of its own.

    Attributes:
        state: the account.
    """

    def __init__(self, state: IncidentIoState, conditions: Conditions, port: int) -> None:
        super().__init__(IncidentIoApi(state), conditions, port)
        self.state = state


class Simulator:
    """PagerDuty, Port and incident.io, each on its own port, and a page to watch and control them.

    Args:
        tls: certificate to serve https with, or None for http.
        latency_ms: one round trip, in milliseconds; see `Conditions`.
        first_port: the first of seven TCP ports, or 0 for any that are free.
    """

    def __init__(self, tls: Tls | None = None, latency_ms: float = 0, first_port: int = 0) -> None:
        self.faults = Faults()
        self._journal = RequestLog()
        conditions = Conditions(self._journal, self.faults, latency_ms / 1000, tls)
        ports = range(first_port, first_port + 7) if first_port else [0] * 7
        account, catalog, responses = PagerDutyState(), PortState(), IncidentIoState()
        self.pagerduty = PagerDutyListener(account, conditions, ports[0])
        self.events = EventsListener(account, conditions, ports[1])
        self.port = PortListener(catalog, conditions, ports[2])
        self.incident_io = IncidentIoListener(responses, conditions, ports[4])
        self.identity = Listener(IdentityApi(account), conditions, ports[5])
        self.ingest = Listener(IngestApi(catalog), conditions, ports[6])
        unrecorded = Conditions(RequestLog(), Faults())
        control = ControlApi(account, catalog, responses, self.faults, self._journal)
        self.control = Listener(control, unrecorded, ports[3])
        self._listeners = (
            self.pagerduty,
            self.events,
            self.port,
            self.incident_io,
            self.identity,
            self.ingest,
            self.control,
        )

    @property
    def exchanges(self) -> list[Exchange]:
        """All requests to the APIs so far, in the order in which they arrived."""
        return self._journal.all()

    def start(self) -> None:
        """Begin to listen."""
        for listener in self._listeners:
            listener.start()
        self.port.state.ingest_url = self.ingest.url

    def stop(self) -> None:
        """Stop to listen."""
        for listener in self._listeners:
            listener.stop()

    def __enter__(self) -> Self:
        """Start on entry."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop on exit."""
        self.stop()
