"""PagerDuty's account: everything it holds."""

from __future__ import annotations

import threading
from itertools import count

from . import seed
from .things import Json, now, reference, thing

OPEN = ("triggered", "acknowledged")
_FIRST_NUMBER = 1234


class PagerDutyState:
    """Everything the account holds, as the API shows it; the lock guards all of it.

    Attributes:
        users: users by id; likewise services, escalation_policies, priorities and incidents.
        incident_types: names of incident types.
        routing_keys: service ids by the integration's routing key.
        notes: notes by incident id; likewise alerts and log_entries.
        upcoming: for triggers whose incident hasn't appeared yet, by dedup key and service: the
            statuses that later events ask for, in order.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Go back to the account as it was at the start."""
        with self.lock:
            self.users = seed.users()
            self.escalation_policies = seed.escalation_policies(self.users)
            self.services = seed.services(self.escalation_policies)
            self.priorities = seed.priorities()
            self.incident_types = list(seed.INCIDENT_TYPES)
            self.routing_keys = dict(seed.ROUTING_KEYS)
            self.incidents: dict[str, Json] = {}
            self.notes: dict[str, list[Json]] = {}
            self.alerts: dict[str, list[Json]] = {}
            self.log_entries: dict[str, list[Json]] = {}
            self.upcoming: dict[tuple[str, str], list[str | Json]] = {}
            self._numbers = count(_FIRST_NUMBER)
            self._ids = count(1)

    def next_id(self, prefix: str) -> str:
        """Make an id that nothing else has."""
        return f"{prefix}{next(self._ids):06d}"

    def next_number(self) -> int:
        """Give the next incident's number."""
        return next(self._numbers)

    def open_incidents(self, key: str, service: str) -> list[Json]:
        """List a service's open incidents with a key."""
        return [
            incident
            for incident in self.incidents.values()
            if incident["status"] in OPEN
            and incident["incident_key"] == key
            and incident["service"]["id"] == service
        ]

    def user_by_email(self, email: str) -> Json | None:
        """Find a user by the exact address, in any case."""
        wanted = email.lower()
        return next((u for u in self.users.values() if u["email"].lower() == wanted), None)

    def log(self, incident: Json, kind: str) -> None:
        """Write an entry into an incident's log, for example ``trigger`` or ``resolve``."""
        entry = {
            **thing(f"{kind}_log_entry", self.next_id("R0LOG"), kind, "log_entries"),
            "created_at": now(),
            "agent": incident["last_status_change_by"],
            "channel": {"type": "api"},
            "incident": reference(incident),
            "service": incident["service"],
            "teams": [],
            "contexts": [],
        }
        self.log_entries.setdefault(incident["id"], []).append(entry)
        incident.setdefault("first_trigger_log_entry", reference(entry))

    def add_note(self, incident: Json, content: str, author: Json) -> Json:
        """Add a note to an incident."""
        note = {
            "id": self.next_id("PNOTE"),
            "content": content,
            "created_at": now(),
            "user": reference(author),
            "channel": {"summary": "The PagerDuty website or APIs"},
        }
        self.notes.setdefault(incident["id"], []).append(note)
        return note

    def add_alert(self, incident: Json, key: str, payload: Json) -> None:
        """Attach the alert behind an event, with its dedup key and payload, to an incident."""
        alert = {
            **thing("alert", self.next_id("Q0ALERT"), payload["summary"], "alerts"),
            "created_at": now(),
            "status": "triggered",
            "alert_key": key,
            "severity": payload["severity"],
            "suppressed": False,
            "service": incident["service"],
            "incident": reference(incident),
            "body": {"type": "alert_body", "details": payload.get("custom_details") or {}},
        }
        self.alerts.setdefault(incident["id"], []).append(alert)
        incident["alert_counts"] = {"all": 1, "triggered": 1, "resolved": 0}

    def resolve_alerts(self, incident: Json) -> None:
        """Resolve an incident's alerts along with it."""
        alerts = self.alerts.get(incident["id"], [])
        for alert in alerts:
            alert["status"] = "resolved"
        incident["alert_counts"] = {"all": len(alerts), "triggered": 0, "resolved": len(alerts)}
