"""PagerDuty's account: everything it holds."""

from __future__ import annotations

import threading
from itertools import count

from . import past, seed, seed_incidents, seed_schedules
from .deliveries import Delivery, Outbox
from .services import seed_integrations
from .things import Json, now, reference, thing
from .webhooks import note_outcome, tell_of_entry

OPEN = ("triggered", "acknowledged")
_FIRST_NUMBER = 1234


class PagerDutyState:
    """Everything the account holds, as the API shows it; the lock guards all of it.

    Attributes:
        users: users by id; likewise services, integrations, escalation_policies, schedules,
            teams, priorities, maintenance_windows and incidents.
        incident_types: names of incident types.
        routing_keys: service ids by the integration's routing key.
        oauth_tokens: scopes by app token; a token that is taken out has expired.
        webhook_subscriptions: subscriptions by id; likewise webhook_secrets: all that sign.
        deliveries: webhooks that were sent or are on their way, in order.
        outbox: what sends them.
        notes: notes by incident id; likewise alerts and log_entries.
        status_updates: status updates by incident id; likewise custom_field_values, by name.
        custom_fields: definitions of custom fields by name.
        incident_workflows: workflows by id.
        workflow_instances: workflows that were started, in order.
        change_events: what was deployed, by service id.
        missing_abilities: what the account's plan lacks, for example ``custom_fields``.
        rate_limit: how many requests are allowed in how many seconds, or None for any number.
        upcoming: for triggers whose incident hasn't appeared yet, by dedup key and service: the
            statuses that later events ask for, in order.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Go back to the account as it was at the start."""
        with self.lock:
            self._reset_directory()
            self._reset_subscribers()
            self.incidents: dict[str, Json] = {}
            self.notes: dict[str, list[Json]] = {}
            self.alerts: dict[str, list[Json]] = {}
            self.log_entries: dict[str, list[Json]] = {}
            self.status_updates: dict[str, list[Json]] = {}
            self.custom_fields = seed_incidents.custom_fields()
            self.custom_field_values: dict[str, Json] = {}
            self.incident_workflows = seed_incidents.workflows()
            self.workflow_instances: list[Json] = []
            self.change_events: dict[str, list[Json]] = {}
            self.missing_abilities: set[str] = set()
            self.rate_limit: tuple[int, float] | None = None
            self.upcoming: dict[tuple[str, str], list[str | Json]] = {}
            self._numbers = count(_FIRST_NUMBER)
            self._ids = count(1)

    def _reset_directory(self) -> None:
        self.users = seed.users()
        self.schedules = seed_schedules.schedules()
        self.teams = seed_schedules.teams()
        targets = seed_schedules.targets(self.schedules)
        self.escalation_policies = seed.escalation_policies(self.users | targets)
        self.services = seed.services(self.escalation_policies, self.teams)
        self.priorities = seed.priorities()
        self.incident_types = list(seed.INCIDENT_TYPES)
        self.routing_keys = dict(seed.ROUTING_KEYS)
        self.integrations: dict[str, Json] = {}
        seed_integrations(self)
        self.maintenance_windows: dict[str, Json] = {}

    def _reset_subscribers(self) -> None:
        self.oauth_tokens: dict[str, frozenset[str]] = {}
        self.webhook_subscriptions: dict[str, Json] = {}
        self.webhook_secrets: dict[str, list[str]] = {}
        self.deliveries: list[Delivery] = []
        self.outbox = Outbox(lambda delivery: note_outcome(self, delivery))

    def next_id(self, prefix: str) -> str:
        """Make an id that nothing else has."""
        return f"{prefix}{next(self._ids):06d}"

    def next_number(self) -> int:
        """Give the next incident's number."""
        return next(self._numbers)

    def seed_incidents(  # noqa: PLR0913 - a table's columns
        self,
        count: int,
        service: str = "PSVC001",
        *,
        days: float = 30,
        status: str = "resolved",
        urgency: str = "high",
        title: str = "Seeded",
    ) -> list[Json]:
        """Add many incidents at once, spread evenly over the days before now.

        Args:
            count: how many.
            service: id of their service.
            days: how long ago the first of them began.
            status: the status of them all; those past triggered were acknowledged after 2 minutes,
                and resolved after 30.
            urgency: the urgency of them all.
            title: what their titles begin with; their numbers follow.

        Returns:
            The incidents, oldest first.
        """
        with self.lock:
            return past.add_incidents(
                self, count, service, days=days, status=status, urgency=urgency, title=title
            )

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

    def log(self, incident: Json, kind: str, **members: object) -> None:
        """Write an entry into an incident's log, for example ``trigger`` or ``resolve``.

        Args:
            incident: the incident.
            kind: what happened, without ``_log_entry``.
            members: what the entry says beyond the usual, for example ``agent`` or ``user``.
        """
        entry = {
            **thing(f"{kind}_log_entry", self.next_id("R0LOG"), kind, "log_entries"),
            "created_at": now(),
            "agent": incident["last_status_change_by"],
            "channel": {"type": "api"},
            "incident": reference(incident),
            "service": incident["service"],
            "teams": [],
            "contexts": [],
            **members,
        }
        self.log_entries.setdefault(incident["id"], []).append(entry)
        incident.setdefault("first_trigger_log_entry", reference(entry))
        if "created_at" not in members:
            tell_of_entry(self, incident, kind, entry)

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
        channel = {"type": "note", "summary": content}
        self.log(incident, "annotate", agent=reference(author), channel=channel)
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
