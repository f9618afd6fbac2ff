"""incident.io's account: everything it holds."""

from __future__ import annotations

import threading
from itertools import count

from . import seed
from .objects import Json, now, ulid
from .rate_limit import RateLimit

_PREFIX = "01NC"


class IncidentIoState:
    """Everything the account holds, as the API shows it; the lock guards all of it.

    Attributes:
        severities: severities by id; likewise incident_types, statuses, users and roles.
        keys: API keys by what is sent, each with id, name and roles.
        incidents: incidents by id, oldest first.
        by_key: ids of incidents by idempotency key.
        updates: updates of all incidents, oldest first.
        rate_limit: how many requests each key may make.
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
            self.users = seed.users()
            self.roles = seed.roles()
            self.keys = seed.keys()
            self.incidents: dict[str, Json] = {}
            self.by_key: dict[str, str] = {}
            self.updates: list[Json] = []
            self.rate_limit = RateLimit()
            self._numbers = count(1)
            self._ids = count(1)
            self._requests = count(1)

    def next_number(self) -> int:
        """Return the next incident's number."""
        return next(self._numbers)

    def next_id(self, prefix: str = _PREFIX) -> str:
        """Return an id that nothing else has."""
        return ulid(prefix, next(self._ids))

    def next_request_id(self) -> str:
        """Return an id for a request."""
        return f"req{next(self._requests):05d}"

    def user_by_email(self, email: str) -> Json | None:
        """Find a user by the exact address, in any case."""
        wanted = email.lower()
        return next((u for u in self.users.values() if u["email"].lower() == wanted), None)

    def log(self, incident: Json, actor: Json) -> None:
        """Record the status and severity that an incident now has."""
        update = {
            "id": self.next_id(),
            "incident_id": incident["id"],
            "new_incident_status": incident["incident_status"],
            "updater": actor,
            "created_at": now(),
        }
        if incident.get("severity"):
            update["new_severity"] = incident["severity"]
        self.updates.append(update)
