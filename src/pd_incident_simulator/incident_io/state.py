"""incident.io's account: everything it holds."""

from __future__ import annotations

import threading
from itertools import count

from pd_incident_simulator.rate_limit import TokenBucket

from . import seed
from .objects import Json, ulid

_PREFIX = "01NC"


class IncidentIoState:
    """Everything the account holds, as the API shows it; the lock guards all of it.

    Attributes:
        severities: severities by id; likewise incident_types and statuses.
        keys: API keys by what is sent, each with id, name and roles.
        incidents: incidents by id, oldest first.
        by_key: ids of incidents by idempotency key.
        changes: how often an incident got a status or severity.
        per_minute: how many requests a key may make at once, and again within a minute.
        buckets: what each key has left of that, by its id and the limit.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Go back to the initial account."""
        with self.lock:
            self.severities = seed.severities()
            self.incident_types = seed.incident_types()
            self.statuses = seed.statuses()
            self.keys = seed.keys()
            self.incidents: dict[str, Json] = {}
            self.by_key: dict[str, str] = {}
            self.changes = 0
            self.per_minute = 1200
            self.buckets: dict[tuple[str, int], TokenBucket] = {}
            self._numbers = count(1)
            self._ids = count(1)
            self._requests = count(1)

    def next_number(self) -> int:
        """Return the next incident's number."""
        return next(self._numbers)

    def next_id(self) -> str:
        """Return an id that nothing else has."""
        return ulid(_PREFIX, next(self._ids))

    def next_request_id(self) -> str:
        """Return an id for a request."""
        return f"req{next(self._requests):05d}"
