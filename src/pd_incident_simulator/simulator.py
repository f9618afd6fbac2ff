"""All the APIs together, on loopback."""

from __future__ import annotations

from typing import Self

from .control import Control, ControlApi
from .exchange import Exchange, RequestLog
from .faults import Faults
from .github import GitHubApi, GitHubState
from .incident_io import IncidentIoApi, IncidentIoState
from .pagerduty import EventsApi, IdentityApi, PagerDutyApi, PagerDutyState
from .port import IngestApi, PortApi, PortState
from .server import Listener, Settings, Tls


class EventsListener(Listener[PagerDutyState]):
    """PagerDuty's Events API on its own port."""

    @property
    def delay_ms(self) -> float:
        """How long after a trigger its incident appears in the REST API, in milliseconds."""
        return self.state.event_delay_ms

    @delay_ms.setter
    def delay_ms(self, milliseconds: float) -> None:
        self.state.event_delay_ms = milliseconds


class Simulator:
    """PagerDuty, Port, incident.io and GitHub, each on its own port, and a page to control them.

    Args:
        tls: certificate to serve https with, or None for http.
        latency_ms: one round trip, in milliseconds; see `Settings`.
    """

    def __init__(self, tls: Tls | None = None, latency_ms: float = 0) -> None:
        self.faults = Faults()
        self._log = RequestLog()
        context = tls.context() if tls else None
        settings = Settings(self._log, self.faults, latency_ms / 1000, context)
        pagerduty, port, incident_io = PagerDutyState(), PortState(), IncidentIoState()
        control = Control(pagerduty, port, incident_io, self._log)
        self.pagerduty = Listener(PagerDutyApi(pagerduty), settings)
        self.events = EventsListener(EventsApi(pagerduty), settings)
        self.port = Listener(PortApi(port), settings)
        # What controls the simulator is neither recorded nor hit by faults.
        self.control = Listener(ControlApi(control), Settings(RequestLog(), Faults()))
        self.incident_io = Listener(IncidentIoApi(incident_io), settings)
        self.github = Listener(GitHubApi(GitHubState()), settings)
        self.identity = Listener(IdentityApi(pagerduty), settings)
        self.ingest = Listener(IngestApi(port), settings)
        self._listeners = [one for one in vars(self).values() if isinstance(one, Listener)]

    @property
    def exchanges(self) -> list[Exchange]:
        """All requests to the APIs so far, in the order in which they arrived."""
        return self._log.all()

    def start(self) -> None:
        """Begin to listen."""
        for listener in self._listeners:
            listener.start()
        self.port.state.ingest_url = self.ingest.url

    def stop(self) -> None:
        """Stop listening."""
        for listener in self._listeners:
            listener.stop()

    def __enter__(self) -> Self:
        """Start on entry."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop on exit."""
        self.stop()
